//! What is remembered of each EV: where it belongs, and what it got, paid and waited.

use crate::scopes::Scopes;
use crate::spread::{gini, hhi};
use domain::{EvId, EvRow, MicroCny, ZoneId};
use serde::{Deserialize, Serialize};

/// One EV.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct EvNote {
    pub zone: ZoneId,
    pub segment: u16,
    pub known: bool,
    /// Last local day on which it charged.
    pub last_day: i32,
    pub charge_kw: f64,
    pub charged_kwh: f64,
    /// Bookings after refunds, walk-ins, fees, forfeits, penalties.
    pub paid: MicroCny,
    pub waited_min: f64,
    pub tickets_won: u32,
}

const UNKNOWN: EvNote = EvNote {
    zone: ZoneId(0),
    segment: u16::MAX,
    known: false,
    last_day: i32::MIN,
    charge_kw: 0.0,
    charged_kwh: 0.0,
    paid: MicroCny(0),
    waited_min: 0.0,
    tickets_won: 0,
};

/// All EVs, by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Fleet {
    evs: Vec<EvNote>,
}

/// Inequality over EVs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inequality {
    pub evs: u64,
    pub gini_energy: f64,
    pub gini_cost: f64,
    pub gini_wait: f64,
    pub winner_hhi: f64,
}

impl Fleet {
    pub fn add(&mut self, e: &EvRow) {
        let note = self.note(e.ev);
        (note.zone, note.segment, note.charge_kw, note.known) =
            (e.zone, e.segment, e.charge_kw, true);
    }
    /// An EV's note, made if there is none.
    pub fn note(&mut self, ev: EvId) -> &mut EvNote {
        let i = ev.0 as usize;
        if i >= self.evs.len() {
            self.evs.resize(i + 1, UNKNOWN);
        }
        &mut self.evs[i]
    }
    pub fn inequality(&self, zones: usize, segments: usize) -> Scopes<Inequality> {
        let mut members: Scopes<Vec<u32>> = Scopes::new(zones, segments);
        for (i, e) in self.evs.iter().enumerate().filter(|(_, e)| e.known) {
            members.each(e.zone, e.segment, |m| m.push(i as u32));
        }
        let figures = |m: &Vec<u32>| {
            let over = |f: fn(&EvNote) -> f64| {
                gini(&mut m.iter().map(|&i| f(&self.evs[i as usize])).collect::<Vec<_>>())
            };
            Inequality {
                evs: m.len() as u64,
                gini_energy: over(|e| e.charged_kwh),
                gini_cost: over(|e| e.paid.cny().value()),
                gini_wait: over(|e| e.waited_min),
                winner_hhi: hhi(m.iter().map(|&i| self.evs[i as usize].tickets_won)),
            }
        };
        Scopes {
            run: figures(&members.run),
            zones: members.zones.iter().map(figures).collect(),
            segments: members.segments.iter().map(figures).collect(),
        }
    }
}
