//! Charging placed at least cost, EV by EV, exactly: sweeps of water-filling.
//!
//! The cost is `a f1 + b f2` of P4 eq. 11-13 plus a steep charge for exchange above the limit of
//! eq. 17. With `X_k(t)` the net load of area k, `Z_k(t)` the charging of all its EVs and the price
//! affine in `Z(t) = sum_k Z_k(t)`:
//!
//! `h sum_k sum_t [ a X_k^2 + b Z_k (level_k + slope_k Z) + rho max(0, X_k - limit_k)^2 ]`
//!
//! (the means of f1 are constants, since the energy of an area is). Only sums tie the EVs together,
//! so each is placed at its cheapest with all others fixed - one level of marginal cost in every
//! period it uses - and sweeps over all EVs lead to the optimum. Stays may wrap around the day, and
//! have a cap of their own in their first and last period.

use crate::error::check_curve;
use crate::{GroupError, Loads, Prices, Schedule};

/// Weight of the squared power above an exchange limit, in curvatures of the cost: steep enough for
/// less than a kW above it.
const LIMIT_STEEPNESS: f64 = 1e4;

/// What charging is placed against.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    /// The EVs that are placed.
    pub loads: &'a Loads,
    /// Net load of each area with all other charging \[kW\], area after area, one value a period.
    pub base_kw: &'a [f64],
    /// Charging of EVs that are not placed here, part of `base_kw` \[kW\], shaped likewise.
    pub others_kw: &'a [f64],
    /// A load that is only imagined, to steer by \[kW\], shaped likewise; it counts in f1 alone.
    pub virtual_kw: &'a [f64],
    /// Price of every area and period.
    pub prices: &'a Prices,
    /// Highest exchange of each area \[kW\].
    pub exchange_kw_max: &'a [f64],
    /// Weight a of f1 \[1/kW^2\].
    pub square_weight: f64,
    /// Weight b of f2 \[1/CNY\].
    pub price_weight: f64,
}

/// When the sweeps stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Most sweeps over all EVs.
    pub sweeps_max: usize,
    /// Largest change of any power in a sweep that counts as none \[kW\].
    pub change_kw: f64,
}

impl Default for Stop {
    /// Ten watts, or 400 sweeps.
    fn default() -> Self {
        Self { sweeps_max: 400, change_kw: 0.01 }
    }
}

impl Filling<'_> {
    /// Refuses curves of wrong length and costs without curvature.
    ///
    /// # Errors
    /// The first curve, price or limit that is wrong.
    pub fn check(&self) -> Result<(), GroupError> {
        let (areas, periods) = (self.loads.areas(), self.loads.horizon().periods);
        for (curve, values) in [
            ("base_kw", self.base_kw),
            ("others_kw", self.others_kw),
            ("virtual_kw", self.virtual_kw),
        ] {
            check_curve(curve, values, areas * periods)?;
        }
        if self.exchange_kw_max.len() != areas {
            return Err(GroupError::CurveLength {
                curve: "exchange_kw_max",
                found: self.exchange_kw_max.len(),
                expected: areas,
            });
        }
        if let Some(&value) =
            self.exchange_kw_max.iter().find(|limit| limit.is_nan() || **limit <= 0.0)
        {
            return Err(GroupError::OutOfRange {
                quantity: "exchange_kw_max",
                value,
                range: "positive",
            });
        }
        let curves = self.prices.curves();
        if curves.len() != areas * periods {
            return Err(GroupError::CurveLength {
                curve: "prices",
                found: curves.len(),
                expected: areas * periods,
            });
        }
        match curves
            .iter()
            .map(|price| self.curvature(price.slope))
            .position(|c| !(c > 0.0 && c.is_finite()))
        {
            Some(place) => Err(GroupError::NoCurvature {
                area: place / periods,
                period: place % periods,
                curvature: self.curvature(curves[place].slope),
            }),
            None => Ok(()),
        }
    }

    /// Second derivative of the cost by one EV's power, per hour.
    fn curvature(&self, slope: f64) -> f64 {
        2.0 * (self.square_weight + self.price_weight * slope)
    }

    /// Improves `schedule` (any one of these loads, [`Schedule::idle`] to begin with) until the
    /// sweeps stop; returns their number.
    ///
    /// # Errors
    /// As [`Filling::check`], and a schedule of other loads.
    pub fn improve(&self, schedule: &mut Schedule, stop: Stop) -> Result<usize, GroupError> {
        self.check()?;
        check_curve("power_kw", &schedule.power_kw, self.loads.cell_count())?;
        check_curve("placed_kw", &schedule.placed_kw, self.base_kw.len())?;
        let mut sweep = Sweep::new(self, schedule);
        let mut sweeps = 0;
        while sweeps < stop.sweeps_max {
            sweeps += 1;
            if sweep.over_all(self, schedule) <= stop.change_kw {
                break;
            }
        }
        schedule.add_up(self.loads);
        Ok(sweeps)
    }
}

/// Marginal cost of a stay in one of its cells as a function of its own power: `start + curvature
/// p`, steeper above `kink`.
#[derive(Clone, Copy, Debug, Default)]
struct Marginal {
    start: f64,
    inverse: f64,
    cap_kw: f64,
    kink_kw: f64,
    /// Inverse curvature above the kink.
    steep_inverse: f64,
}

