//! Tables `stays` and `sessions`, and counts of facts: needs met, waiting, plug-ins, demand turned
//! away.

use domain::{Borne, SessionRow, StayRow, Time};
use serde::{Deserialize, Serialize};

/// Energy below which a need counts as met \[kWh\].
const MET_KWH: f64 = 0.1;

/// Sums over stays that have ended.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Stays {
    pub ended: u64,
    pub needed_kwh: f64,
    pub unmet_kwh: f64,
    /// What users bore besides money.
    pub borne: Borne,
    pub waiting_min: f64,
    pub soh_loss: f64,
    /// Stays without a missing kWh.
    pub met: u64,
    /// Stays with a need, and the sum of the met shares of their needs.
    pub needy: u64,
    pub met_shares: f64,
    /// Sum of squared differences of the state of charge at departure from the target.
    pub soc_error_squared: f64,
}

impl Stays {
    pub fn add(&mut self, s: &StayRow) {
        if s.departure == Time::NONE {
            return;
        }
        self.ended += 1;
        self.needed_kwh += s.energy_needed_kwh;
        self.unmet_kwh += s.unmet_kwh;
        self.borne += s.borne;
        self.waiting_min += s.waiting_min;
        self.soh_loss += s.soh_loss;
        self.soc_error_squared += (s.soc_departure - s.soc_target).powi(2);
        self.met += u64::from(s.unmet_kwh <= MET_KWH);
        if s.energy_needed_kwh > 0.0 {
            self.needy += 1;
            self.met_shares += (1.0 - s.unmet_kwh / s.energy_needed_kwh).clamp(0.0, 1.0);
        }
    }
}

/// Sums over plug-ins.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    pub plug_ins: u64,
    /// Plugged time inside the record, of those that have ended \[us\].
    plugged_us: i64,
    /// Plug-ins without an end, and the sum of their beginnings \[us\].
    open: i64,
    open_from_us: i64,
}

impl Sessions {
    pub fn add(&mut self, s: &SessionRow) {
        let from = s.arrival.0.max(0);
        self.plug_ins += 1;
        if s.departure == Time::NONE {
            self.open += 1;
            self.open_from_us += from;
        } else {
            self.plugged_us += s.departure.0 - from;
        }
    }
    /// Plugged time inside a record that ends at `end` \[h\].
    pub fn plugged_h(&self, end: Time) -> f64 {
        (self.plugged_us + self.open * end.0 - self.open_from_us) as f64 / 3.6e9
    }
}

/// Counts of facts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Events {
    pub requests: u64,
    pub rejections: u64,
    pub rejected_kwh: f64,
    pub walk_ins: u64,
    pub reminders: u64,
    pub grabs: u64,
    /// Plugged vehicles and periods in which power flowed.
    pub set_points: u64,
    pub charged_kwh: f64,
    pub discharged_kwh: f64,
    pub charged_ev_days: u64,
}
