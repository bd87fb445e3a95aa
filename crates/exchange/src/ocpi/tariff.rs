//! Tariffs of OCPI: elements of price components under restrictions, read and written.

use super::words::{COUNTRY, OPERATOR, OcpiVersion, instant, number};
use serde_json::{Map, Value, json};

/// What a price component prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A kWh.
    Energy,
    /// Once.
    Flat,
    /// An hour not charging.
    ParkingTime,
    /// An hour charging; with a reservation or booking, an hour of that.
    Time,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Energy, Self::Flat, Self::ParkingTime, Self::Time];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Energy => "ENERGY",
            Self::Flat => "FLAT",
            Self::ParkingTime => "PARKING_TIME",
            Self::Time => "TIME",
        }
    }
}

/// What an element prices besides charging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Charging.
    #[default]
    Charging,
    /// A reservation or booking.
    Booking,
    /// A reservation or booking for which nobody came.
    Expired,
    /// A booking that is cancelled.
    Cancelled,
    /// Charging beyond the end of a booking.
    Overtime,
}

impl Purpose {
    const OF_BOOKINGS: [(Self, &'static str); 4] = [
        (Self::Booking, "BOOKING"),
        (Self::Expired, "BOOKING_EXPIRES"),
        (Self::Cancelled, "BOOKING_CANCELLATION_FEES"),
        (Self::Overtime, "BOOKING_OVERTIME"),
    ];
    const OF_RESERVATIONS: [(Self, &'static str); 2] =
        [(Self::Booking, "RESERVATION"), (Self::Expired, "RESERVATION_EXPIRES")];
}

/// A price.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Of what.
    pub dimension: Dimension,
    /// Per unit of it.
    pub price: f64,
    /// Tax in per cent.
    pub vat: Option<f64>,
    /// Amounts are rounded up to multiples of this: Wh or seconds.
    pub step_size: i64,
}

/// When an element holds. All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restrictions {
    /// Minute of the local day from which on.
    pub start_minute: Option<i64>,
    /// Until which; before the start it is of the next day.
    pub end_minute: Option<i64>,
    /// Local dates from (inclusive) and to (exclusive), as written: they sort as text.
    pub dates: [Option<String>; 2],
    /// Energy charged so far: from, to \[kWh\].
    pub kwh: [Option<f64>; 2],
    /// Power: from, to \[kW\].
    pub power_kw: [Option<f64>; 2],
    /// Current over all phases: from, to \[A\].
    pub current_a: [Option<f64>; 2],
    /// Length of the session so far: from, to \[s\].
    pub duration_s: [Option<f64>; 2],
    /// Days of the week, Monday 0; all if there is none.
    pub weekdays: Vec<u8>,
    /// What is priced.
    pub purpose: Purpose,
}

/// Prices under one set of restrictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// The prices.
    pub components: Vec<Component>,
    /// When they hold.
    pub restrictions: Restrictions,
}

/// Whether amounts hold taxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tax {
    /// They do.
    Included,
    /// They come on top.
    #[default]
    OnTop,
    /// There are none.
    None,
}

/// A tariff.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OcpiTariff {
    /// Its id.
    pub id: String,
    /// ISO 4217.
    pub currency: String,
    /// In the order in which they are looked up.
    pub elements: Vec<Element>,
    /// Taxes.
    pub tax: Tax,
    /// Least cost of a session, before and after taxes.
    pub least: [Option<f64>; 2],
    /// Most.
    pub most: [Option<f64>; 2],
    /// Valid from and to, as written.
    pub valid: [Option<String>; 2],
}

const WEEKDAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// A number, also one that version 2.1.1 writes as text.
fn real(value: &Value) -> Option<f64> {
    let x = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    x.is_finite().then_some(x)
}

/// The minute of the day in `13:30`.
fn minute(text: &str) -> Option<i64> {
    let (h, m) = text.split_once(':')?;
    let (h, m): (i64, i64) = (h.parse().ok()?, m.parse().ok()?);
    ((0..24).contains(&h) && (0..60).contains(&m)).then_some(h * 60 + m)
}

impl Component {
    /// A price without tax, billed as exactly as can be.
    pub fn plain(dimension: Dimension, price: f64) -> Self {
        Self { dimension, price, vat: None, step_size: 1 }
    }

