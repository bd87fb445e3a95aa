//! Sharing a given profile of power among loads so that all come as near to their wishes as
//! possible (P4 eq. 18-20).
//!
//! min `sum_i (S_end,i - S_expect,i)^2` with `S = energy / capacity`, subject to `0 <= p_i(t) <=
//! P_max,i` inside the load's span, `S_end,i <= S_max,i`, and `sum_i p_i(t) = P(t)`: all of the
//! profile is used. Of the many solutions the one of least `sum p^2` is returned. What cannot be
//! placed (nobody there, everybody full) is reported instead of failing.
//!
//! Two convex programmes after each other: the first finds the end energies and what cannot be
//! placed, which are unique, the second the least squares with both given.

use super::conic::Conic;
use super::{Span, StoresError};

/// A load that takes a share of the profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taker {
    /// Periods in which it may take power.
    pub span: Span,
    /// Highest power \[kW, metered side\].
    pub power_kw_max: f64,
    /// Battery energy at the start \[kWh\].
    pub energy_kwh: f64,
    /// Battery energy wished for at the end \[kWh\].
    pub expected_kwh: f64,
    /// Highest battery energy \[kWh\].
    pub ceiling_kwh: f64,
    /// Capacity by which the state of charge is counted \[kWh\].
    pub capacity_kwh: f64,
    /// Charging efficiency, in (0, 1].
    pub charge_efficiency: f64,
}

/// Who takes how much when.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Allocation {
    periods: usize,
    power_kw: Vec<f64>,
    /// Battery energy of each taker at the end \[kWh\].
    pub end_kwh: Vec<f64>,
    /// Part of the profile in each period that nobody can take \[kW\].
    pub remainder_kw: Vec<f64>,
    /// `sum (S_end - S_expect)^2` \[-\].
    pub squared_error: f64,
}

impl Allocation {
    /// Power \[kW\] of a taker in each period of the profile.
    pub fn of_taker(&self, taker: usize) -> &[f64] {
        &self.power_kw[taker * self.periods..(taker + 1) * self.periods]
    }
}

/// Shares `profile_kw` (one value a period of `period_h` hours) among the takers.
///
/// # Errors
/// A profile or a taker out of range, or [`StoresError::Solver`].
///
/// ```
/// use optim::stores::Span;
/// use optim::stores::allocation::{Taker, share};
/// let taker = |expected_kwh| Taker {
///     span: Span::new(0, 2), power_kw_max: 10.0, energy_kwh: 10.0, expected_kwh, ceiling_kwh: 40.0,
///     capacity_kwh: 40.0, charge_efficiency: 1.0,
/// };
/// // 8 kWh for two who wish 4 and 8: both end 2 kWh short, as even in time as possible.
/// let found = share(&[3.0, 5.0], 1.0, &[taker(14.0), taker(18.0)]).unwrap();
/// assert!((found.end_kwh[0] - 12.0).abs() < 1e-5 && (found.end_kwh[1] - 16.0).abs() < 1e-5);
/// ```
pub fn share(
    profile_kw: &[f64],
    period_h: f64,
    takers: &[Taker],
) -> Result<Allocation, StoresError> {
    check(profile_kw, period_h, takers)?;
    let cells = cells(takers, profile_kw.len());
    let first = nearest_ends(profile_kw, period_h, takers, &cells)?;
    let second = least_squares(profile_kw.len(), takers, &cells, &first)?;
    Ok(settle(profile_kw, period_h, takers, &cells, &second))
}

/// A taker in a period of its span.
#[derive(Debug, Clone, Copy)]
struct Cell {
    taker: usize,
    period: usize,
}

fn cells(takers: &[Taker], periods: usize) -> Vec<Cell> {
    let of_taker = |(taker, data): (usize, &Taker)| {
        let end = if data.power_kw_max > 0.0 { data.span.end.min(periods) } else { 0 };
        (data.span.first..end).map(move |period| Cell { taker, period })
    };
    takers.iter().enumerate().flat_map(of_taker).collect()
}

