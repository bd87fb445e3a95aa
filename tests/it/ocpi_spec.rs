//! The tables of OCPI's specification that our objects belong to (2.2.1; 2.3.0 with its branch of
//! bookings), as data, and a check of objects against them.

use serde_json::Value;

/// A version of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spec {
    V221,
    V230,
}

/// What a property holds.
enum Kind {
    /// Printable ASCII of at most so many characters.
    Ci(usize),
    /// Printable text of at most so many characters.
    Text(usize),
    /// A number with at most four decimals.
    Number,
    /// A whole number.
    Int,
    Bool,
    /// RFC 3339 in UTC, 25 characters.
    Instant,
    /// `13:30`.
    Clock,
    /// `2015-12-24`.
    Date,
    /// Degrees with five to seven decimals.
    Degrees,
    /// One of these.
    Word(&'static [&'static str]),
    Class(&'static Class),
    /// Another class in each version.
    Either(&'static Class, &'static Class),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    One,
    Maybe,
    Any,
    Some,
    /// Once in 2.3.0, unknown before.
    New,
    /// At most once in 2.3.0, unknown before.
    MaybeNew,
}

use Card::{Any, Maybe, MaybeNew, New, One, Some as AtLeastOne};
use Kind::{Bool, Ci, Clock, Date, Degrees, Either, Instant, Int, Number, Text, Word};

