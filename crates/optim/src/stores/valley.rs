//! Valley filling: loads that only take energy, placed where the total is low or the price is,
//! exactly.
//!
//! Loads lie in areas. With `X_k(t)` the total of area k and `Y(t)` the placed power of all areas,
//! the cost is
//!
//! `square_weight sum_k sum_t X_k(t)^2 + price_weight sum_t h Y(t) (level(t) + slope(t) Y(t))`
//!
//! which covers the two objectives of P4 eq. 11-13: the squared deviation from the daily mean
//! differs from the sum of squares by a constant, since the placed energy is given; the charging
//! cost at a price affine in the total load has `level` and `slope` from [`AffinePrice::of_load`].
//! The cost is convex and only totals tie the loads together, so sweeps over the loads, each placed
//! exactly at its cheapest with all others fixed (water-filling: one level of marginal cost in
//! every period it uses), lead to the optimum; few sweeps are needed. All powers \[kW\] and
//! energies \[kWh\] are on the metered side.

use super::{Span, StoresError};

/// A load with a window, a highest power and an energy to be placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Area, from 0.
    pub area: usize,
    /// Periods in which it may take power.
    pub span: Span,
    /// Highest power \[kW\].
    pub power_kw_max: f64,
    /// Energy to be placed \[kWh, metered side\]; what its window cannot hold stays unmet.
    pub need_kwh: f64,
}

/// Price of a period as a function of the placed power `Y` of all areas: `level + slope Y`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AffinePrice {
    /// Price at no placed power \[money/kWh\].
    pub level: f64,
    /// Change per kW placed \[money/kWh/kW\].
    pub slope: f64,
}

impl AffinePrice {
    /// `C(t) = tariff L(t) / load_max + service` (P4 eq. 9 as read) with `L = base_kw + Y`.
    ///
    /// ```
    /// use optim::stores::valley::AffinePrice;
    /// let price = AffinePrice::of_load(0.7, 3000.0, 4000.0, 1.12);
    /// assert!((price.level - 1.645).abs() < 1e-12); // 0.7 x 3/4 + 1.12
    /// assert!((price.slope - 0.000175).abs() < 1e-12);
    /// ```
    pub fn of_load(tariff: f64, base_kw: f64, load_max_kw: f64, service: f64) -> AffinePrice {
        AffinePrice { level: tariff * base_kw / load_max_kw + service, slope: tariff / load_max_kw }
    }
}

/// Loads to be placed over base curves.
#[derive(Debug, Clone, Copy)]
pub struct Valley<'a> {
    /// Length of a period \[h\].
    pub period_h: f64,
    /// One price a period; its length is the horizon's.
    pub prices: &'a [AffinePrice],
    /// Power of each area without the loads \[kW\], area after area, one value a period. A virtual
    /// price is added here.
    pub base_kw: &'a [f64],
    /// Weight of the sum of squared area totals \[1/kW^2\].
    pub square_weight: f64,
    /// Weight of the cost \[1/money\].
    pub price_weight: f64,
    /// The loads; they are swept in this order.
    pub loads: &'a [Load],
}

/// When the sweeps stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Most sweeps over all loads.
    pub sweeps_max: usize,
    /// Largest change of any power in a sweep \[kW\] that counts as none.
    pub change_kw: f64,
}

impl Default for Stop {
    /// Exact for all practical purposes: a watt, or 200 sweeps.
    fn default() -> Stop {
        Stop { sweeps_max: 200, change_kw: 1e-3 }
    }
}

/// Where the loads were placed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filling {
    /// First entry of each load in `power_kw`, and the end of the last.
    starts: Vec<usize>,
    power_kw: Vec<f64>,
    /// Placed power \[kW\] of each area, area after area, one value a period.
    pub placed_kw: Vec<f64>,
    /// Energy of each load that its window cannot hold \[kWh\].
    pub unmet_kwh: Vec<f64>,
    /// Sweeps made.
    pub sweeps: usize,
    /// Largest change of any power \[kW\] in the last sweep.
    pub last_change_kw: f64,
}

impl Filling {
    /// Power \[kW\] of a load in each period of its span, as far as the horizon goes.
    pub fn of_load(&self, load: usize) -> &[f64] {
        &self.power_kw[self.starts[load]..self.starts[load + 1]]
    }
}

