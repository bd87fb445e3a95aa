//! An operator's terms: what a scenario's rules are in the words of tariffs and booking terms, and
//! what tariffs and booking terms are as keys of a scenario.

use super::tariff::{Component, Dimension, Element, OcpiTariff, Purpose, Restrictions, Tax};
use super::words::{COUNTRY, OPERATOR, OcpiVersion, instant, location, number};
use domain::Tariff;
use market::WalkInPrice;
use population::Hoarding;
use scenario::{Model, Scenario};
use serde_json::{Value, json};

/// Minutes before a booking from which on `cancel_until_minutes` means: not at all.
pub const NEVER_MIN: f64 = 525_600.0;

/// What an operator offers, as far as OCPI can say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// What money is called.
    pub currency: Option<String>,
    /// Minutes from UTC to local time.
    pub offset_min: i32,
    /// Whether charge points can be booked.
    pub bookable: Option<bool>,
    /// Whether one may charge without a booking.
    pub walk_in: Option<bool>,
    /// Cancelling is late (or, from a year on, impossible) within this time before the
    /// start \[min\].
    pub cancel_until_min: Option<f64>,
    /// How early before the start the charge point is free for the vehicle \[min\].
    pub early_start_min: Option<f64>,
    /// Shortest and longest booking \[min\].
    pub lengths_min: [Option<f64>; 2],
    /// Whether one user may hold several bookings at once.
    pub overlapping: Option<bool>,
    /// Whether not coming costs anything.
    pub no_show_costs: Option<bool>,
    /// From when on nobody is expected any more: after the start \[min\].
    pub no_show_timeout_min: Option<f64>,
    /// Flat fee of a booking for which nobody came.
    pub no_show_fee: Option<f64>,
    /// Flat fee of cancelling late.
    pub cancellation_fee: Option<f64>,
    /// What a kWh costs by the hour of the local day.
    pub energy: Option<Tariff>,
}

/// The terms of a scenario, and what of it OCPI has no words for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioTerms {
    /// What can be said.
    pub terms: Terms,
    /// Zones.
    pub zones: u32,
    /// Power of a charge point \[kW\].
    pub pile_kw: f64,
    /// Length of a settlement period \[min\].
    pub period_min: f64,
    /// What cannot, in words, each with the keys concerned.
    pub lost: Vec<String>,
}

impl ScenarioTerms {
    /// What a scenario offers.
    pub fn of(s: &Scenario) -> Self {
        let m = &s.market;
        let period_min = 1440.0 / f64::from(s.periods_per_day);
        let booked = m.booking.enabled && matches!(s.model, Model::Park);
        let length = |periods: u32| Some(f64::from(periods) * period_min);
        let hoards = |x: &population::SegmentSpec| x.behaviour.model.hoarding != Hoarding::None;
        let fined = m.breach.enabled && m.penalty.enabled;
        let by_energy = fined && m.penalty.scale > 0.0 && m.penalty.k[2] > 0.0;
        let fee = if fined { m.penalty.no_show_cny } else { 0.0 };
        let by_the_hour = m.walk_in.price == WalkInPrice::Tariff
            && s.series.grid_price.is_none()
            && matches!(s.model, Model::Park);
        let shortest = f64::from(m.booking.min_periods) * period_min;
        let timeout = (m.breach.moderate_share * shortest).round();
        let terms = Terms {
            currency: Some(s.currency.clone()),
            offset_min: s.start.offset_s / 60,
            bookable: Some(booked),
            walk_in: Some(m.walk_in.enabled),
            cancel_until_min: Some(if m.cancellation.enabled {
                m.cancellation.late_window.minutes()
            } else {
                NEVER_MIN
            }),
            early_start_min: Some(m.booking.setup.minutes()),
            lengths_min: [length(m.booking.min_periods), length(m.booking.max_periods)],
            overlapping: Some(s.fleet.spec.segments.iter().any(hoards)),
            no_show_costs: Some(by_energy || fee > 0.0 || m.refund.forfeit_share > 0.0),
            no_show_timeout_min: m.breach.enabled.then_some(timeout),
            no_show_fee: Some(fee),
            cancellation_fee: Some(m.cancellation.late_cny),
            energy: by_the_hour.then(|| flattened(&s.tariff.ev)),
        };
        let zones = match &s.model {
            Model::Group(rules) => rules.microgrids.len() as u32,
            _ => s.zones,
        };
        let lost = if booked { lost(s, by_energy, by_the_hour) } else { no_bookings(by_the_hour) };
        Self { terms, zones, pile_kw: m.access.pile_kw, period_min, lost }
    }
}

fn no_bookings(by_the_hour: bool) -> Vec<String> {
    let prices = "prices that follow a series, a market or the network: only what was charged";
    let mut all =
        vec!["nothing can be booked: there are no bookings and no booking terms".to_owned()];
    all.extend((!by_the_hour).then(|| prices.to_owned()));
    all
}