/// A class or object: its properties.
pub struct Class(&'static str, &'static [(&'static str, Kind, Card)]);

const fn class(of: &'static Class) -> Kind {
    Kind::Class(of)
}

const TOKEN_TYPES: &[&str] = &["AD_HOC_USER", "APP_USER", "EMAID", "OTHER", "RFID"];
const TOKEN: Class = Class(
    "CdrToken",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("uid", Ci(36), One),
        ("type", Word(TOKEN_TYPES), One),
        ("contract_id", Ci(36), One),
    ],
);
const TAX: Class = Class(
    "TaxAmount",
    &[
        ("name", Text(255), One),
        ("account_number", Text(255), Maybe),
        ("percentage", Number, Maybe),
        ("amount", Number, One),
    ],
);
const PRICE_230: Class =
    Class("Price", &[("before_taxes", Number, One), ("taxes", class(&TAX), Any)]);
const PRICE_221: Class = Class("Price", &[("excl_vat", Number, One), ("incl_vat", Number, Maybe)]);
const PRICE: Kind = Either(&PRICE_221, &PRICE_230);
const CDR_DIMENSIONS: &[&str] = &[
    "CURRENT",
    "ENERGY",
    "ENERGY_EXPORT",
    "ENERGY_IMPORT",
    "MAX_CURRENT",
    "MIN_CURRENT",
    "MAX_POWER",
    "MIN_POWER",
    "PARKING_TIME",
    "POWER",
    "RESERVATION_TIME",
    "RESERVATION_EXPIRES",
    "RESERVATION_OVERTIME",
    "STATE_OF_CHARGE",
    "TIME",
];
/// Dimensions that have no place in a CDR.
const SESSION_ONLY: [&str; 5] =
    ["CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE"];
/// Dimensions that came with bookings.
const WITH_BOOKINGS: [&str; 2] = ["RESERVATION_EXPIRES", "RESERVATION_OVERTIME"];
const CDR_DIMENSION: Class =
    Class("CdrDimension", &[("type", Word(CDR_DIMENSIONS), One), ("volume", Number, One)]);
const CHARGING_PERIOD: Class = Class(
    "ChargingPeriod",
    &[
        ("start_date_time", Instant, One),
        ("dimensions", class(&CDR_DIMENSION), AtLeastOne),
        ("tariff_id", Ci(36), Maybe),
    ],
);
const AUTH: &[&str] = &["AUTH_REQUEST", "COMMAND", "WHITELIST"];
pub const SESSION: Class = Class(
    "Session",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("id", Ci(36), One),
        ("start_date_time", Instant, One),
        ("end_date_time", Instant, Maybe),
        ("kwh", Number, One),
        ("cdr_token", class(&TOKEN), One),
        ("auth_method", Word(AUTH), One),
        ("authorization_reference", Ci(36), Maybe),
        ("location_id", Ci(36), One),
        ("evse_uid", Ci(36), One),
        ("connector_id", Ci(36), One),
        ("meter_id", Text(255), Maybe),
        ("currency", Text(3), One),
        ("charging_periods", class(&CHARGING_PERIOD), Any),
        ("total_cost", PRICE, Maybe),
        ("status", Word(&["ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"]), One),
        ("last_updated", Instant, One),
    ],
);
const GEO: Class = Class("GeoLocation", &[("latitude", Degrees, One), ("longitude", Degrees, One)]);
const CDR_LOCATION: Class = Class(
    "CdrLocation",
    &[
        ("id", Ci(36), One),
        ("name", Text(255), Maybe),
        ("address", Text(45), One),
        ("city", Text(45), One),
        ("postal_code", Text(10), Maybe),
        ("state", Text(20), Maybe),
        ("country", Text(3), One),
        ("coordinates", class(&GEO), One),
        ("evse_uid", Ci(36), One),
        ("evse_id", Ci(48), One),
        ("connector_id", Ci(36), One),
        (
            "connector_standard",
            Word(&["CHADEMO", "GBT_AC", "GBT_DC", "IEC_62196_T2", "IEC_62196_T2_COMBO"]),
            One,
        ),
        ("connector_format", Word(&["SOCKET", "CABLE"]), One),
        (
            "connector_power_type",
            Word(&["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"]),
            One,
        ),
    ],
);
const TARIFF_DIMENSIONS: &[&str] = &["ENERGY", "FLAT", "PARKING_TIME", "TIME"];
const COMPONENT: Class = Class(
    "PriceComponent",
    &[
        ("type", Word(TARIFF_DIMENSIONS), One),
        ("price", Number, One),
        ("vat", Number, Maybe),
        ("step_size", Int, One),
    ],
);
const WEEKDAYS: &[&str] =
    &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const BOOKING_RESTRICTIONS: &[&str] =
    &["BOOKING", "BOOKING_EXPIRES", "BOOKING_CANCELLATION_FEES", "BOOKING_OVERTIME"];
const RESTRICTIONS: Class = Class(
    "TariffRestrictions",
    &[
        ("start_time", Clock, Maybe),
        ("end_time", Clock, Maybe),
        ("start_date", Date, Maybe),
        ("end_date", Date, Maybe),
        ("min_kwh", Number, Maybe),
        ("max_kwh", Number, Maybe),
        ("min_current", Number, Maybe),
        ("max_current", Number, Maybe),
        ("min_power", Number, Maybe),
        ("max_power", Number, Maybe),
        ("min_duration", Int, Maybe),
        ("max_duration", Int, Maybe),
        ("day_of_week", Word(WEEKDAYS), Any),
        ("reservation", Word(&["RESERVATION", "RESERVATION_EXPIRES"]), Maybe),
        ("booking", Word(BOOKING_RESTRICTIONS), MaybeNew),
    ],
);
const ELEMENT: Class = Class(
    "TariffElement",
    &[
        ("price_components", class(&COMPONENT), AtLeastOne),
        ("restrictions", class(&RESTRICTIONS), Maybe),
    ],
);
const LIMIT: Class =
    Class("PriceLimit", &[("before_taxes", Number, One), ("after_taxes", Number, Maybe)]);
const TARIFF_TYPES: &[&str] =
    &["AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"];
const DISPLAY_TEXT: Class =
    Class("DisplayText", &[("language", Text(2), One), ("text", Text(512), One)]);
pub const TARIFF: Class = Class(
    "Tariff",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("id", Ci(36), One),
        ("currency", Text(3), One),
        ("type", Word(TARIFF_TYPES), Maybe),
        ("tariff_alt_text", class(&DISPLAY_TEXT), Any),
        ("tariff_alt_url", Text(255), Maybe),
        ("min_price", Either(&PRICE_221, &LIMIT), Maybe),
        ("max_price", Either(&PRICE_221, &LIMIT), Maybe),
        ("elements", class(&ELEMENT), AtLeastOne),
        ("tax_included", Word(&["YES", "NO", "N/A"]), New),
        ("start_date_time", Instant, Maybe),
        ("end_date_time", Instant, Maybe),
        ("last_updated", Instant, One),
    ],
);
pub const CDR: Class = Class(
    "CDR",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("id", Ci(39), One),
        ("start_date_time", Instant, One),
        ("end_date_time", Instant, One),
        ("booking_id", Ci(36), MaybeNew),
        ("session_id", Ci(36), Maybe),
        ("cdr_token", class(&TOKEN), One),
        ("auth_method", Word(AUTH), One),
        ("authorization_reference", Ci(36), Maybe),
        ("cdr_location", class(&CDR_LOCATION), One),
        ("meter_id", Text(255), Maybe),
        ("currency", Text(3), One),
        ("tariffs", class(&TARIFF), Any),
        ("charging_periods", class(&CHARGING_PERIOD), AtLeastOne),
        ("total_cost", PRICE, One),
        ("total_fixed_cost", PRICE, Maybe),
        ("total_energy", Number, One),
        ("total_energy_cost", PRICE, Maybe),
        ("total_time", Number, One),
        ("total_time_cost", PRICE, Maybe),
        ("total_parking_time", Number, Maybe),
        ("total_parking_cost", PRICE, Maybe),
        ("total_reservation_cost", PRICE, Maybe),
        ("remark", Text(255), Maybe),
        ("invoice_reference_id", Ci(39), Maybe),
        ("credit", Bool, Maybe),
        ("credit_reference_id", Ci(39), Maybe),
        ("home_charging_compensation", Bool, Maybe),
        ("last_updated", Instant, One),
    ],
);
const OPTION: Class = Class(
    "BookingOption",
    &[("evse_uid", Ci(36), Maybe), ("connector_id", Ci(36), Maybe), ("parking_id", Ci(36), Maybe)],
);
const TIMESLOT: Class = Class(
    "Timeslot",
    &[
        ("start_date_time", Instant, One),
        ("end_date_time", Instant, One),
        ("min_power", Number, Maybe),
        ("max_power", Number, Maybe),
        ("green_energy_support", Bool, Maybe),
    ],
);
const PERIOD: Class =
    Class("Period", &[("start_date_time", Instant, One), ("end_date_time", Instant, One)]);
