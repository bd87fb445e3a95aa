//! Learning environments: worlds stepped by period, with actions, observations and rewards.