impl Marginal {
    /// Power at a level of marginal cost, and how fast it rises with the level.
    fn power_at(&self, level: f64) -> (f64, f64) {
        let (mut power, mut rise) = ((level - self.start) * self.inverse, self.inverse);
        if power > self.kink_kw {
            let at_kink = self.start + self.kink_kw / self.inverse;
            (power, rise) =
                (self.kink_kw + (level - at_kink) * self.steep_inverse, self.steep_inverse);
        }
        if power < 0.0 {
            (0.0, 0.0)
        } else if power > self.cap_kw {
            (self.cap_kw, 0.0)
        } else {
            (power, rise)
        }
    }

    /// Marginal cost at a power.
    fn level_of(&self, power_kw: f64) -> f64 {
        if power_kw <= self.kink_kw {
            self.start + power_kw / self.inverse
        } else {
            self.start
                + self.kink_kw / self.inverse
                + (power_kw - self.kink_kw) / self.steep_inverse
        }
    }
}

/// State of the sweeps that is not the answer.
struct Sweep {
    /// Charging of all EVs of all areas in each period \[kW\].
    all_kw: Vec<f64>,
    /// `sum_k slope_k Z_k` of each period: what a kW more costs the others by the price.
    slope_sum: Vec<f64>,
    /// Last level of each stay: where its search starts next time.
    levels: Vec<f64>,
    marginals: Vec<Marginal>,
}

impl Sweep {
    fn new(filling: &Filling, schedule: &Schedule) -> Self {
        let periods = filling.loads.horizon().periods;
        let (mut all_kw, mut slope_sum) = (vec![0.0; periods], vec![0.0; periods]);
        for (place, price) in filling.prices.curves().iter().enumerate() {
            let charging = filling.others_kw[place] + schedule.placed_kw[place];
            all_kw[place % periods] += charging;
            slope_sum[place % periods] += price.slope * charging;
        }
        Self {
            all_kw,
            slope_sum,
            levels: vec![f64::NAN; filling.loads.len()],
            marginals: Vec::with_capacity(periods),
        }
    }

    /// One sweep; returns the largest change of a power \[kW\].
    fn over_all(&mut self, filling: &Filling, schedule: &mut Schedule) -> f64 {
        let mut largest = 0.0_f64;
        for stay in 0..filling.loads.len() {
            if filling.loads.cells(stay).is_empty() {
                continue;
            }
            self.price_cells(filling, schedule, stay);
            self.levels[stay] =
                water_level(&self.marginals, filling.loads.wanted_kw(stay), self.levels[stay]);
            largest = largest.max(self.place(filling, schedule, stay));
        }
        largest
    }

    /// Marginal costs of a stay's cells without the stay itself.
    fn price_cells(&mut self, filling: &Filling, schedule: &Schedule, stay: usize) {
        let loads = filling.loads;
        let area = loads.stays()[stay].area;
        let first = area * loads.horizon().periods;
        let limit = filling.exchange_kw_max[area];
        self.marginals.clear();
        for cell in loads.cells(stay) {
            let period = loads.periods()[cell];
            let (place, own) = (first + period, schedule.power_kw[cell]);
            let price = filling.prices.curves()[place];
            let curvature = filling.curvature(price.slope);
            let net = filling.base_kw[place] + schedule.placed_kw[place];
            let here = 2.0 * filling.square_weight * (net + filling.virtual_kw[place])
                + filling.price_weight
                    * (price.level + price.slope * self.all_kw[period] + self.slope_sum[period]);
            self.marginals.push(Marginal {
                start: here - curvature * own,
                inverse: 1.0 / curvature,
                cap_kw: loads.caps_kw()[cell],
                kink_kw: limit - (net - own),
                steep_inverse: 1.0 / (curvature * (1.0 + LIMIT_STEEPNESS)),
            });
        }
    }

    /// Moves a stay to its level; returns the largest change \[kW\].
    fn place(&mut self, filling: &Filling, schedule: &mut Schedule, stay: usize) -> f64 {
        let loads = filling.loads;
        let first = loads.stays()[stay].area * loads.horizon().periods;
        let mut largest = 0.0_f64;
        for (cell, marginal) in loads.cells(stay).zip(&self.marginals) {
            let period = loads.periods()[cell];
            let (power, _) = marginal.power_at(self.levels[stay]);
            let change = power - schedule.power_kw[cell];
            schedule.power_kw[cell] = power;
            schedule.placed_kw[first + period] += change;
            self.all_kw[period] += change;
            self.slope_sum[period] += filling.prices.curves()[first + period].slope * change;
            largest = largest.max(change.abs());
        }
        largest
    }
}

/// The level at which the powers add up to `wanted` \[kW\], by Newton's method on this rising,
/// piecewise linear function inside a bracket; it ends exactly, on the right piece.
fn water_level(marginals: &[Marginal], wanted: f64, start: f64) -> f64 {
    let (mut low, mut high, mut most) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    for marginal in marginals {
        low = low.min(marginal.level_of(0.0));
        high = high.max(marginal.level_of(marginal.cap_kw));
        most += marginal.cap_kw;
    }
    if wanted <= 0.0 {
        return low;
    }
    if wanted >= most * (1.0 - 1e-12) {
        return high;
    }
    let mut level = if start > low && start < high { start } else { f64::midpoint(low, high) };
    for _ in 0..200 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for marginal in marginals {
            let (power, rise) = marginal.power_at(level);
            sum += power;
            slope += rise;
        }
        let missing = wanted - sum;
        if missing.abs() <= 1e-12 * (1.0 + wanted) {
            break;
        }
        if missing > 0.0 {
            low = level;
        } else {
            high = level;
        }
        let next = level + missing / slope;
        level = if next > low && next < high { next } else { f64::midpoint(low, high) };
    }
    level
}