const REASONS: &[&str] = &[
    "POWER_OUTAGE",
    "BROKEN_CHARGER",
    "FULL",
    "BLOCKED",
    "TRAFFIC",
    "BROKEN_VEHICLE",
    "NO_CANCELED",
    "UNKNOWN",
];
const CANCELLATION: Class = Class(
    "Cancellation",
    &[
        ("cancellation_reason", Word(REASONS), One),
        ("who_canceled", Word(&["CPO", "EMSP", "NAP", "NSP", "OTHER", "SCSP"]), One),
    ],
);
const ACCESS: &[&str] =
    &["OPEN", "TOKEN", "LICENSE_PLATE", "ACCESS_CODE", "INTERCOM", "PARKING_TICKET"];
const ACCESS_INFORMATION: Class =
    Class("AccessInformation", &[("method", Word(ACCESS), One), ("value", Text(255), Maybe)]);
const TERMS: Class = Class(
    "BookingTerms",
    &[
        ("rfid_auth_required", Bool, Maybe),
        ("token_groups_supported", Bool, Maybe),
        ("remote_auth_supported", Bool, Maybe),
        ("supported_access_methods", Word(ACCESS), AtLeastOne),
        ("change_until_minutes", Number, One),
        ("cancel_until_minutes", Number, One),
        ("change_not_allowed", Bool, Maybe),
        ("early_start_allowed", Bool, Maybe),
        ("early_start_time", Number, Maybe),
        ("noshow_timeout", Number, Maybe),
        ("noshow_fee", Bool, Maybe),
        ("late_stop_allowed", Bool, Maybe),
        ("late_stop_time", Number, Maybe),
        ("overlapping_bookings_allowed", Bool, Maybe),
        ("min_booking_duration", Number, Maybe),
        ("max_booking_duration", Number, Maybe),
        ("booking_terms", Text(255), Maybe),
    ],
);
const REQUEST: Class = Class(
    "BookingRequest",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("request_id", Ci(36), One),
        ("booking_option", class(&OPTION), Maybe),
        ("location_id", Ci(36), One),
        ("booking_location_id", Ci(36), One),
        ("tokens", class(&TOKEN), Any),
        ("access_information", class(&ACCESS_INFORMATION), Any),
        ("period", class(&PERIOD), One),
        ("authorization_reference", Ci(36), One),
        ("power_required", Int, Maybe),
        ("canceled", class(&CANCELLATION), Maybe),
    ],
);
const REQUEST_STATUS: Class = Class(
    "BookingRequestStatus",
    &[
        ("request_status", Word(&["PENDING", "ACCEPTED", "DECLINED", "FAILED"]), One),
        ("booking_request", class(&REQUEST), One),
        ("request_received", Instant, One),
    ],
);
const STATUSES: &[&str] =
    &["PENDING", "RESERVED", "CANCELED", "FAILED", "NO_SHOW", "FULFILLED", "REJECTED", "UNKNOWN"];
