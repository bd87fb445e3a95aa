//! gridflock
