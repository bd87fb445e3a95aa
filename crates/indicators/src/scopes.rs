//! One value for the run, one for each zone, one for each segment.

use domain::ZoneId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Scopes<T> {
    pub run: T,
    /// By zone number; 0 is the centre and has no figures.
    pub zones: Vec<T>,
    pub segments: Vec<T>,
}

impl<T: Default + Clone> Scopes<T> {
    pub fn new(zones: usize, segments: usize) -> Self {
        Self {
            run: T::default(),
            zones: vec![T::default(); zones + 1],
            segments: vec![T::default(); segments],
        }
    }
    /// The value of a zone, which is made if there is none.
    pub fn zone(&mut self, zone: ZoneId) -> &mut T {
        let i = usize::from(zone.0);
        if i >= self.zones.len() {
            self.zones.resize(i + 1, T::default());
        }
        &mut self.zones[i]
    }
    /// The value of a segment; none for an EV that belongs to none.
    pub fn segment(&mut self, segment: u16) -> Option<&mut T> {
        self.segments.get_mut(usize::from(segment))
    }
    /// Run, zone and segment.
    pub fn each(&mut self, zone: ZoneId, segment: u16, f: impl Fn(&mut T)) {
        f(&mut self.run);
        f(self.zone(zone));
        if let Some(s) = self.segment(segment) {
            f(s);
        }
    }
    /// Run and zone.
    pub fn run_and_zone(&mut self, zone: ZoneId, f: impl Fn(&mut T)) {
        f(&mut self.run);
        f(self.zone(zone));
    }
}
