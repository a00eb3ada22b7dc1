//! An ordered, resumable feed of Chancery's events over JetStream, with gap repair