impl Valley<'_> {
    fn check(&self) -> Result<usize, StoresError> {
        let periods = self.prices.len();
        if periods == 0 {
            return Err(StoresError::EmptyHorizon);
        }
        if !(self.period_h > 0.0 && self.period_h.is_finite()) {
            return Err(StoresError::PeriodLength { hours: self.period_h });
        }
        let areas = self
            .loads
            .iter()
            .map(|load| load.area + 1)
            .max()
            .unwrap_or(0)
            .max(self.base_kw.len() / periods);
        if self.base_kw.len() != areas * periods {
            return Err(StoresError::CurveLength {
                curve: "base of all areas",
                found: self.base_kw.len(),
                expected: areas * periods,
            });
        }
        if let Some(place) = self.base_kw.iter().position(|value| !value.is_finite()) {
            return Err(StoresError::CurveNotFinite {
                curve: "base",
                period: place % periods,
                value: self.base_kw[place],
            });
        }
        for (period, price) in self.prices.iter().enumerate() {
            let curvature = self.curvature(price);
            if !price.level.is_finite() {
                return Err(StoresError::CurveNotFinite {
                    curve: "price",
                    period,
                    value: price.level,
                });
            }
            if !(curvature > 0.0 && curvature.is_finite()) {
                return Err(StoresError::NoCurvature { period, curvature });
            }
        }
        for (store, load) in self.loads.iter().enumerate() {
            for (quantity, value) in
                [("power_kw_max", load.power_kw_max), ("need_kwh", load.need_kwh)]
            {
                if !(value >= 0.0 && value.is_finite()) {
                    return Err(StoresError::StoreOutOfRange {
                        store,
                        quantity,
                        value,
                        range: "finite and not negative",
                    });
                }
            }
        }
        Ok(areas)
    }

    /// Second derivative of the cost by the power of one load in a period.
    fn curvature(&self, price: &AffinePrice) -> f64 {
        2.0 * (self.square_weight + self.price_weight * self.period_h * price.slope)
    }

    /// Sum over areas and periods of the squared total \[kW^2\].
    pub fn squares(&self, placed_kw: &[f64]) -> f64 {
        self.base_kw
            .iter()
            .zip(placed_kw)
            .map(|(base, placed)| (base + placed) * (base + placed))
            .sum()
    }

    /// Cost of the placed energy \[money\].
    pub fn cost(&self, placed_kw: &[f64]) -> f64 {
        let periods = self.prices.len();
        let of_period = |(period, price): (usize, &AffinePrice)| {
            let total: f64 = placed_kw.iter().skip(period).step_by(periods).sum();
            total * (price.level + price.slope * total) * self.period_h
        };
        self.prices.iter().enumerate().map(of_period).sum()
    }
}

/// Places all loads at least cost, by sweeps of exact water-filling.
///
/// # Errors
/// An empty horizon, curves of wrong length or not finite, a load out of range, or weights that
/// leave a period without curvature.
///
/// ```
/// use optim::stores::Span;
/// use optim::stores::valley::{AffinePrice, Load, Stop, Valley, fill};
/// let load = Load { area: 0, span: Span::new(0, 3), power_kw_max: 10.0, need_kwh: 12.0 };
/// let valley = Valley {
///     period_h: 1.0, prices: &[AffinePrice::default(); 3], base_kw: &[5.0, 1.0, 9.0],
///     square_weight: 1.0, price_weight: 0.0, loads: &[load],
/// };
/// // Filled up to 9 kW: 4 + 8.
/// let filling = fill(&valley, Stop::default()).unwrap();
/// assert!((filling.of_load(0)[0] - 4.0).abs() < 1e-9 && (filling.of_load(0)[1] - 8.0).abs() < 1e-9);
/// ```
pub fn fill(valley: &Valley, stop: Stop) -> Result<Filling, StoresError> {
    let areas = valley.check()?;
    let periods = valley.prices.len();
    let mut filling =
        Filling { placed_kw: vec![0.0; areas * periods], starts: vec![0], ..Filling::default() };
    let mut wanted_kw = Vec::with_capacity(valley.loads.len());
    for load in valley.loads {
        let width = Span::new(load.span.first, load.span.end.min(periods)).periods_from(0);
        filling.power_kw.resize(filling.power_kw.len() + width, 0.0);
        filling.starts.push(filling.power_kw.len());
        let held_kwh = load.need_kwh.min(width as f64 * load.power_kw_max * valley.period_h);
        wanted_kw.push(held_kwh / valley.period_h);
        filling.unmet_kwh.push(load.need_kwh - held_kwh);
    }
    let mut sweep = Sweep::new(valley, periods);
    while filling.sweeps < stop.sweeps_max {
        filling.sweeps += 1;
        filling.last_change_kw = sweep.over_all(valley, &wanted_kw, &mut filling);
        if filling.last_change_kw <= stop.change_kw {
            break;
        }
    }
    Ok(filling)
}

