//! HELICS, opened at run time: the few calls a federate needs, safe to use.
