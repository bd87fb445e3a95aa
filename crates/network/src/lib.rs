//! Networks of other tools, as a feeder of ours.