pub const BOOKING: Class = Class(
    "Booking",
    &[
        ("id", Ci(36), One),
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("request_id", Ci(36), One),
        ("booking_option", class(&OPTION), Maybe),
        ("location_id", Ci(36), One),
        ("booking_tokens", class(&TOKEN), Any),
        ("tariff_ids", Ci(36), Any),
        ("period", class(&TIMESLOT), One),
        ("reservation_status", Word(STATUSES), One),
        ("canceled", class(&CANCELLATION), Maybe),
        ("access_information", class(&ACCESS_INFORMATION), Any),
        ("authorization_reference", Ci(36), One),
        ("booking_terms", class(&TERMS), One),
        ("booking_requests", class(&REQUEST_STATUS), AtLeastOne),
        ("last_updated", Instant, One),
    ],
);
const POLICY: Class =
    Class("Policy", &[("reservation_required", Bool, One), ("ad_hoc", Number, Maybe)]);
const CALENDAR: Class = Class(
    "Calendar",
    &[
        ("id", Ci(36), One),
        ("begin_from", Instant, One),
        ("end_before", Instant, One),
        ("timeslot_increment", Int, Maybe),
        ("available_timeslots", class(&TIMESLOT), AtLeastOne),
        ("last_updated", Instant, One),
    ],
);
pub const BOOKING_LOCATION: Class = Class(
    "BookingLocation",
    &[
        ("country_code", Ci(2), One),
        ("party_id", Ci(3), One),
        ("id", Ci(36), One),
        ("location_id", Ci(36), One),
        ("booking_option", class(&OPTION), Maybe),
        ("policy", class(&POLICY), Maybe),
        ("tariff_ids", Ci(36), Any),
        ("booking_terms", class(&TERMS), Maybe),
        ("calendars", class(&CALENDAR), Any),
        ("last_updated", Instant, One),
    ],
);

/// What is wrong with an object; nothing if it is valid. Fields of ours begin with `gridflock`.
pub fn problems(object: &Value, of: &Class, spec: Spec) -> Vec<String> {
    let mut all = Vec::new();
    check(object, of, spec, of.0, &mut all);
    if of.0 == "CDR" {
        of_cdr(object, spec, &mut all);
    }
    all
}

fn check(object: &Value, of: &Class, spec: Spec, path: &str, all: &mut Vec<String>) {
    let Some(map) = object.as_object() else {
        return all.push(format!("{path} is no object: {object}"));
    };
    for key in map.keys().filter(|k| !k.starts_with("gridflock")) {
        if !of.1.iter().any(|(name, _, _)| name == key) {
            all.push(format!("{path}.{key} is unknown"));
        }
    }
    for (name, kind, card) in of.1 {
        let path = format!("{path}.{name}");
        let new = matches!(card, New | MaybeNew);
        match (map.get(*name), card) {
            (Some(_), _) if new && spec == Spec::V221 => {
                all.push(format!("{path} is not in 2.2.1"));
            }
            (None, One | AtLeastOne) => all.push(format!("{path} is missing")),
            (None, New) if spec == Spec::V230 => all.push(format!("{path} is missing")),
            (None, _) => {}
            (Some(value), Any | AtLeastOne) => match value.as_array() {
                Some(list) if list.is_empty() && *card == AtLeastOne => {
                    all.push(format!("{path} is empty"));
                }
                Some(list) => list.iter().for_each(|v| check_kind(v, kind, spec, &path, all)),
                None => all.push(format!("{path} is no list")),
            },
            (Some(value), _) => check_kind(value, kind, spec, &path, all),
        }
    }
}

