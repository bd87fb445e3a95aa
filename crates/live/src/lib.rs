//! A run to look at while it goes: one page on the loopback.