/// State of the sweeps that is not the answer.
struct Sweep {
    periods: usize,
    /// Per period: second derivative, its inverse, and the price's part of it.
    curvature: Vec<f64>,
    inverse: Vec<f64>,
    price_level: Vec<f64>,
    price_slope: Vec<f64>,
    /// Placed power of all areas \[kW\].
    total_kw: Vec<f64>,
    /// Last water level of each load: where its search starts next time.
    levels: Vec<f64>,
    marginal: Vec<f64>,
}

impl Sweep {
    fn new(valley: &Valley, periods: usize) -> Sweep {
        let weight = valley.price_weight * valley.period_h;
        let curvature: Vec<f64> =
            valley.prices.iter().map(|price| valley.curvature(price)).collect();
        Sweep {
            periods,
            inverse: curvature.iter().map(|curvature| 1.0 / curvature).collect(),
            curvature,
            price_level: valley.prices.iter().map(|price| weight * price.level).collect(),
            price_slope: valley.prices.iter().map(|price| 2.0 * weight * price.slope).collect(),
            total_kw: vec![0.0; periods],
            levels: vec![f64::NAN; valley.loads.len()],
            marginal: vec![0.0; periods],
        }
    }

    /// One sweep; returns the largest change of a power \[kW\].
    fn over_all(&mut self, valley: &Valley, wanted_kw: &[f64], filling: &mut Filling) -> f64 {
        let mut largest = 0.0_f64;
        let square = 2.0 * valley.square_weight;
        for (number, load) in valley.loads.iter().enumerate() {
            let (start, end) = (filling.starts[number], filling.starts[number + 1]);
            if start == end {
                continue;
            }
            let width = end - start;
            let (first, offset) = (load.span.first, load.area * self.periods + load.span.first);
            let powers = &mut filling.power_kw[start..end];
            let placed = &mut filling.placed_kw[offset..offset + width];
            let base = &valley.base_kw[offset..offset + width];
            let marginal = &mut self.marginal[..width];
            for (place, marginal) in marginal.iter_mut().enumerate() {
                let period = first + place;
                let here = square * (base[place] + placed[place])
                    + self.price_level[period]
                    + self.price_slope[period] * self.total_kw[period];
                // What the marginal cost would be without this load.
                *marginal = here - self.curvature[period] * powers[place];
            }
            let inverse = &self.inverse[first..first + width];
            let level = water_level(
                marginal,
                inverse,
                load.power_kw_max,
                wanted_kw[number],
                self.levels[number],
            );
            self.levels[number] = level;
            for place in 0..width {
                let power =
                    ((level - marginal[place]) * inverse[place]).clamp(0.0, load.power_kw_max);
                let change = power - powers[place];
                powers[place] = power;
                placed[place] += change;
                self.total_kw[first + place] += change;
                largest = largest.max(change.abs());
            }
        }
        largest
    }
}

