//! Table `tickets`: how many slots come free, who gets them, how fast and how cheap.

use crate::bookings::Note;
use crate::scopes::Scopes;
use crate::spread::quantile;
use domain::{BookingId, TicketCause, TicketRow, TicketStatus, ZoneId};
use serde::{Deserialize, Serialize};

/// Counts over tickets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tickets {
    pub offered: u64,
    pub awarded: u64,
    pub expired: u64,
    pub early_unplug_slot_h: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Desk {
    pub totals: Scopes<Tickets>,
    /// Awarded tickets: zone, freed booking, price, latency.
    awarded: Vec<(ZoneId, BookingId, f64, f64)>,
}

impl Desk {
    pub fn new(zones: usize, segments: usize) -> Self {
        Self { totals: Scopes::new(zones, segments), awarded: Vec::new() }
    }
    /// A ticket; `segment` is the winner's.
    pub fn add(&mut self, t: &TicketRow, segment: Option<u16>) {
        let won = t.status == TicketStatus::Awarded;
        self.totals.run_and_zone(t.zone, |s| {
            s.offered += 1;
            s.awarded += u64::from(won);
            s.expired += u64::from(!won);
            if t.cause == TicketCause::EarlyUnplug {
                s.early_unplug_slot_h += (t.period_end - t.period_start).hours().value();
            }
        });
        if won {
            if let Some(s) = segment.and_then(|s| self.totals.segment(s)) {
                s.awarded += 1;
            }
            self.awarded.push((t.zone, t.booking, t.price, t.latency_s));
        }
    }
    /// Median and 90 % quantile of the latency \[s\].
    pub fn latency(&self, zones: usize) -> Scopes<[f64; 2]> {
        let mut all: Scopes<Vec<f64>> = Scopes::new(zones, 0);
        for &(zone, _, _, latency_s) in &self.awarded {
            all.run_and_zone(zone, |v| v.push(latency_s));
        }
        let figures = |v: &mut Vec<f64>| {
            v.sort_unstable_by(f64::total_cmp);
            [quantile(v, 0.5), quantile(v, 0.9)]
        };
        Scopes {
            run: figures(&mut all.run),
            zones: all.zones.iter_mut().map(figures).collect(),
            segments: Vec::new(),
        }
    }
    /// Sum of `1 - q / c` and its number over awarded tickets, c being the price of the charging
    /// booking that was freed.
    pub fn discounts(&self, by_number: &[Note], zones: usize) -> Scopes<(f64, u64)> {
        let mut sums: Scopes<(f64, u64)> = Scopes::new(zones, 0);
        for &(zone, booking, q, _) in &self.awarded {
            let Ok(i) = by_number.binary_search_by_key(&booking, |n| n.id) else { continue };
            let freed = by_number[i];
            if freed.charge && freed.price > 0.0 {
                sums.run_and_zone(zone, |s| *s = (s.0 + 1.0 - q / freed.price, s.1 + 1));
            }
        }
        sums
    }
}
