//! The objects of an event log, with what is known of each.

use crate::plain::{Cell, PlainTable, Type};
use crate::{ExchangeError, Source};
use record::Frame;
use std::collections::{BTreeMap, BTreeSet};

/// An object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A vehicle with its user.
    Ev(i64),
    /// A booking.
    Booking(i64),
    /// A request that became no booking, named by the rank of its fact.
    Request(i64),
    /// A charge point in a period.
    Slot {
        /// Zone.
        zone: i64,
        /// Charge point.
        pile: i64,
        /// Start \[us since 1970 UTC\].
        start_us: i64,
    },
    /// A ticket.
    Ticket(i64),
    /// A zone.
    Zone(i64),
}

impl Thing {
    /// Its name in the log.
    pub fn id(self) -> String {
        match self {
            Self::Ev(id) => format!("ev-{id}"),
            Self::Booking(id) => format!("reservation-{id}"),
            Self::Request(seq) => format!("request-{seq}"),
            Self::Slot { zone, pile, start_us } => {
                format!("slot-{zone}-{pile}-{}", start_us / 60_000_000)
            }
            Self::Ticket(id) => format!("ticket-{id}"),
            Self::Zone(id) => format!("zone-{id}"),
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Ev(_) => 0,
            Self::Booking(_) | Self::Request(_) => 1,
            Self::Slot { .. } => 2,
            Self::Ticket(_) => 3,
            Self::Zone(_) => 4,
        }
    }
}

/// Name and attributes of each type.
const TYPES: [(&str, &[(&str, Type)]); 5] = [
    (
        "ev",
        &[
            ("segment", Type::Text),
            ("vehicle_class", Type::Text),
            ("battery_kwh", Type::Real),
            ("charge_kw", Type::Real),
            ("discharge_kw", Type::Real),
            ("v2g", Type::Flag),
            ("behaviour_class", Type::Int),
        ],
    ),
    (
        "reservation",
        &[
            ("status", Type::Text),
            ("direction", Type::Text),
            ("breach", Type::Text),
            ("period_start", Type::Time),
            ("period_end", Type::Time),
            ("reserved_kwh", Type::Real),
            ("energy_kwh", Type::Real),
            ("prepaid_cny", Type::Real),
            ("refund_cny", Type::Real),
            ("penalty_cny", Type::Real),
        ],
    ),
    (
        "slot",
        &[
            ("zone_id", Type::Int),
            ("pile_id", Type::Int),
            ("period_start", Type::Time),
            ("period_end", Type::Time),
        ],
    ),
    (
        "ticket",
        &[
            ("cause", Type::Text),
            ("status", Type::Text),
            ("energy_kwh", Type::Real),
            ("price_cny_per_kwh", Type::Real),
            ("latency_s", Type::Real),
        ],
    ),
    ("zone", &[]),
];

/// All objects, by name; what relates them; which slot a booked period is.
#[derive(Default)]
pub struct Objects {
    known: BTreeMap<Thing, Vec<Cell>>,
    related: BTreeSet<(Thing, Thing, &'static str)>,
    slots: BTreeMap<i64, Thing>,
}

/// What is summed over the periods of a booking.
struct Sum {
    first: i64,
    end: i64,
    words: [String; 3],
    numbers: [f64; 5],
}

impl Objects {
    /// What the tables of a run say of vehicles, bookings, slots and tickets.
    pub fn read(source: &Source, run: Option<i64>) -> Result<Self, ExchangeError> {
        let mut all = Self::default();
        let of_run =
            move |f: &Frame, row: usize| run.is_none_or(|r| f.numbers("run_id")[row] as i64 == r);
        let columns = [
            "run_id",
            "ev_id",
            "zone_id",
            "segment",
            "vehicle_class",
            "battery_kwh",
            "charge_kw",
            "discharge_kw",
            "v2g",
            "behaviour_class",
        ];
        source.scan("evs", &columns, |f| {
            for row in (0..f.rows()).filter(|row| of_run(f, *row)) {
                let real = |name: &str| Cell::real(f.numbers(name)[row]);
                let ev = Thing::Ev(f.numbers("ev_id")[row] as i64);
                let attributes = vec![
                    Cell::word(f.word("segment", row)),
                    Cell::word(f.word("vehicle_class", row)),
                    real("battery_kwh"),
                    real("charge_kw"),
                    real("discharge_kw"),
                    Cell::Flag(f.numbers("v2g")[row] > 0.0),
                    Cell::int(f.numbers("behaviour_class")[row]),
                ];
                all.known.insert(ev, attributes);
                let zone = f.numbers("zone_id")[row];
                if zone.is_finite() {
                    all.relate(ev, Thing::Zone(zone as i64), "home");
                }
            }
        })?;
        all.read_bookings(source, &of_run)?;
        all.read_tickets(source, &of_run)?;
        Ok(all)
    }

