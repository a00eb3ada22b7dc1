//! The log on a real Postgres: what a batch decides, what readers see, and what is left when something dies.

mod audit;
mod behind;
mod child;
mod commands;
mod load;
mod proxy;
mod world;

mod conflicts;
mod deciding;
mod knowing;
mod refusing;
mod storing;

mod bytes;
mod filters;
mod following;
mod indexing;
mod plans;
mod reading;
mod times;

mod sealing;

mod cutting;
mod freezing;
mod killing;
mod processes;

mod guarding;
mod migrating;
mod rights;
