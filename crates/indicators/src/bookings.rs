//! Table `reservations`: how bookings end, when vehicles come, what is delivered and paid.

use crate::scopes::Scopes;
use crate::spread::quantile;
use domain::{
    BookingId, BreachGrade, Direction, EvId, MicroCny, ReservationRow, ReservationStatus, Span,
    Tariff, Time, ZoneId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Counts and sums over bookings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Bookings {
    pub all: u64,
    pub open: u64,
    /// Confirmed in the record, which begins at 0; the others before it.
    pub made: u64,
    pub by_ticket: u64,
    pub discharge: u64,
    pub by_status: [u64; ReservationStatus::ALL.len()],
    /// Of closed bookings.
    pub by_grade: [u64; BreachGrade::ALL.len()],
    /// Of charging and discharging: nobody came before the deadline.
    pub defaulted: u64,
    /// ... of which somebody came, or was on the way, after it.
    pub turned_away: u64,
    /// Slot-hours given back too late or never used, and slot-hours used by winners of tickets.
    pub freed_slot_h: f64,
    pub resold_slot_h: f64,
    /// Delivered energy of closed bookings by period of the day.
    pub charged_by_time_of_day: Vec<f64>,
    pub discharged_by_time_of_day: Vec<f64>,
    pub revenue: MicroCny,
    pub refund: MicroCny,
    pub forfeited: MicroCny,
    pub penalty: MicroCny,
}

impl Bookings {
    pub fn closed(&self) -> u64 {
        self.all - self.open
    }
    pub fn ended(&self, status: ReservationStatus) -> u64 {
        self.by_status[status as usize]
    }
    pub fn no_shows(&self) -> u64 {
        self.defaulted - self.turned_away
    }
    pub fn breaches(&self, grade: BreachGrade) -> u64 {
        self.by_grade[grade as usize]
    }
    /// Delivered booked energy at a tariff \[CNY\]: charged, discharged.
    pub fn at_tariff(&self, tariff: &Tariff, length: Span) -> [f64; 2] {
        let bill = |by_time: &[f64]| {
            by_time
                .iter()
                .enumerate()
                .map(|(i, kwh)| kwh * tariff.at(Time(i as i64 * length.0)).value())
                .sum()
        };
        [bill(&self.charged_by_time_of_day), bill(&self.discharged_by_time_of_day)]
    }
    fn add_booking(&mut self, r: &ReservationRow) {
        self.all += 1;
        self.by_status[r.status as usize] += 1;
        if r.status == ReservationStatus::Open {
            self.open += 1;
        } else {
            self.by_grade[r.breach as usize] += 1;
        }
        self.made += u64::from(r.made_at >= Time(0));
        self.by_ticket += u64::from(r.ticket.0 != 0);
        self.discharge += u64::from(r.direction == Direction::Discharge);
        self.defaulted +=
            u64::from(r.status == ReservationStatus::Defaulted && r.plugged_at == Time::NONE);
    }
    fn add_period(&mut self, r: &ReservationRow, time_of_day: usize) {
        use ReservationStatus::{CancelledLate, Defaulted, Fulfilled};
        let hours = (r.period_end - r.period_start).hours().value();
        if r.direction == Direction::Charge {
            if matches!(r.status, CancelledLate | Defaulted) {
                self.freed_slot_h += hours;
            }
            if r.ticket.0 != 0 && r.status == Fulfilled {
                self.resold_slot_h += hours;
            }
        }
        let by_time = match r.direction {
            Direction::Charge => &mut self.charged_by_time_of_day,
            Direction::Discharge => &mut self.discharged_by_time_of_day,
        };
        if by_time.len() <= time_of_day {
            by_time.resize(time_of_day + 1, 0.0);
        }
        if !r.energy_kwh.is_nan() {
            by_time[time_of_day] += r.energy_kwh;
        }
        self.revenue += r.revenue;
        self.refund += r.refund;
        self.forfeited += r.forfeited;
        self.penalty += r.penalty;
    }
}

/// What must be remembered of a booking until the end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub id: BookingId,
    pub ev: EvId,
    pub zone: ZoneId,
    pub segment: u16,
    pub charge: bool,
    pub by_ticket: bool,
    pub made_at: Time,
    pub start: Time,
    pub end: Time,
    pub cancelled_at: Time,
    pub plugged_at: Time,
    pub defaulted: bool,
    pub price: f64,
}

/// All bookings so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Book {
    pub totals: Scopes<Bookings>,
    notes: Vec<Note>,
    /// EV and first period of whoever came after the deadline.
    turned_away: BTreeSet<(EvId, Time)>,
    /// By zone: the booking whose rows are being read, and its note.
    reading: Vec<Option<(BookingId, usize)>>,
}