/// Keys of a scenario that OCPI has no field for.
fn lost(s: &Scenario, by_energy: bool, by_the_hour: bool) -> Vec<String> {
    let m = &s.market;
    let known: [(bool, &str); 12] = [
        (
            by_energy,
            "penalties by grade, price and booked energy (penalty.k, alpha_*, base, scale): OCPI has flat fees and prices by time; amounts paid stand in the CDRs",
        ),
        (
            m.breach.enabled,
            "when nobody is expected any more, as a share of the booking's length (breach.*_share): noshow_timeout is a number of minutes, that of the shortest booking; breach.margin_min",
        ),
        (
            m.cancellation.enabled,
            "the free cancellation after booking (cancellation.free_window_min)",
        ),
        (
            m.cancellation.enabled && m.cancellation.early_fee_share > 0.0,
            "the fee of an early cancellation as a share of the prepayment (cancellation.early_fee_share)",
        ),
        (
            m.cancellation.enabled && m.cancellation.late_costs_minor_breach && by_energy,
            "a late cancellation that costs what a minor breach does (cancellation.late_costs_minor_breach)",
        ),
        (m.reminder.enabled, "reminders (reminder.*)"),
        (
            true,
            "prepayment, refund of the surplus over the real price, forfeits (refund.*): amounts paid stand in the CDRs' object `gridflock`",
        ),
        (
            m.tickets.enabled,
            "tickets (tickets.*): a booking won by one names it in its object `gridflock`",
        ),
        (
            m.discharge.enabled,
            "bookings to sell energy (discharge.*): they are bookings with negative energy in their CDR",
        ),
        (
            !by_the_hour,
            "walk-in prices that follow a series or the real price (walk_in.price, series.grid_price)",
        ),
        (
            !s.timeline.is_empty(),
            "policy that changes during the run ([[timeline]]): terms are those at the start",
        ),
        (
            s.fleet.spec.segments.iter().any(|x| x.treatments != population::Treatments::default()),
            "rules of a segment of its own (fleet.segment.*): terms are everybody's",
        ),
    ];
    known.iter().filter(|(holds, _)| *holds).map(|(_, what)| (*what).to_owned()).collect()
}

/// A tariff with its factor and fee inside its prices.
fn flattened(t: &Tariff) -> Tariff {
    let price = |h: &f64| t.at_hour(*h).value();
    Tariff {
        hours: t.hours.clone(),
        prices: t.hours.iter().map(price).collect(),
        service_fee: 0.0,
        scale: 1.0,
    }
}

impl Terms {
    /// A location's tariff: energy by the hour, and the flat fees of bookings.
    pub fn tariff(&self, id: &str) -> OcpiTariff {
        let mut elements = self.booking_elements();
        if let Some(energy) = &self.energy {
            elements.extend(energy_elements(energy));
        }
        if elements.is_empty() {
            elements.push(Element::of(Purpose::Charging, Dimension::Flat, 0.0));
        }
        OcpiTariff {
            id: id.to_owned(),
            currency: self.currency.clone().unwrap_or_default(),
            elements,
            tax: Tax::None,
            ..OcpiTariff::default()
        }
    }

    /// What bookings cost besides energy.
    pub fn booking_elements(&self) -> Vec<Element> {
        if self.bookable != Some(true) {
            return Vec::new();
        }
        let flat =
            |purpose, fee: Option<f64>| Element::of(purpose, Dimension::Flat, fee.unwrap_or(0.0));
        vec![
            flat(Purpose::Booking, None),
            flat(Purpose::Expired, self.no_show_fee),
            flat(Purpose::Cancelled, self.cancellation_fee),
            flat(Purpose::Overtime, None),
        ]
    }

    /// As booking terms.
    pub fn booking_terms(&self) -> Value {
        let cancel = self.cancel_until_min.unwrap_or(0.0);
        let mut value = json!({
            "supported_access_methods": ["TOKEN"],
            "remote_auth_supported": true,
            "change_until_minutes": number(cancel),
            "change_not_allowed": true,
            "cancel_until_minutes": number(cancel),
            "early_start_allowed": self.early_start_min.is_some_and(|m| m > 0.0),
            "noshow_fee": self.no_show_costs.unwrap_or(false),
            "overlapping_bookings_allowed": self.overlapping.unwrap_or(false),
        });
        let numbers = [
            ("early_start_time", self.early_start_min.filter(|m| *m > 0.0)),
            ("noshow_timeout", self.no_show_timeout_min),
            ("min_booking_duration", self.lengths_min[0]),
            ("max_booking_duration", self.lengths_min[1]),
        ];
        for (key, minutes) in numbers {
            if let Some(minutes) = minutes {
                value[key] = number(minutes);
            }
        }
        value
    }
}

impl ScenarioTerms {
    /// The tariff of each zone.
    pub fn tariffs(&self, version: OcpiVersion, updated: i64) -> Vec<Value> {
        let one = |z: u32| self.terms.tariff(&location(i64::from(z))).value(version, updated);
        (1..=self.zones).map(one).collect()
    }

    /// What can be booked in each zone, and on which terms.
    pub fn locations(&self, updated: i64) -> Vec<Value> {
        if self.terms.bookable != Some(true) {
            return Vec::new();
        }
        let one = |z: u32| {
            let id = location(i64::from(z));
            json!({
                "country_code": COUNTRY,
                "party_id": OPERATOR,
                "id": format!("{id}-bookings"),
                "location_id": id,
                "booking_option": { "evse_uid": "#NA" },
                "policy": { "reservation_required": self.terms.walk_in == Some(false) },
                "tariff_ids": [id],
                "booking_terms": self.terms.booking_terms(),
                "last_updated": instant(updated),
                "gridflock": { "utc_offset_min": self.terms.offset_min },
            })
        };
        (1..=self.zones).map(one).collect()
    }
}

/// One element a step of a tariff by the hour; without restrictions where there is only one.
fn energy_elements(t: &Tariff) -> Vec<Element> {
    let n = t.hours.len();
    let minute = |h: f64| (h * 60.0).round() as i64;
    let element = |k: usize| Element {
        components: vec![Component::plain(Dimension::Energy, t.prices[k])],
        restrictions: if n == 1 {
            Restrictions::default()
        } else {
            Restrictions {
                start_minute: Some(minute(t.hours[k])),
                end_minute: Some(minute(t.hours[(k + 1) % n])),
                ..Restrictions::default()
            }
        },
    };
    (0..n).map(element).collect()
}