    fn read_bookings(
        &mut self,
        source: &Source,
        of_run: &dyn Fn(&Frame, usize) -> bool,
    ) -> Result<(), ExchangeError> {
        let columns = [
            "run_id",
            "reservation_id",
            "booking_id",
            "ev_id",
            "zone_id",
            "pile_id",
            "direction",
            "period_start",
            "period_end",
            "status",
            "breach",
            "reserved_kwh",
            "energy_kwh",
            "prepaid_cny",
            "refund_cny",
            "penalty_cny",
        ];
        let mut sums: BTreeMap<i64, Sum> = BTreeMap::new();
        source.scan("reservations", &columns, |f| {
            for row in (0..f.rows()).filter(|row| of_run(f, *row)) {
                let id = |name: &str| f.numbers(name)[row] as i64;
                let (booking, zone, start, end) =
                    (id("booking_id"), id("zone_id"), id("period_start"), id("period_end"));
                let slot = Thing::Slot { zone, pile: id("pile_id"), start_us: start };
                self.slots.insert(id("reservation_id"), slot);
                let cells = [zone, id("pile_id"), start, end].map(Cell::Int).to_vec();
                self.known.insert(slot, cells);
                self.relate(slot, Thing::Zone(zone), "place");
                self.relate(Thing::Booking(booking), slot, "takes");
                if !sums.contains_key(&booking) {
                    self.relate(Thing::Booking(booking), Thing::Ev(id("ev_id")), "user");
                }
                let words = ["status", "direction", "breach"].map(|w| f.word(w, row).to_owned());
                let sum = sums.entry(booking).or_insert(Sum {
                    first: start,
                    end,
                    words: words.clone(),
                    numbers: [0.0; 5],
                });
                (sum.first, sum.end) = (sum.first.min(start), sum.end.max(end));
                // The last period says how the booking ended.
                sum.words = words;
                let names =
                    ["reserved_kwh", "energy_kwh", "prepaid_cny", "refund_cny", "penalty_cny"];
                for (total, name) in sum.numbers.iter_mut().zip(names) {
                    let value = f.numbers(name)[row];
                    *total += if value.is_finite() { value } else { 0.0 };
                }
            }
        })?;
        for (booking, sum) in sums {
            let words = sum.words.iter().map(|w| Cell::word(w));
            let times = [sum.first, sum.end].map(Cell::Int);
            let numbers = sum.numbers.map(Cell::Real);
            let cells = words.chain(times).chain(numbers).collect();
            self.known.insert(Thing::Booking(booking), cells);
        }
        Ok(())
    }

    fn read_tickets(
        &mut self,
        source: &Source,
        of_run: &dyn Fn(&Frame, usize) -> bool,
    ) -> Result<(), ExchangeError> {
        let columns = [
            "run_id",
            "ticket_id",
            "booking_id",
            "winner_booking_id",
            "cause",
            "status",
            "energy_kwh",
            "price_cny_per_kwh",
            "latency_s",
        ];
        source.scan("tickets", &columns, |f| {
            for row in (0..f.rows()).filter(|row| of_run(f, *row)) {
                let ticket = Thing::Ticket(f.numbers("ticket_id")[row] as i64);
                let real = |name: &str| Cell::real(f.numbers(name)[row]);
                let cells = vec![
                    Cell::word(f.word("cause", row)),
                    Cell::word(f.word("status", row)),
                    real("energy_kwh"),
                    real("price_cny_per_kwh"),
                    real("latency_s"),
                ];
                self.known.insert(ticket, cells);
                for (column, how) in [("booking_id", "frees"), ("winner_booking_id", "won as")] {
                    let booking = f.numbers(column)[row];
                    if booking.is_finite() {
                        self.relate(ticket, Thing::Booking(booking as i64), how);
                    }
                }
            }
        })
    }

    fn relate(&mut self, from: Thing, onto: Thing, how: &'static str) {
        self.related.insert((from, onto, how));
    }

    /// The slot of a booked period, if the table of reservations says it.
    pub fn slot(&self, reservation: i64) -> Option<Thing> {
        self.slots.get(&reservation).copied()
    }

    /// Makes sure that an object is listed, with what is known of it or nothing.
    pub fn mention(&mut self, thing: Thing) {
        let width = TYPES[thing.place()].1.len();
        self.known.entry(thing).or_insert_with(|| vec![Cell::Null; width]);
    }

    /// A request that became no booking.
    pub fn add_request(&mut self, request: Thing, status: &str, direction: &str, start: f64) {
        let mut cells = vec![Cell::Null; TYPES[1].1.len()];
        cells[0] = Cell::word(status);
        cells[1] = Cell::word(direction);
        cells[3] = Cell::int(start);
        self.known.insert(request, cells);
    }

    /// Keeps those objects that `wanted` names, and what relates them.
    pub fn keep(&mut self, wanted: &BTreeSet<Thing>) {
        self.known.retain(|thing, _| wanted.contains(thing));
        self.related.retain(|(a, b, _)| wanted.contains(a) && wanted.contains(b));
    }

    /// One table a type, with its attributes.
    pub fn tables(&self) -> Vec<(&'static str, &'static [(&'static str, Type)], PlainTable)> {
        let mut tables: Vec<_> = TYPES
            .iter()
            .map(|(name, attributes)| {
                (*name, *attributes, PlainTable::new(&[("ocel_id", Type::Text)], attributes))
            })
            .collect();
        for (thing, cells) in &self.known {
            let row: Vec<Cell> =
                std::iter::once(Cell::Text(thing.id())).chain(cells.iter().cloned()).collect();
            tables[thing.place()].2.push(&row);
        }
        tables
    }

    /// What relates two listed objects.
    pub fn relations(&self) -> Vec<(String, String, &'static str)> {
        let listed = |thing: &Thing| self.known.contains_key(thing);
        let both = self.related.iter().filter(|(a, b, _)| listed(a) && listed(b));
        both.map(|(a, b, how)| (a.id(), b.id(), *how)).collect()
    }
}
