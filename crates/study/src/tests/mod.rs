//! Whole studies on a toy runner, and one on the park.

mod execution;
mod park;
mod policy;
mod study_file;
mod toy;
mod truths;
mod warmup;