impl Book {
    pub fn new(zones: usize, segments: usize) -> Self {
        Self {
            totals: Scopes::new(zones, segments),
            notes: Vec::new(),
            turned_away: BTreeSet::new(),
            reading: vec![None; zones + 1],
        }
    }
    /// A booked period; the rows of a booking follow each other in their zone.
    pub fn add(&mut self, r: &ReservationRow) {
        let zone = usize::from(r.zone.0);
        if zone >= self.reading.len() {
            self.reading.resize(zone + 1, None);
        }
        if let Some((_, note)) = self.reading[zone].filter(|(booking, _)| *booking == r.booking) {
            self.notes[note].end = r.period_end;
        } else {
            self.reading[zone] = Some((r.booking, self.notes.len()));
            self.notes.push(Note {
                id: r.booking,
                ev: r.ev,
                zone: r.zone,
                segment: r.segment,
                charge: r.direction == Direction::Charge,
                by_ticket: r.ticket.0 != 0,
                made_at: r.made_at,
                start: r.period_start,
                end: r.period_end,
                cancelled_at: r.cancelled_at,
                plugged_at: r.plugged_at,
                defaulted: r.status == ReservationStatus::Defaulted && r.plugged_at == Time::NONE,
                price: r.price,
            });
            self.totals.each(r.zone, r.segment, |b| b.add_booking(r));
        }
        if r.status != ReservationStatus::Open {
            let length = (r.period_end - r.period_start).0.max(1);
            let time_of_day = (r.period_start.0.rem_euclid(Span::DAY.0) / length) as usize;
            self.totals.each(r.zone, r.segment, |b| b.add_period(r, time_of_day));
        }
    }
    /// Somebody came after the deadline of a booking that begins with this period.
    pub fn turn_away(&mut self, ev: EvId, start: Time) {
        self.turned_away.insert((ev, start));
    }
    /// Tells latecomers from those who never came.
    pub fn count_latecomers(&mut self) {
        for n in self.notes.iter().filter(|n| n.defaulted) {
            if self.turned_away.contains(&(n.ev, n.start)) {
                self.totals.each(n.zone, n.segment, |b| b.turned_away += 1);
            }
        }
    }
    /// How punctual vehicles were plugged in, against the start of their bookings.
    pub fn punctuality(&self, zones: usize, segments: usize) -> Scopes<Lateness> {
        let mut late: Scopes<Lateness> = Scopes::new(zones, segments);
        for n in self.notes.iter().filter(|n| n.plugged_at != Time::NONE) {
            late.each(n.zone, n.segment, |l| {
                l.sum.0 += (n.plugged_at - n.start).0;
                l.minutes.push((n.plugged_at - n.start).minutes());
            });
        }
        let all = std::iter::once(&mut late.run).chain(&mut late.zones).chain(&mut late.segments);
        all.for_each(|l| l.minutes.sort_unstable_by(f64::total_cmp));
        late
    }
    /// Charging bookings asked for, and how many of them were made while the same EV held an
    /// earlier one that had neither begun nor been given back.
    pub fn hoarded(&self, zones: usize, segments: usize) -> Scopes<Hoarding> {
        let mut asked: Vec<&Note> =
            self.notes.iter().filter(|n| n.charge && !n.by_ticket).collect();
        asked.sort_unstable_by_key(|n| (n.ev, n.made_at, n.id));
        let mut hoarding: Scopes<Hoarding> = Scopes::new(zones, segments);
        let mut held = (EvId(0), Time::NONE);
        for n in asked {
            if held.0 != n.ev {
                held = (n.ev, Time::NONE);
            }
            let on_top = held.1 > n.made_at;
            let until = if n.cancelled_at == Time::NONE { n.start } else { n.cancelled_at };
            held.1 = held.1.max(until);
            hoarding.each(n.zone, n.segment, |h| {
                h.asked += 1;
                h.on_top += u64::from(on_top);
            });
        }
        hoarding
    }
    /// Bookings in the order of their numbers.
    pub fn by_number(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        notes.sort_unstable_by_key(|n| n.id);
        notes
    }
    /// The bookings for which vehicles were plugged in, by EV and end.
    pub fn plugged_by_end(&self) -> Vec<Note> {
        let mut notes: Vec<Note> =
            self.notes.iter().filter(|n| n.plugged_at != Time::NONE).copied().collect();
        notes.sort_unstable_by_key(|n| (n.ev, n.end));
        notes
    }
}

/// Plug times against starts.
#[derive(Clone, Debug, Default)]
pub(super) struct Lateness {
    sum: SpanSum,
    minutes: Vec<f64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SpanSum(i64);

impl Lateness {
    pub fn count(&self) -> u64 {
        self.minutes.len() as u64
    }
    /// Mean, 5 % and 95 % quantile \[min\].
    pub fn figures(&self) -> [f64; 3] {
        if self.minutes.is_empty() {
            return [f64::NAN; 3];
        }
        [
            Span(self.sum.0).minutes() / self.minutes.len() as f64,
            quantile(&self.minutes, 0.05),
            quantile(&self.minutes, 0.95),
        ]
    }
}

/// Bookings on top of others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hoarding {
    pub asked: u64,
    pub on_top: u64,
}
