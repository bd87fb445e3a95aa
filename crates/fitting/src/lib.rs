//! Laws of behaviour from recorded sessions, scored on sessions held out.
