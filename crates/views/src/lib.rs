//! The read models and their runner