    fn parse(value: &Value) -> Result<Self, String> {
        let word = value["type"].as_str().unwrap_or_default();
        let dimension = Dimension::ALL
            .into_iter()
            .find(|d| d.word() == word)
            .ok_or_else(|| format!("`{word}` is no dimension of a tariff"))?;
        let price = real(&value["price"]).ok_or_else(|| format!("{word} has no price"))?;
        let step_size = match &value["step_size"] {
            Value::Null => 1,
            given => given.as_i64().filter(|s| *s > 0).ok_or_else(|| {
                format!("the step_size of {word} is {given}, not a whole number above 0")
            })?,
        };
        let vat = real(&value["vat"]);
        Ok(Self { dimension, price, vat, step_size })
    }

    fn value(&self) -> Value {
        let mut value = json!({
            "type": self.dimension.word(),
            "price": number(self.price),
            "step_size": self.step_size,
        });
        if let Some(vat) = self.vat {
            value["vat"] = number(vat);
        }
        value
    }
}

impl Restrictions {
    const KNOWN: [&str; 15] = [
        "start_time",
        "end_time",
        "start_date",
        "end_date",
        "min_kwh",
        "max_kwh",
        "min_current",
        "max_current",
        "min_power",
        "max_power",
        "min_duration",
        "max_duration",
        "day_of_week",
        "booking",
        "reservation",
    ];

    fn parse(value: &Value) -> Result<Self, String> {
        let Some(given) = value.as_object() else { return Ok(Self::default()) };
        let time = |key: &str| match &value[key] {
            Value::Null => Ok(None),
            text => text
                .as_str()
                .and_then(minute)
                .map(Some)
                .ok_or_else(|| format!("{key} {text} is no time of the day such as \"13:30\"")),
        };
        let two = |keys: [&str; 2]| keys.map(|k| real(&value[k]));
        let date = |key: &str| value[key].as_str().map(str::to_owned);
        let weekdays = value["day_of_week"].as_array().map(Vec::as_slice).unwrap_or_default();
        let weekday = |d: &Value| {
            let found = WEEKDAYS.iter().position(|w| Some(*w) == d.as_str());
            found.map(|k| k as u8).ok_or_else(|| format!("{d} is no day of the week"))
        };
        let purpose = |key: &str, words: &[(Purpose, &'static str)]| match &value[key] {
            Value::Null => Ok(None),
            text => words
                .iter()
                .find(|(_, word)| Some(*word) == text.as_str())
                .map(|(purpose, _)| Some(*purpose))
                .ok_or_else(|| format!("{text} is no restriction to a {key}")),
        };
        let booking = purpose("booking", &Purpose::OF_BOOKINGS)?;
        let reservation = purpose("reservation", &Purpose::OF_RESERVATIONS)?;
        if let Some(other) = given.keys().find(|k| !Self::KNOWN.contains(&k.as_str())) {
            return Err(format!("`{other}` is no restriction of OCPI"));
        }
        Ok(Self {
            start_minute: time("start_time")?,
            end_minute: time("end_time")?,
            dates: ["start_date", "end_date"].map(date),
            kwh: two(["min_kwh", "max_kwh"]),
            power_kw: two(["min_power", "max_power"]),
            current_a: two(["min_current", "max_current"]),
            duration_s: two(["min_duration", "max_duration"]),
            weekdays: weekdays.iter().map(weekday).collect::<Result<_, _>>()?,
            purpose: booking.or(reservation).unwrap_or_default(),
        })
    }

    fn value(&self, version: OcpiVersion) -> Map<String, Value> {
        let mut all = Map::new();
        let clock = |m: i64| json!(format!("{:02}:{:02}", m / 60, m % 60));
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                all.insert(key.to_owned(), value);
            }
        };
        put("start_time", self.start_minute.map(clock));
        put("end_time", self.end_minute.map(clock));
        put("start_date", self.dates[0].as_ref().map(|d| json!(d)));
        put("end_date", self.dates[1].as_ref().map(|d| json!(d)));
        let pairs = [
            (["min_kwh", "max_kwh"], self.kwh),
            (["min_power", "max_power"], self.power_kw),
            (["min_current", "max_current"], self.current_a),
        ];
        for (keys, values) in pairs {
            for (key, value) in keys.into_iter().zip(values) {
                put(key, value.map(number));
            }
        }
        for (key, value) in ["min_duration", "max_duration"].into_iter().zip(self.duration_s) {
            put(key, value.map(|s| json!(s as i64)));
        }
        let days = self.weekdays.iter().filter_map(|d| WEEKDAYS.get(usize::from(*d)));
        let days: Vec<&str> = days.copied().collect();
        put("day_of_week", (!days.is_empty()).then(|| json!(days)));
        let (key, words): (&str, &[(Purpose, &str)]) = match version {
            OcpiVersion::V221 => ("reservation", &Purpose::OF_RESERVATIONS),
            OcpiVersion::V230 => ("booking", &Purpose::OF_BOOKINGS),
        };
        put(key, words.iter().find(|(p, _)| *p == self.purpose).map(|(_, w)| json!(w)));
        all
    }

    /// Whether a version can say it.
    fn fits(&self, version: OcpiVersion) -> bool {
        version == OcpiVersion::V230
            || !matches!(self.purpose, Purpose::Cancelled | Purpose::Overtime)
    }
}

