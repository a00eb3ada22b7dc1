//! The relay against real servers: the log is in Postgres, the stream in NATS.

mod faults;
mod publishing;
mod refusals;
mod several;
mod world;
