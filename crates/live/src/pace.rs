//! How fast simulated time goes.

use crate::LiveError;

/// How fast simulated time goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as the machine can.
    Full,
    /// So many simulated seconds a second.
    Times(f64),
}

impl Pace {
    /// The slowest: a simulated second takes 100 s.
    const LEAST: f64 = 0.01;
    /// The fastest that is still kept: a year takes 32 s.
    const MOST: f64 = 1e6;

    /// Reads `60x` or `60`.
    ///
    /// # Errors
    /// [`LiveError::NoPace`].
    ///
    /// ```
    /// use live::Pace;
    /// assert_eq!(Pace::parse("60x").unwrap(), Pace::Times(60.0));
    /// assert_eq!(Pace::parse("0.5").unwrap(), Pace::Times(0.5));
    /// assert!(["", "x", "0x", "-1x", "nan", "1e9", "60y"].iter().all(|t| Pace::parse(t).is_err()));
    /// ```
    pub fn parse(text: &str) -> Result<Self, LiveError> {
        let number = text.trim().trim_end_matches(['x', 'X']);
        number.parse().ok().and_then(Self::times).ok_or_else(|| LiveError::NoPace(text.to_owned()))
    }

    /// So many times faster than real time, if that is a pace.
    pub fn times(times: f64) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&times).then_some(Self::Times(times))
    }
}