impl Element {
    /// A price of a purpose that always holds.
    pub fn of(purpose: Purpose, dimension: Dimension, price: f64) -> Self {
        Self {
            components: vec![Component::plain(dimension, price)],
            restrictions: Restrictions { purpose, ..Restrictions::default() },
        }
    }

    /// Its price of a dimension.
    pub fn component(&self, dimension: Dimension) -> Option<&Component> {
        self.components.iter().find(|c| c.dimension == dimension)
    }
}

impl OcpiTariff {
    /// Reads a tariff object, of any version from 2.1.1 on.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(value: &Value) -> Result<Self, String> {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let elements = value["elements"].as_array().map(Vec::as_slice).unwrap_or_default();
        let element = |e: &Value| -> Result<Element, String> {
            let components = e["price_components"].as_array().map(Vec::as_slice);
            let components = components.unwrap_or_default();
            if components.is_empty() {
                return Err("an element has no price_components".to_owned());
            }
            Ok(Element {
                components: components.iter().map(Component::parse).collect::<Result<_, _>>()?,
                restrictions: Restrictions::parse(&e["restrictions"])?,
            })
        };
        let limit = |key: &str| {
            let of = |names: [&str; 2]| names.iter().find_map(|n| real(&value[key][*n]));
            [of(["before_taxes", "excl_vat"]), of(["after_taxes", "incl_vat"])]
        };
        let id = text("id");
        let named = |message: String| format!("tariff `{id}`: {message}");
        if elements.is_empty() {
            return Err(named("it has no elements".to_owned()));
        }
        let elements = elements.iter().map(element).collect::<Result<_, _>>().map_err(named)?;
        Ok(Self {
            currency: text("currency"),
            elements,
            tax: match value["tax_included"].as_str() {
                Some("YES") => Tax::Included,
                Some("N/A") => Tax::None,
                _ => Tax::OnTop,
            },
            least: limit("min_price"),
            most: limit("max_price"),
            valid: ["start_date_time", "end_date_time"]
                .map(|key| value[key].as_str().map(str::to_owned)),
            id,
        })
    }

    /// As an object of a version; what that version has no word for is left out.
    pub fn value(&self, version: OcpiVersion, updated: i64) -> Value {
        let element = |e: &Element| {
            let components: Vec<Value> = e.components.iter().map(Component::value).collect();
            let mut value = json!({ "price_components": components });
            let restrictions = e.restrictions.value(version);
            if !restrictions.is_empty() {
                value["restrictions"] = Value::Object(restrictions);
            }
            value
        };
        let said = self.elements.iter().filter(|e| e.restrictions.fits(version));
        let mut elements: Vec<Value> = said.map(element).collect();
        if elements.is_empty() {
            // Free of charge.
            elements.push(element(&Element::of(Purpose::Charging, Dimension::Flat, 0.0)));
        }
        let mut value = json!({
            "country_code": COUNTRY,
            "party_id": OPERATOR,
            "id": self.id,
            "currency": self.currency,
            "elements": elements,
            "last_updated": instant(updated),
        });
        if version == OcpiVersion::V230 {
            value["tax_included"] = json!(match self.tax {
                Tax::Included => "YES",
                Tax::OnTop => "NO",
                Tax::None => "N/A",
            });
        }
        for (key, when) in ["start_date_time", "end_date_time"].into_iter().zip(&self.valid) {
            if let Some(when) = when {
                value[key] = json!(when);
            }
        }
        value
    }
}
