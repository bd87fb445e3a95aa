//! What became of each person in a run of a study.

use crate::fork::{Counts, FIGURES};
use domain::{FactKind, Rows, Time};
use serde::{Deserialize, Serialize};

/// A person and its figures, those of a fork, over the record of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Number of the EV.
    pub ev: u32,
    /// Number of its segment.
    pub segment: u16,
    /// Number of its class of vehicles.
    pub vehicle_class: u16,
    /// What was missing to its targets when it arrived \[kWh\].
    pub need_kwh: f64,
    /// See [`FORK_FIGURES`](crate::FORK_FIGURES).
    pub figures: [f64; FIGURES.len()],
}

/// Counts persons while a run goes on.
#[derive(Debug)]
pub(crate) struct Persons {
    counts: Counts,
    /// Segment and class by EV, 1 first.
    kinds: Vec<[u16; 2]>,
    /// Needs by EV, 1 first \[kWh\].
    needs: Vec<f64>,
}

impl Persons {
    pub fn new(evs: u32) -> Self {
        let n = evs as usize;
        Self { counts: Counts::new(evs), kinds: vec![[0; 2]; n], needs: vec![0.0; n] }
    }

    pub fn absorb(&mut self, rows: &Rows) {
        for ev in &rows.evs {
            let place = (ev.ev.0 as usize).checked_sub(1);
            if let Some(kind) = place.and_then(|i| self.kinds.get_mut(i)) {
                *kind = [ev.segment, ev.vehicle_class];
            }
        }
        let arrivals = rows.facts.iter().filter(|f| f.kind == FactKind::Arrived && f.t >= Time(0));
        for fact in arrivals {
            let place = (fact.ev.0 as usize).checked_sub(1);
            if let Some(need) = place.and_then(|i| self.needs.get_mut(i)) {
                *need += fact.energy;
            }
        }
        self.counts.absorb(rows, Time(0));
    }

    pub fn finish(self) -> Vec<PersonRow> {
        let figures = self.counts.finish();
        let persons = figures.into_iter().zip(self.kinds).zip(self.needs).zip(1..);
        persons
            .map(|(((figures, [segment, vehicle_class]), need_kwh), ev)| PersonRow {
                ev,
                segment,
                vehicle_class,
                need_kwh,
                figures,
            })
            .collect()
    }
}
