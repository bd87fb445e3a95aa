//! Bookings, sessions and requests of one run, gathered from its tables.

use crate::{ExchangeError, Source};
use record::Frame;
use std::collections::{BTreeMap, BTreeSet};

/// A plug-in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The booking served, if it was for one.
    pub booking: Option<i64>,
    /// Vehicle.
    pub ev: i64,
    /// Zone.
    pub zone: i64,
    /// Charge point.
    pub pile: i64,
    /// Plugged in \[us UTC\].
    pub arrival: i64,
    /// Unplugged \[us UTC\].
    pub departure: Option<i64>,
    /// State of charge when plugged in and when unplugged.
    pub soc: [Option<f64>; 2],
    /// Energy at the charge point, both positive \[kWh\].
    pub charged_kwh: f64,
    /// Fed back.
    pub discharged_kwh: f64,
}

/// A booking: consecutive periods of a charge point.
#[derive(Clone, Debug)]
pub struct Booking {
    /// Vehicle.
    pub ev: i64,
    /// Zone.
    pub zone: i64,
    /// Charge point.
    pub pile: i64,
    /// Whether it sells energy.
    pub discharge: bool,
    /// Confirmed \[us UTC\].
    pub made_at: i64,
    /// Booked from here \[us UTC\].
    pub start: i64,
    /// To here \[us UTC\].
    pub end: i64,
    /// Word of table `reservations`.
    pub status: String,
    /// Word of table `reservations`.
    pub breach: String,
    /// Price of a kWh.
    pub price: f64,
    /// Energy booked \[kWh\].
    pub reserved_kwh: f64,
    /// Energy delivered \[kWh\].
    pub delivered_kwh: f64,
    /// When it was cancelled.
    pub cancelled_at: Option<i64>,
    /// When its vehicle was plugged in.
    pub plugged_at: Option<i64>,
    /// The ticket by which it was won.
    pub ticket: Option<i64>,
    /// The request by which it was asked for.
    pub request: Option<i64>,
}

/// A request, answered or not.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number.
    pub id: i64,
    /// When it was sent \[us UTC\].
    pub t: i64,
    /// Vehicle.
    pub ev: i64,
    /// Zone.
    pub zone: i64,
    /// Start that was asked for \[us UTC\].
    pub start: i64,
    /// Whether it would sell energy.
    pub discharge: bool,
    /// Energy asked for \[kWh\].
    pub energy_kwh: f64,
    /// When the answer came, and the booking if it was confirmed.
    pub answer: Option<(i64, Option<i64>)>,
}

/// Energy of a plug-in over a settlement period or a part of it.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// From here \[us UTC\].
    pub start: i64,
    /// To here.
    pub end: i64,
    /// Energy at the charge point, charging positive \[kWh\].
    pub energy_kwh: f64,
}

/// What the tables of a run say.
#[derive(Debug, Default)]
pub struct Tables {
    /// Plug-ins by id.
    pub sessions: BTreeMap<i64, Session>,
    /// Bookings by id.
    pub bookings: BTreeMap<i64, Booking>,
    /// The booking of each booked period.
    pub booking_of: BTreeMap<i64, i64>,
    /// All requests, in their order.
    pub requests: Vec<Request>,
    /// Bookings whose vehicle was turned away because it came too late.
    pub turned_away: BTreeSet<i64>,
    /// When a severe breach was declared.
    pub severe_at: BTreeMap<i64, i64>,
    /// Charge points that failed: zone, pile, from, to.
    pub outages: Vec<(i64, i64, i64, i64)>,
    /// Energies by plug-in, in order.
    pub points: BTreeMap<i64, Vec<Point>>,
    /// Charging power of each vehicle, either way \[kW\].
    pub power_kw: BTreeMap<i64, [f64; 2]>,
    /// Policy changes during the run.
    pub policy_changes: u64,
    /// Whether there are facts at all.
    pub facts: bool,
    /// When the record opened \[us UTC\], if the tables say it.
    pub opened: Option<i64>,
    /// The last instant that any table tells of \[us UTC\].
    pub last: i64,
}

/// A number of a row, unless it is null.
pub fn real(f: &Frame, name: &str, row: usize) -> Option<f64> {
    f.numbers(name).get(row).copied().filter(|x| x.is_finite())
}

