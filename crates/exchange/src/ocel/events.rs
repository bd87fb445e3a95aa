//! The events of a log: one a fact, with the objects it is about.

use super::{Objects, OcelFilter, Thing, describe};
use crate::plain::{Cell, PlainTable, Type};
use crate::{ExchangeError, Source};
use record::Frame;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Columns of facts that become attributes, where a kind of fact has them.
const ATTRIBUTES: [(&str, Type); 8] = [
    ("actor", Type::Text),
    ("detail", Type::Text),
    ("direction", Type::Text),
    ("period_start", Type::Time),
    ("energy_kwh", Type::Real),
    ("power_kw", Type::Real),
    ("price_cny_per_kwh", Type::Real),
    ("amount_cny", Type::Real),
];

struct Event {
    seq: i64,
    t: i64,
    cells: [Cell; ATTRIBUTES.len()],
}

/// A request that has no answer yet: its event and what it asked for.
struct Asked {
    seq: i64,
    start: f64,
    direction: String,
}

/// All events, by kind.
#[derive(Default)]
pub struct Events {
    by_kind: BTreeMap<String, Vec<Event>>,
    relations: Vec<(String, String, &'static str)>,
    mentioned: BTreeSet<Thing>,
    /// Requests by user, first period and direction, oldest first: the answer names the booking.
    open: BTreeMap<(i64, i64, String), VecDeque<Asked>>,
}

impl Events {
    /// Reads the facts that pass the filter; objects that no event is about are dropped.
    pub fn read(
        source: &Source,
        filter: &OcelFilter,
        mut objects: Objects,
    ) -> Result<(Self, Objects), ExchangeError> {
        source.needed("facts")?;
        let columns: Vec<&str> = ["run_id", "t", "seq", "kind"]
            .into_iter()
            .chain(["ev_id", "zone_id", "booking_id", "reservation_id", "ticket_id"])
            .chain(ATTRIBUTES.iter().map(|(name, _)| *name))
            .collect();
        let (mut events, mut runs) = (Self::default(), BTreeSet::new());
        source.scan("facts", &columns, |f| {
            for row in 0..f.rows() {
                let run = f.numbers("run_id")[row] as i64;
                runs.insert(run);
                let passes = filter.run.is_none_or(|r| r == run)
                    && (filter.kinds.is_empty()
                        || filter.kinds.iter().any(|k| k == f.word("kind", row)))
                    && filter.zone.is_none_or(|z| f.numbers("zone_id")[row] as i64 == z);
                if passes {
                    events.push(f, row, &mut objects);
                }
            }
        })?;
        if filter.run.is_none() && runs.len() > 1 {
            let message =
                format!("the facts are of {} runs: choose one by --run, e.g. --run 0", runs.len());
            return Err(ExchangeError::Asked(message));
        }
        if events.by_kind.is_empty() {
            let message = "no fact passes: look at --run, --kind and --zone".to_owned();
            return Err(ExchangeError::Asked(message));
        }
        events.close(&mut objects);
        objects.keep(&events.mentioned);
        Ok((events, objects))
    }

    fn push(&mut self, f: &Frame, row: usize, objects: &mut Objects) {
        let kind = f.word("kind", row);
        let (seq, t) = (f.numbers("seq")[row] as i64, f.numbers("t")[row] as i64);
        let id =
            |name: &str| Some(f.numbers(name)[row]).filter(|x| x.is_finite()).map(|x| x as i64);
        let cells = ATTRIBUTES.map(|(name, kind)| match kind {
            Type::Text => Cell::word(f.word(name, row)),
            Type::Time => Cell::int(f.numbers(name)[row]),
            _ => Cell::real(f.numbers(name)[row]),
        });
        self.by_kind.entry(kind.to_owned()).or_default().push(Event { seq, t, cells });
        let mut about = Vec::new();
        about.extend(id("ev_id").map(|ev| (Thing::Ev(ev), "user")));
        about.extend(id("zone_id").map(|zone| (Thing::Zone(zone), "zone")));
        about.extend(id("booking_id").map(|b| (Thing::Booking(b), "booking")));
        about.extend(id("ticket_id").map(|ticket| (Thing::Ticket(ticket), "ticket")));
        let slot = id("reservation_id").and_then(|r| objects.slot(r));
        about.extend(slot.map(|slot| (slot, "slot")));
        for (thing, how) in about {
            self.relate(seq, thing, how, objects);
        }
        let Some(ev) = id("ev_id") else { return };
        let (start, direction) = (f.numbers("period_start")[row], f.word("direction", row));
        let key = (ev, start as i64, direction.to_owned());
        match kind {
            "reservation_requested" => {
                let asked = Asked { seq, start, direction: direction.to_owned() };
                self.open.entry(key).or_default().push_back(asked);
            }
            "reservation_confirmed" | "reservation_rejected" => {
                let Some(asked) = self.open.get_mut(&key).and_then(VecDeque::pop_front) else {
                    return;
                };
                match id("booking_id") {
                    Some(b) => self.relate(asked.seq, Thing::Booking(b), "booking", objects),
                    None => self.refuse(&asked, Some(seq), objects),
                }
            }
            _ => {}
        }
    }

    /// A request without a booking is an object of its own.
    fn refuse(&mut self, asked: &Asked, answer: Option<i64>, objects: &mut Objects) {
        let request = Thing::Request(asked.seq);
        let status = if answer.is_some() { "rejected" } else { "open" };
        objects.add_request(request, status, &asked.direction, asked.start);
        for seq in std::iter::once(asked.seq).chain(answer) {
            self.relate(seq, request, "booking", objects);
        }
    }

    /// Requests that nobody answered before the end.
    fn close(&mut self, objects: &mut Objects) {
        for asked in std::mem::take(&mut self.open).into_values().flatten() {
            self.refuse(&asked, None, objects);
        }
    }

    fn relate(&mut self, seq: i64, thing: Thing, how: &'static str, objects: &mut Objects) {
        objects.mention(thing);
        self.mentioned.insert(thing);
        // A kind of fact names each object once, in the column of its type.
        self.relations.push((event_id(seq), thing.id(), how));
    }

    /// One table a kind, with the attributes that any of its events has.
    pub fn tables(&self) -> Vec<(String, Vec<Value>, PlainTable)> {
        let table = |(kind, events): (&String, &Vec<Event>)| {
            let has = |i: &usize| events.iter().any(|e| e.cells[*i] != Cell::Null);
            let used: Vec<usize> = (0..ATTRIBUTES.len()).filter(has).collect();
            let attributes: Vec<_> = used.iter().map(|i| ATTRIBUTES[*i]).collect();
            let fixed = [("ocel_id", Type::Text), ("ocel_time", Type::Time)];
            let mut table = PlainTable::new(&fixed, &attributes);
            for event in events {
                let fixed = [Cell::Text(event_id(event.seq)), Cell::Int(event.t)];
                let row: Vec<Cell> =
                    fixed.into_iter().chain(used.iter().map(|i| event.cells[*i].clone())).collect();
                table.push(&row);
            }
            (kind.clone(), describe(&attributes), table)
        };
        self.by_kind.iter().map(table).collect()
    }

    /// Which event is about which object, and how.
    pub fn relations(&self) -> &[(String, String, &'static str)] {
        &self.relations
    }
}

fn event_id(seq: i64) -> String {
    format!("fact-{seq}")
}
