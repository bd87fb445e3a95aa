//! What became of each person in a run of a study.

use crate::fork::{Counts, FIGURES};
use domain::{Rows, Time};
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
    /// See [`FORK_FIGURES`](crate::FORK_FIGURES).
    pub figures: [f64; FIGURES.len()],
}

/// Counts persons while a run goes on.
#[derive(Debug)]
pub(crate) struct Persons {
    counts: Counts,
    /// Segment and class by EV, 1 first.
    kinds: Vec<[u16; 2]>,
}

impl Persons {
    pub fn new(evs: u32) -> Self {
        Self { counts: Counts::new(evs), kinds: vec![[0; 2]; evs as usize] }
    }

    pub fn absorb(&mut self, rows: &Rows) {
        for ev in &rows.evs {
            let place = (ev.ev.0 as usize).checked_sub(1);
            if let Some(kind) = place.and_then(|i| self.kinds.get_mut(i)) {
                *kind = [ev.segment, ev.vehicle_class];
            }
        }
        self.counts.absorb(rows, Time(0));
    }

    pub fn finish(self) -> Vec<PersonRow> {
        let figures = self.counts.finish();
        let row = |((figures, kind), ev): (([f64; FIGURES.len()], [u16; 2]), u32)| PersonRow {
            ev,
            segment: kind[0],
            vehicle_class: kind[1],
            figures,
        };
        figures.into_iter().zip(self.kinds).zip(1..).map(row).collect()
    }
}