/// An id or instant of a row, unless it is null.
pub fn whole(f: &Frame, name: &str, row: usize) -> Option<i64> {
    real(f, name, row).map(|x| x as i64)
}

impl Tables {
    /// Reads them, of one run.
    pub fn read(source: &Source, run: i64) -> Result<Self, ExchangeError> {
        let mut all = Self::default();
        if let Some(path) = source.table("sessions") {
            all.opened = record::read_head(&path)?.start_us;
        }
        all.read_evs(source, run)?;
        all.read_sessions(source, run)?;
        all.read_reservations(source, run)?;
        all.read_facts(source, run)?;
        for points in all.points.values_mut() {
            points.sort_by_key(|p| (p.start, p.end));
        }
        Ok(all)
    }

    fn read_evs(&mut self, source: &Source, run: i64) -> Result<(), ExchangeError> {
        let columns = ["run_id", "ev_id", "charge_kw", "discharge_kw"];
        source.scan("evs", &columns, |f| {
            for row in rows(f, run) {
                if let Some(ev) = whole(f, "ev_id", row) {
                    let power = |name: &str| real(f, name, row).unwrap_or(0.0);
                    self.power_kw.insert(ev, [power("charge_kw"), power("discharge_kw")]);
                }
            }
        })
    }

    fn read_sessions(&mut self, source: &Source, run: i64) -> Result<(), ExchangeError> {
        let columns = [
            "run_id",
            "session_id",
            "booking_id",
            "ev_id",
            "zone_id",
            "pile_id",
            "arrival",
            "departure",
            "soc_arrival",
            "soc_departure",
            "energy_charged_kwh",
            "energy_discharged_kwh",
        ];
        source.scan("sessions", &columns, |f| {
            for row in rows(f, run) {
                let Some(id) = whole(f, "session_id", row) else { continue };
                let int = |name: &str| whole(f, name, row);
                let kwh = |name: &str| real(f, name, row).unwrap_or(0.0);
                let session = Session {
                    booking: int("booking_id"),
                    ev: int("ev_id").unwrap_or(0),
                    zone: int("zone_id").unwrap_or(0),
                    pile: int("pile_id").unwrap_or(0),
                    arrival: int("arrival").unwrap_or(0),
                    departure: int("departure"),
                    soc: ["soc_arrival", "soc_departure"].map(|name| real(f, name, row)),
                    charged_kwh: kwh("energy_charged_kwh"),
                    discharged_kwh: kwh("energy_discharged_kwh"),
                };
                self.last = self.last.max(session.departure.unwrap_or(session.arrival));
                self.sessions.insert(id, session);
            }
        })
    }

    fn read_reservations(&mut self, source: &Source, run: i64) -> Result<(), ExchangeError> {
        let columns = [
            "run_id",
            "reservation_id",
            "booking_id",
            "ev_id",
            "zone_id",
            "pile_id",
            "made_at",
            "period_start",
            "period_end",
            "direction",
            "reserved_kwh",
            "energy_kwh",
            "price_cny_per_kwh",
            "status",
            "breach",
            "cancelled_at",
            "plugged_at",
            "ticket_id",
            "request_id",
        ];
        source.scan("reservations", &columns, |f| {
            for row in rows(f, run) {
                let int = |name: &str| whole(f, name, row);
                let kwh = |name: &str| real(f, name, row).unwrap_or(0.0);
                let (Some(id), Some(start), Some(end)) =
                    (int("booking_id"), int("period_start"), int("period_end"))
                else {
                    continue;
                };
                if let Some(reservation) = int("reservation_id") {
                    self.booking_of.insert(reservation, id);
                }
                let booking = self.bookings.entry(id).or_insert_with(|| Booking {
                    ev: int("ev_id").unwrap_or(0),
                    zone: int("zone_id").unwrap_or(0),
                    pile: int("pile_id").unwrap_or(0),
                    discharge: f.word("direction", row) == "discharge",
                    made_at: int("made_at").unwrap_or(start),
                    start,
                    end,
                    status: f.word("status", row).to_owned(),
                    breach: f.word("breach", row).to_owned(),
                    price: kwh("price_cny_per_kwh"),
                    reserved_kwh: 0.0,
                    delivered_kwh: 0.0,
                    cancelled_at: int("cancelled_at"),
                    plugged_at: int("plugged_at"),
                    ticket: int("ticket_id"),
                    request: int("request_id"),
                });
                (booking.start, booking.end) = (booking.start.min(start), booking.end.max(end));
                booking.reserved_kwh += kwh("reserved_kwh");
                booking.delivered_kwh += kwh("energy_kwh");
            }
        })
    }