/// Powers of the cells in a solution of least squared error, with as much placed as can be.
fn nearest_ends(
    profile_kw: &[f64],
    period_h: f64,
    takers: &[Taker],
    cells: &[Cell],
) -> Result<Vec<f64>, StoresError> {
    let mut conic = Conic::default();
    let (mut of_period, mut of_taker) =
        (vec![Vec::new(); profile_kw.len()], vec![Vec::new(); takers.len()]);
    for cell in cells {
        let column = conic.column(0.0, 0.0);
        conic.between(column, 0.0, takers[cell.taker].power_kw_max);
        of_period[cell.period].push((column, 1.0));
        of_taker[cell.taker].push((column, 1.0));
    }
    let mut dearest = 0.0_f64;
    for (taker, mut terms) in takers.iter().zip(of_taker) {
        if terms.is_empty() {
            continue;
        }
        // Error of the state of charge = start + per_kw * sum of powers.
        let per_kw = taker.charge_efficiency * period_h / taker.capacity_kwh;
        let start = (taker.energy_kwh - taker.expected_kwh) / taker.capacity_kwh;
        let room =
            (taker.ceiling_kwh - taker.energy_kwh).max(0.0) / (taker.charge_efficiency * period_h);
        dearest = dearest.max(2.0 * per_kw * (start.abs() + per_kw * room));
        conic.at_most(&terms, room);
        let error = conic.column(0.0, 2.0);
        for (_, value) in &mut terms {
            *value = -per_kw;
        }
        terms.push((error, 1.0));
        conic.equal(&terms, start);
    }
    for (mut terms, &power_kw) in of_period.into_iter().zip(profile_kw) {
        // Leaving a kW unplaced costs more than any taker's error can gain by it.
        let left = conic.column(10.0 * dearest + 1e-3, 0.0);
        conic.between(left, 0.0, f64::INFINITY);
        terms.push((left, 1.0));
        conic.equal(&terms, power_kw);
    }
    let mut values = conic.solve()?;
    values.truncate(cells.len());
    Ok(values)
}

/// Powers of least squares with the same sums by taker and by period.
fn least_squares(
    periods: usize,
    takers: &[Taker],
    cells: &[Cell],
    first: &[f64],
) -> Result<Vec<f64>, StoresError> {
    let mut conic = Conic::default();
    let (mut of_period, mut of_taker) =
        (vec![(Vec::new(), 0.0); periods], vec![(Vec::new(), 0.0); takers.len()]);
    for (cell, &power) in cells.iter().zip(first) {
        let column = conic.column(0.0, 2.0);
        let highest = takers[cell.taker].power_kw_max;
        conic.between(column, 0.0, highest);
        let power = power.clamp(0.0, highest);
        for (terms, sum) in [&mut of_period[cell.period], &mut of_taker[cell.taker]] {
            terms.push((column, 1.0));
            *sum += power;
        }
    }
    for (terms, sum) in of_period.into_iter().chain(of_taker) {
        if !terms.is_empty() {
            conic.equal(&terms, sum);
        }
    }
    conic.solve()
}

/// Rounds the solver's answer onto the limits and the profile.
fn settle(
    profile_kw: &[f64],
    period_h: f64,
    takers: &[Taker],
    cells: &[Cell],
    powers: &[f64],
) -> Allocation {
    let periods = profile_kw.len();
    let mut found = Allocation {
        periods,
        power_kw: vec![0.0; periods * takers.len()],
        remainder_kw: profile_kw.to_vec(),
        ..Allocation::default()
    };
    let mut room_kw: Vec<f64> = takers
        .iter()
        .map(|taker| {
            (taker.ceiling_kwh - taker.energy_kwh).max(0.0) / (taker.charge_efficiency * period_h)
        })
        .collect();
    let mut give = |cell: &Cell, wish_kw: f64| {
        let power = &mut found.power_kw[cell.taker * periods + cell.period];
        let most = (takers[cell.taker].power_kw_max - *power)
            .min(room_kw[cell.taker])
            .min(found.remainder_kw[cell.period]);
        let taken = wish_kw.min(most).max(0.0);
        *power += taken;
        room_kw[cell.taker] -= taken;
        found.remainder_kw[cell.period] -= taken;
    };
    for (cell, &power) in cells.iter().zip(powers) {
        give(cell, power);
    }
    // The last milliwatts that the solver's accuracy left over go to whoever has room.
    for cell in cells {
        give(cell, f64::INFINITY);
    }
    for (number, taker) in takers.iter().enumerate() {
        let taken: f64 = found.of_taker(number).iter().sum();
        let end_kwh = taker.energy_kwh + taker.charge_efficiency * period_h * taken;
        let error = (end_kwh - taker.expected_kwh) / taker.capacity_kwh;
        found.squared_error += error * error;
        found.end_kwh.push(end_kwh);
    }
    found
}