/// The level `nu` with `sum clamp((nu - marginal) inverse, 0, power_max) = wanted`, by Newton's
/// method on this rising, piecewise linear function, inside a bracket; it ends exactly, on the
/// right piece.
fn water_level(marginal: &[f64], inverse: &[f64], power_max: f64, wanted: f64, start: f64) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (marginal, inverse) in marginal.iter().zip(inverse) {
        low = low.min(*marginal);
        high = high.max(marginal + power_max / inverse);
    }
    if wanted <= 0.0 {
        return low;
    }
    if wanted >= power_max * marginal.len() as f64 * (1.0 - 1e-12) {
        return high;
    }
    let mut level = if start > low && start < high { start } else { f64::midpoint(low, high) };
    for _ in 0..200 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (marginal, inverse) in marginal.iter().zip(inverse) {
            let power = (level - marginal) * inverse;
            sum += power.clamp(0.0, power_max);
            slope += if (0.0..=power_max).contains(&power) { *inverse } else { 0.0 };
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

#[cfg(test)]
mod tests {
    use super::super::samples::Uniform;
    use super::*;

    const FLAT: [AffinePrice; 4] = [AffinePrice { level: 0.0, slope: 0.0 }; 4];

    fn load(area: usize, first: usize, end: usize, power: f64, need: f64) -> Load {
        Load { area, span: Span::new(first, end), power_kw_max: power, need_kwh: need }
    }

    fn valley<'a>(base_kw: &'a [f64], prices: &'a [AffinePrice], loads: &'a [Load]) -> Valley<'a> {
        Valley { period_h: 0.5, prices, base_kw, square_weight: 1.0, price_weight: 0.0, loads }
    }

    #[test]
    fn two_loads_share_a_valley() {
        // 0.5 h: 4 kWh = 8 kW-periods and 3 kWh = 6. Base 4 0 0 9; the level is (4 + 14) / 3 = 6:
        // totals 2 + 6 + 6.
        let loads = [load(0, 0, 4, 6.0, 4.0), load(0, 1, 3, 6.0, 3.0)];
        let filling = fill(&valley(&[4.0, 0.0, 0.0, 9.0], &FLAT, &loads), Stop::default()).unwrap();
        for (found, expected) in filling.placed_kw.iter().zip([2.0, 6.0, 6.0, 0.0]) {
            assert!((found - expected).abs() < 2e-3, "{:?}", filling.placed_kw);
        }
    }

    #[test]
    fn a_window_too_short_leaves_the_rest_unmet() {
        let loads = [load(0, 0, 2, 4.0, 10.0)];
        let filling = fill(&valley(&[1.0, 2.0, 3.0, 4.0], &FLAT, &loads), Stop::default()).unwrap();
        assert_eq!(filling.unmet_kwh, [6.0]);
        assert_eq!(filling.of_load(0), [4.0, 4.0]);
    }

    #[test]
    fn a_price_moves_load_by_its_marginal_cost() {
        // Cost only: h p (level + slope p): marginals 1 + 0.2 p and 2 + 0.2 q with p + q = 15: p =
        // 10, q = 5.
        let prices =
            [AffinePrice { level: 1.0, slope: 0.1 }, AffinePrice { level: 2.0, slope: 0.1 }];
        let loads = [load(0, 0, 2, 99.0, 7.5)];
        let valley = Valley {
            square_weight: 0.0,
            price_weight: 1.0,
            ..valley(&[0.0, 0.0], &prices, &loads)
        };
        let filling = fill(&valley, Stop::default()).unwrap();
        assert!((filling.of_load(0)[0] - 10.0).abs() < 1e-9);
        // 0.5 h x (10 x 2 + 5 x 2.5).
        assert!((valley.cost(&filling.placed_kw) - 16.25).abs() < 1e-9);
    }

    #[test]
    fn without_curvature_there_is_no_answer() {
        let valley = Valley { square_weight: 0.0, ..valley(&[0.0; 4], &FLAT, &[]) };
        assert!(fill(&valley, Stop::default()).unwrap_err().to_string().contains("no optimum"));
    }

    /// The optimum's conditions: no load can gain by moving a kW from a period it uses to one where
    /// it has room.
    #[test]
    fn random_fillings_satisfy_the_optimality_conditions() {
        let mut uniform = Uniform(5);
        for _ in 0..20 {
            let periods = 24;
            let base_kw: Vec<f64> = (0..2 * periods).map(|_| uniform.between(0.0, 300.0)).collect();
            let prices: Vec<AffinePrice> = (0..periods)
                .map(|_| AffinePrice {
                    level: uniform.between(0.3, 2.0),
                    slope: uniform.between(1e-4, 1e-3),
                })
                .collect();
            let loads: Vec<Load> = (0..60)
                .map(|number| {
                    let first = (uniform.next() * 16.0) as usize;
                    let end = first + 3 + (uniform.next() * 12.0) as usize;
                    load(
                        number % 2,
                        first,
                        end,
                        uniform.between(3.0, 40.0),
                        uniform.between(1.0, 60.0),
                    )
                })
                .collect();
            let valley = Valley {
                square_weight: 1e-3,
                price_weight: 0.5,
                ..valley(&base_kw, &prices, &loads)
            };
            let filling = fill(&valley, Stop { change_kw: 1e-7, ..Stop::default() }).unwrap();
            for (number, load) in loads.iter().enumerate() {
                let marginal = |place: usize| {
                    let period = load.span.first + place;
                    let total: f64 =
                        filling.placed_kw[period] + filling.placed_kw[periods + period];
                    let area = load.area * periods + period;
                    2.0 * valley.square_weight * (base_kw[area] + filling.placed_kw[area])
                        + valley.price_weight
                            * 0.5
                            * (prices[period].level + 2.0 * prices[period].slope * total)
                };
                let powers = filling.of_load(number);
                let used = (0..powers.len())
                    .filter(|&place| powers[place] > 1e-6)
                    .map(marginal)
                    .fold(f64::MIN, f64::max);
                let room = |&place: &usize| powers[place] < load.power_kw_max - 1e-6;
                let spare = (0..powers.len()).filter(room).map(marginal).fold(f64::MAX, f64::min);
                assert!(used <= spare + 1e-6, "load {number}: {used} used, {spare} to be had");
                let placed: f64 = powers.iter().sum::<f64>() * 0.5;
                assert!((placed + filling.unmet_kwh[number] - load.need_kwh).abs() < 1e-8);
            }
        }
    }
}
