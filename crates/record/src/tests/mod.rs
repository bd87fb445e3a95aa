//! The tables as wholes: what is written can be read, by whatever way it came to the file.

mod errors;
mod join;
mod listing;
mod round_trip;
mod sample;
