//! Stays as the planner sees them: the periods of each, the highest mean power in each, and the
//! energy to be placed.

use crate::{GroupError, Horizon, Stay};
use std::ops::Range;

/// Many stays over a horizon, cell by cell. A *cell* is a period of a stay; cells of a stay follow
/// each other in the order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Loads {
    horizon: Horizon,
    areas: usize,
    /// First cell of each stay, and the end of the last.
    starts: Vec<usize>,
    stays: Vec<Stay>,
    /// Mean powers of the stay that must add up over its cells \[kW\].
    wanted_kw: Vec<f64>,
    /// Energy that the stay cannot take within the horizon \[kWh\].
    unmet_kwh: Vec<f64>,
    period: Vec<usize>,
    cap_kw: Vec<f64>,
}

impl Loads {
    /// Stays of a group of `areas` areas over a horizon. In the first and the last period of a stay
    /// the mean power is limited to the part of the period that the EV is there.
    ///
    /// # Errors
    /// A horizon or a stay that means nothing.
    pub fn new(horizon: &Horizon, areas: usize, stays: &[Stay]) -> Result<Self, GroupError> {
        horizon.check()?;
        let mut loads = Self {
            horizon: *horizon,
            areas,
            starts: vec![0],
            stays: stays.to_vec(),
            wanted_kw: Vec::with_capacity(stays.len()),
            unmet_kwh: Vec::with_capacity(stays.len()),
            period: Vec::new(),
            cap_kw: Vec::new(),
        };
        for stay in stays {
            stay.check(areas)?;
            let mut most_kw = 0.0;
            for cell in stay.cells(horizon) {
                let cap = stay.power_kw * cell.hours / horizon.period_h;
                most_kw += cap;
                loads.period.push(cell.period);
                loads.cap_kw.push(cap);
            }
            loads.starts.push(loads.period.len());
            let need_kw = stay.need_kwh() / horizon.period_h;
            loads.wanted_kw.push(need_kw.min(most_kw));
            // A stay as long as its charging time fills its cells; rounding of hours is no
            // shortage.
            let short_kw = (need_kw - most_kw).max(0.0);
            loads.unmet_kwh.push(if short_kw < 1e-6 * (1.0 + need_kw) {
                0.0
            } else {
                short_kw * horizon.period_h
            });
        }
        Ok(loads)
    }

    /// Number of stays.
    pub fn len(&self) -> usize {
        self.stays.len()
    }

    /// Whether nobody stays.
    pub fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    /// Number of areas.
    pub fn areas(&self) -> usize {
        self.areas
    }

    /// The horizon.
    pub fn horizon(&self) -> &Horizon {
        &self.horizon
    }

    /// The stays, in the order given.
    pub fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// Energy of each stay that no schedule can deliver within the horizon \[kWh\].
    pub fn unmet_kwh(&self) -> &[f64] {
        &self.unmet_kwh
    }

    /// Cells of a stay.
    pub fn cells(&self, stay: usize) -> Range<usize> {
        self.starts[stay]..self.starts[stay + 1]
    }

    /// Number of all cells.
    pub fn cell_count(&self) -> usize {
        self.period.len()
    }

    /// Period of each cell.
    pub fn periods(&self) -> &[usize] {
        &self.period
    }

    /// Highest mean power of each cell \[kW\].
    pub fn caps_kw(&self) -> &[f64] {
        &self.cap_kw
    }

    /// Sum of mean powers over a stay's cells that meets its need as far as the stay can \[kW\].
    pub fn wanted_kw(&self, stay: usize) -> f64 {
        self.wanted_kw[stay]
    }
}

/// Powers of many stays, cell by cell: the set points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Mean power of each cell of the [`Loads`] \[kW\].
    pub power_kw: Vec<f64>,
    /// Sum by area and period \[kW\], area after area.
    pub placed_kw: Vec<f64>,
}

impl Schedule {
    /// Nothing charges.
    pub fn idle(loads: &Loads) -> Self {
        Self {
            power_kw: vec![0.0; loads.cell_count()],
            placed_kw: vec![0.0; loads.areas * loads.horizon.periods],
        }
    }

    /// A schedule of given cell powers \[kW\].
    pub fn of_cells(loads: &Loads, power_kw: Vec<f64>) -> Self {
        let mut schedule =
            Self { power_kw, placed_kw: vec![0.0; loads.areas * loads.horizon.periods] };
        schedule.add_up(loads);
        schedule
    }

    /// Adds the cells up by area and period anew, so that no rounding of many changes is left in
    /// the sums.
    pub(crate) fn add_up(&mut self, loads: &Loads) {
        self.placed_kw.fill(0.0);
        for (number, stay) in loads.stays.iter().enumerate() {
            for cell in loads.cells(number) {
                self.placed_kw[stay.area * loads.horizon.periods + loads.period[cell]] +=
                    self.power_kw[cell];
            }
        }
    }

    /// The mean of two schedules of the same loads. Limits and needs are linear, so it is as
    /// feasible as they are.
    pub fn mean_with(&self, other: &Self) -> Self {
        let mean = |one: &[f64], two: &[f64]| {
            one.iter().zip(two).map(|(one, two)| f64::midpoint(*one, *two)).collect()
        };
        Self {
            power_kw: mean(&self.power_kw, &other.power_kw),
            placed_kw: mean(&self.placed_kw, &other.placed_kw),
        }
    }

    /// Set points of one stay: period and mean power \[kW\], in the order of time.
    pub fn set_points<'a>(
        &'a self,
        loads: &'a Loads,
        stay: usize,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        loads.cells(stay).map(|cell| (loads.period[cell], self.power_kw[cell]))
    }

    /// Energy that a stay takes \[kWh, metered\].
    pub fn energy_kwh(&self, loads: &Loads, stay: usize) -> f64 {
        self.power_kw[loads.cells(stay)].iter().sum::<f64>() * loads.horizon.period_h
    }

    /// State of charge of each stay at departure.
    pub fn end_soc(&self, loads: &Loads) -> Vec<f64> {
        (0..loads.len())
            .map(|stay| loads.stays[stay].soc_after(self.energy_kwh(loads, stay)))
            .collect()
    }

    /// Largest violation of any EV's limits: a power below 0 or above its cell's cap \[kW\], a
    /// state of charge above its highest or an energy off the need \[kWh\], whichever is largest. 0
    /// up to rounding for every schedule of the upper layer.
    pub fn violation(&self, loads: &Loads) -> f64 {
        let powers =
            self.power_kw.iter().zip(&loads.cap_kw).map(|(power, cap)| (-power).max(power - cap));
        let energies = (0..loads.len()).map(|stay| {
            let energy = self.energy_kwh(loads, stay);
            let ceiling = (loads.stays[stay].soc_after(energy) - loads.stays[stay].highest_soc)
                * loads.stays[stay].capacity_kwh;
            ceiling.max((energy - loads.wanted_kw[stay] * loads.horizon.period_h).abs())
        });
        powers.chain(energies).fold(0.0, f64::max)
    }
}
