//! A profile shared among the EVs of an area.

use crate::{GroupError, Loads, Schedule};

/// Who takes how much of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharing {
    /// Set points of every EV.
    pub schedule: Schedule,
    /// State of charge of every EV at departure.
    pub end_soc: Vec<f64>,
    /// Part of the profile in each period that nobody can take \[kW\].
    pub remainder_kw: Vec<f64>,
    /// `sum_i (S_end,i - S_expect,i)^2` (P4 eq. 18).
    pub squared_error: f64,
}

impl Sharing {
    /// Root of the mean squared difference from the expected state of charge; 0 without EVs.
    pub fn rms_error(&self) -> f64 {
        (self.squared_error / self.end_soc.len().max(1) as f64).sqrt()
    }

    /// Rounds wishes \[kW\] for every cell onto caps, highest states of charge and the profile.
    /// What the wishes leave of the profile goes to whoever has room, in the order of the loads.
    pub(super) fn settle(loads: &Loads, profile_kw: &[f64], wishes_kw: &[f64]) -> Self {
        let period_h = loads.horizon().period_h;
        let mut given = Given {
            loads,
            power_kw: vec![0.0; loads.cell_count()],
            room_kw: loads
                .stays()
                .iter()
                .map(|stay| {
                    ((stay.highest_soc - stay.soc) * stay.capacity_kwh).max(0.0)
                        / stay.efficiency
                        / period_h
                })
                .collect(),
            remainder_kw: profile_kw.to_vec(),
        };
        let cells: Vec<(usize, usize)> = (0..loads.len())
            .flat_map(|stay| loads.cells(stay).map(move |cell| (stay, cell)))
            .collect();
        for &(stay, cell) in &cells {
            given.give(stay, cell, wishes_kw[cell]);
        }
        for &(stay, cell) in &cells {
            given.give(stay, cell, f64::INFINITY);
        }
        let Given { power_kw, remainder_kw, .. } = given;
        let schedule = Schedule::of_cells(loads, power_kw);
        let end_soc = schedule.end_soc(loads);
        let squared_error = squared_error(loads, &end_soc);
        Self { schedule, end_soc, remainder_kw, squared_error }
    }
}

struct Given<'a> {
    loads: &'a Loads,
    power_kw: Vec<f64>,
    room_kw: Vec<f64>,
    remainder_kw: Vec<f64>,
}

impl Given<'_> {
    fn give(&mut self, stay: usize, cell: usize, wish_kw: f64) {
        let period = self.loads.periods()[cell];
        let most = (self.loads.caps_kw()[cell] - self.power_kw[cell])
            .min(self.room_kw[stay])
            .min(self.remainder_kw[period]);
        let taken = wish_kw.min(most).max(0.0);
        self.power_kw[cell] += taken;
        self.room_kw[stay] -= taken;
        self.remainder_kw[period] -= taken;
    }
}

/// `sum (S_end - S_expect)^2` over the stays.
pub(super) fn squared_error(loads: &Loads, end_soc: &[f64]) -> f64 {
    end_soc
        .iter()
        .zip(loads.stays())
        .map(|(end, stay)| (end - stay.expected_soc) * (end - stay.expected_soc))
        .sum()
}

/// Refuses a profile that is none.
pub(super) fn check_profile(loads: &Loads, profile_kw: &[f64]) -> Result<(), GroupError> {
    crate::error::check_curve("profile_kw", profile_kw, loads.horizon().periods)?;
    match profile_kw.iter().find(|power| **power < 0.0) {
        Some(&value) => {
            Err(GroupError::OutOfRange { quantity: "profile [kW]", value, range: "not negative" })
        }
        None => Ok(()),
    }
}
