//! CPU time of NSGA-II on ZDT1 and ZDT3.
fn main() {}