fn check(profile_kw: &[f64], period_h: f64, takers: &[Taker]) -> Result<(), StoresError> {
    if profile_kw.is_empty() {
        return Err(StoresError::EmptyHorizon);
    }
    if !(period_h > 0.0 && period_h.is_finite()) {
        return Err(StoresError::PeriodLength { hours: period_h });
    }
    if let Some(period) = profile_kw.iter().position(|power| !(*power >= 0.0 && power.is_finite()))
    {
        return Err(StoresError::CurveNotFinite {
            curve: "profile (not negative)",
            period,
            value: profile_kw[period],
        });
    }
    for (store, taker) in takers.iter().enumerate() {
        let refuse = |quantity, value, range| {
            Err(StoresError::StoreOutOfRange { store, quantity, value, range })
        };
        for (quantity, value) in [
            ("power_kw_max", taker.power_kw_max),
            ("energy_kwh", taker.energy_kwh),
            ("expected_kwh", taker.expected_kwh),
            ("ceiling_kwh", taker.ceiling_kwh),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return refuse(quantity, value, "finite and not negative");
            }
        }
        if !(taker.capacity_kwh > 0.0 && taker.capacity_kwh.is_finite()) {
            return refuse("capacity_kwh", taker.capacity_kwh, "finite and positive");
        }
        if !(taker.charge_efficiency > 0.0 && taker.charge_efficiency <= 1.0) {
            return refuse("charge_efficiency", taker.charge_efficiency, "above 0 and at most 1");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taker(first: usize, end: usize, expected_kwh: f64) -> Taker {
        Taker {
            span: Span::new(first, end),
            power_kw_max: 10.0,
            energy_kwh: 10.0,
            expected_kwh,
            ceiling_kwh: 40.0,
            capacity_kwh: 40.0,
            charge_efficiency: 1.0,
        }
    }

    #[test]
    fn enough_power_meets_every_wish_evenly_in_time() {
        // 4 and 12 kWh wished, 8 kW in both periods: 2 + 6 each is the least sum of squares.
        let found = share(&[8.0, 8.0], 1.0, &[taker(0, 2, 14.0), taker(0, 2, 22.0)]).unwrap();
        for (found, expected) in
            found.of_taker(0).iter().chain(found.of_taker(1)).zip([2.0, 2.0, 6.0, 6.0])
        {
            assert!((found - expected).abs() < 1e-4);
        }
        assert!(found.squared_error < 1e-9);
        assert!(found.remainder_kw.iter().all(|remainder| *remainder < 1e-9));
    }

    #[test]
    fn more_than_wished_is_used_and_shared() {
        // 12 kW in one period for wishes of 4 and 4: both end 2 above.
        let found = share(&[12.0], 1.0, &[taker(0, 1, 14.0), taker(0, 1, 14.0)]).unwrap();
        assert!((found.end_kwh[0] - 16.0).abs() < 1e-4 && (found.end_kwh[1] - 16.0).abs() < 1e-4);
        // 2 x (2/40)^2
        assert!((found.squared_error - 0.005).abs() < 1e-6);
    }

    #[test]
    fn what_nobody_can_take_is_reported() {
        // Period 0: 10 kW at most; period 1: nobody; the ceiling holds 30 kWh, 10 of it here.
        let found = share(&[15.0, 5.0], 1.0, &[taker(0, 1, 14.0)]).unwrap();
        assert!((found.remainder_kw[0] - 5.0).abs() < 1e-6);
        assert!((found.remainder_kw[1] - 5.0).abs() < 1e-12);
        let mut full = taker(0, 1, 14.0);
        full.ceiling_kwh = 12.0;
        let found = share(&[15.0], 1.0, &[full]).unwrap();
        assert!((found.end_kwh[0] - 12.0).abs() < 1e-6);
    }

    #[test]
    fn the_profile_reaches_those_who_have_no_other_chance() {
        // The second is only there in period 1; the first takes period 0, whatever it wishes less
        // in period 1.
        let found = share(&[6.0, 6.0], 1.0, &[taker(0, 2, 16.0), taker(1, 2, 16.0)]).unwrap();
        assert!(found.squared_error < 1e-9, "{found:?}");
    }
}