fn check_kind(value: &Value, kind: &Kind, spec: Spec, path: &str, all: &mut Vec<String>) {
    let text = |fits: &dyn Fn(&str) -> bool| value.as_str().is_some_and(fits);
    let digits = |t: &str, form: &str| {
        t.len() == form.len()
            && t.chars()
                .zip(form.chars())
                .all(|(c, f)| if f == '0' { c.is_ascii_digit() } else { c == f })
    };
    let holds = match kind {
        Ci(n) => text(&|t| {
            !t.is_empty() && t.len() <= *n && t.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        }),
        Text(n) => text(&|t| t.chars().count() <= *n && !t.chars().any(char::is_control)),
        Number => value.as_f64().is_some_and(|x| {
            let scaled = x * 1e4;
            x.is_finite() && (scaled - scaled.round()).abs() <= 1e-6 * scaled.abs().max(1.0)
        }),
        Int => value.is_i64() || value.is_u64(),
        Bool => value.is_boolean(),
        Instant => text(&|t| {
            t.len() <= 25
                && digits(t.get(..19).unwrap_or(""), "0000-00-00T00:00:00")
                && t.ends_with('Z')
        }),
        Clock => text(&|t| digits(t, "00:00") && t < "24:00"),
        Date => text(&|t| digits(t, "0000-00-00")),
        Degrees => text(&|t| {
            t.len() <= 11 && t.split_once('.').is_some_and(|(_, d)| (5..=7).contains(&d.len()))
        }),
        Word(words) => text(&|t| words.contains(&t)),
        Kind::Class(class) => return check(value, class, spec, path, all),
        Either(old, new) => {
            return check(value, if spec == Spec::V221 { old } else { new }, spec, path, all);
        }
    };
    if !holds {
        all.push(format!("{path} = {value}"));
    }
}

/// Rules of CDRs that are more than a type.
fn of_cdr(cdr: &Value, spec: Spec, all: &mut Vec<String>) {
    for period in cdr["charging_periods"].as_array().into_iter().flatten() {
        for dimension in period["dimensions"].as_array().into_iter().flatten() {
            let word = dimension["type"].as_str().unwrap_or("");
            if SESSION_ONLY.contains(&word) || spec == Spec::V221 && WITH_BOOKINGS.contains(&word) {
                all.push(format!("a CDR has no {word}"));
            }
        }
    }
    if cdr["id"].as_str().is_some_and(|id| id.len() > 36) {
        all.push("the id of a CDR that is no credit has 36 characters".to_owned());
    }
    let order = |a: &Value, b: &Value| a.as_str() <= b.as_str();
    if !order(&cdr["start_date_time"], &cdr["end_date_time"]) {
        all.push("a CDR ends before it begins".to_owned());
    }
}

#[test]
fn the_check_sees_what_is_missing_unknown_too_long_or_no_word() {
    let good = serde_json::json!({ "country_code": "CN", "party_id": "GFL", "id": "t", "currency": "EUR",
        "elements": [{ "price_components": [{ "type": "FLAT", "price": 0.5, "step_size": 1 }] }],
        "tax_included": "NO", "last_updated": "2024-01-01T00:00:00Z" });
    assert_eq!(problems(&good, &TARIFF, Spec::V230), Vec::<String>::new());
    let wrong: [(&str, Value); 6] = [
        ("/currency", serde_json::json!("EURO")),
        ("/last_updated", serde_json::json!("2024-01-01T00:00:00.123456Z")),
        ("/elements/0/price_components/0/type", serde_json::json!("POWER")),
        ("/elements/0/price_components/0/price", serde_json::json!(0.123_456)),
        ("/elements/0/price_components/0/step_size", serde_json::json!(1.5)),
        ("/elements", serde_json::json!([])),
    ];
    for (place, value) in wrong {
        let mut bad = good.clone();
        *bad.pointer_mut(place).expect("it is there") = value;
        assert_eq!(problems(&bad, &TARIFF, Spec::V230).len(), 1, "{place}");
    }
    let mut bad = good.clone();
    bad["color"] = serde_json::json!("red");
    bad.as_object_mut().expect("an object").remove("id");
    assert_eq!(problems(&bad, &TARIFF, Spec::V230).len(), 2);
    assert_eq!(problems(&good, &TARIFF, Spec::V221), ["Tariff.tax_included is not in 2.2.1"]);
}
