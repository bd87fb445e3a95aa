//! A member of other people's co-simulations: one run, stepped and fed by a partner (mosaik, HELICS).
