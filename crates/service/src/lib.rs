//! The write side and every network surface
