//! What all objects share: versions, names, instants and numbers as OCPI writes them.

use jiff::Timestamp;
use serde_json::{Value, json};

/// A version of OCPI that can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OcpiVersion {
    /// 2.2.1: sessions, CDRs and tariffs; it has no bookings.
    V221,
    /// 2.3.0 with the Bookings module of its branch `2.3.0/release/bookings`.
    #[default]
    V230,
}

impl OcpiVersion {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::V221, Self::V230];

    /// The version of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.word() == word)
    }

    /// Its number.
    pub fn word(self) -> &'static str {
        match self {
            Self::V221 => "2.2.1",
            Self::V230 => "2.3.0",
        }
    }

    /// Its number with the modules that are not part of its core.
    pub fn title(self) -> &'static str {
        match self {
            Self::V221 => "OCPI 2.2.1",
            Self::V230 => "OCPI 2.3.0 with the Bookings module (branch 2.3.0/release/bookings)",
        }
    }

    /// A price: no taxes are known, so it is the amount alone.
    pub fn price(self, micro: i64) -> Value {
        match self {
            Self::V221 => json!({ "excl_vat": money(micro) }),
            Self::V230 => json!({ "before_taxes": money(micro) }),
        }
    }
}

/// Country of operator and provider, ISO 3166-1 alpha-2.
pub const COUNTRY: &str = "CN";
/// The same, alpha-3.
pub const COUNTRY_3: &str = "CHN";
/// The operator of the charge points.
pub const OPERATOR: &str = "GFL";
/// The provider whose customers the users are.
pub const PROVIDER: &str = "GFU";

/// Day in microseconds.
pub const DAY_US: i64 = 86_400_000_000;
/// Hour in microseconds.
pub const HOUR_US: f64 = 3.6e9;

/// Location of a zone.
pub fn location(zone: i64) -> String {
    format!("zone-{zone}")
}

/// EVSE of a charge point.
pub fn evse(zone: i64, pile: i64) -> String {
    format!("zone-{zone}-pile-{pile}")
}

/// A user's token.
pub fn token(ev: i64) -> Value {
    json!({
        "country_code": COUNTRY,
        "party_id": PROVIDER,
        "uid": format!("ev-{ev}"),
        "type": "APP_USER",
        "contract_id": format!("{COUNTRY}{PROVIDER}C{ev:08}"),
    })
}

/// An instant: RFC 3339 in UTC, to the millisecond (the field holds 25 characters).
pub fn instant(us: i64) -> String {
    Timestamp::from_millisecond(us.div_euclid(1000))
        .map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |t| t.to_string())
}

/// A number with OCPI's four decimals.
pub fn number(x: f64) -> Value {
    let rounded = (x * 1e4).round() / 1e4;
    json!(if rounded == 0.0 { 0.0 } else { rounded })
}

/// Hours between two instants.
pub fn hours(from: i64, to: i64) -> f64 {
    (to - from) as f64 / HOUR_US
}

/// Millionths of the currency, rounded to four decimals, halves away from zero.
pub fn money(micro: i64) -> Value {
    json!(rounded(micro) as f64 / 1e4)
}

/// Ten-thousandths in millionths of the currency, halves away from zero.
pub fn rounded(micro: i64) -> i64 {
    (micro.abs() + 50) / 100 * micro.signum()
}

/// A local date and time of the day, as restrictions of tariffs write them.
pub fn local(us: i64, offset_min: i32) -> (String, String) {
    let shifted = us + i64::from(offset_min) * 60_000_000;
    let text = instant(shifted);
    let cut = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    (cut(0, 10), cut(11, 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_to_four_decimals_away_from_zero() {
        assert_eq!(money(1_234_550), json!(1.2346));
        assert_eq!(money(-1_234_550), json!(-1.2346));
        assert_eq!(money(49), json!(0.0));
    }

    #[test]
    fn instants_are_utc_and_fit_the_field() {
        assert_eq!(instant(1_464_451_247_521_738), "2016-05-28T16:00:47.521Z");
        assert_eq!(instant(1_464_451_200_000_000), "2016-05-28T16:00:00Z");
        assert_eq!(local(1_464_451_200_000_000, 480), ("2016-05-29".into(), "00:00".into()));
    }
}