    fn read_facts(&mut self, source: &Source, run: i64) -> Result<(), ExchangeError> {
        let columns = [
            "run_id",
            "t",
            "kind",
            "zone_id",
            "ev_id",
            "pile_id",
            "session_id",
            "request_id",
            "booking_id",
            "reservation_id",
            "period_start",
            "direction",
            "energy_kwh",
            "detail",
        ];
        // The place of each request in the list.
        let mut places: BTreeMap<i64, usize> = BTreeMap::new();
        source.scan("facts", &columns, |f| {
            self.facts = true;
            for row in rows(f, run) {
                self.read_fact(f, row, &mut places);
            }
        })
    }

    fn read_fact(&mut self, f: &Frame, row: usize, places: &mut BTreeMap<i64, usize>) {
        let int = |name: &str| whole(f, name, row);
        let kwh = real(f, "energy_kwh", row).unwrap_or(0.0);
        let t = int("t").unwrap_or(0);
        self.last = self.last.max(t);
        let (ev, zone) = (int("ev_id"), int("zone_id").unwrap_or(0));
        let discharge = f.word("direction", row) == "discharge";
        if let (Some(reservation), Some(booking)) = (int("reservation_id"), int("booking_id")) {
            self.booking_of.entry(reservation).or_insert(booking);
        }
        match (f.word("kind", row), ev) {
            ("reservation_requested", Some(ev)) => {
                let start = int("period_start").unwrap_or(t);
                let id = int("request_id").unwrap_or(0);
                places.insert(id, self.requests.len());
                self.requests.push(Request {
                    id,
                    t,
                    ev,
                    zone,
                    start,
                    discharge,
                    energy_kwh: kwh,
                    answer: None,
                });
            }
            ("reservation_confirmed" | "reservation_rejected", _) => {
                let asked = int("request_id").and_then(|id| places.get(&id));
                if let Some(request) = asked.and_then(|k| self.requests.get_mut(*k)) {
                    request.answer = Some((t, int("booking_id")));
                }
            }
            ("set_point", _) => {
                let point = Point {
                    start: int("period_start").unwrap_or(t),
                    end: t,
                    energy_kwh: if discharge { -kwh } else { kwh },
                };
                if let Some(session) = int("session_id") {
                    self.points.entry(session).or_default().push(point);
                }
            }
            ("turned_away_late", _) => self.turned_away.extend(int("booking_id")),
            ("breach", _) if f.word("detail", row) == "severe" => {
                self.severe_at.extend(int("booking_id").map(|b| (b, t)));
            }
            ("pile_outage", _) => {
                let pile = int("pile_id").unwrap_or(0);
                if f.word("detail", row) == "restored" {
                    let same = |o: &&mut (i64, i64, i64, i64)| (o.0, o.1) == (zone, pile);
                    if let Some(outage) = self.outages.iter_mut().rev().find(same) {
                        outage.3 = t;
                    }
                } else {
                    self.outages.push((zone, pile, t, i64::MAX));
                }
            }
            ("policy_changed", _) => self.policy_changes += 1,
            _ => {}
        }
    }

    /// The plug-in of each booking.
    pub fn session_of(&self) -> BTreeMap<i64, i64> {
        self.sessions.iter().filter_map(|(id, s)| Some((s.booking?, *id))).collect()
    }

    /// Whether a booked charge point was out of order at some time of the booking.
    pub fn was_out(&self, b: &Booking) -> bool {
        let hits = |o: &(i64, i64, i64, i64)| {
            (o.0, o.1) == (b.zone, b.pile) && o.2 < b.end && o.3 > b.start
        };
        self.outages.iter().any(hits)
    }
}

fn rows(f: &Frame, run: i64) -> impl Iterator<Item = usize> {
    let of_run = move |row: &usize| whole(f, "run_id", *row) == Some(run);
    (0..f.rows()).filter(of_run)
}
