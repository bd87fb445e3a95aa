//! The problem: a surplus curve and the stores that can follow it (P3 section 3.1.2, eq. 4 and 11).

use super::{StoresError, Taper};

/// Consecutive periods `first..end` of the horizon; `end` is exclusive and may lie beyond the
/// horizon. Empty if `end <= first`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First period, 0 = now.
    pub first: usize,
    /// Period after the last.
    pub end: usize,
}

impl Span {
    /// No period at all.
    pub const NEVER: Span = Span { first: 0, end: 0 };

    /// The periods `first..end`.
    pub fn new(first: usize, end: usize) -> Span {
        Span { first, end }
    }

    /// Whether `period` belongs to the span.
    pub fn contains(&self, period: usize) -> bool {
        self.first <= period && period < self.end
    }

    /// Periods of the span that are not before `period`.
    pub fn periods_from(&self, period: usize) -> usize {
        self.end.saturating_sub(self.first.max(period))
    }
}

/// One energy store as it stands when the decision is taken (eq. 11: a, b, c, d, e of a vehicle).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Store {
    /// Periods in which the store may take energy.
    pub charge: Span,
    /// Periods in which the store may give energy, by consent and booking, as far as the problem's
    /// [`Permits`] and its deficits allow (see [`Problem::discharges`]).
    pub discharge: Span,
    /// Highest power taken \[kW, metered side\].
    pub charge_kw_max: f64,
    /// Highest power given \[kW, metered side\], 0 without consent.
    pub discharge_kw_max: f64,
    /// Battery energy now, or on arrival for a store that comes later \[kWh\].
    pub energy_kwh: f64,
    /// Highest battery energy \[kWh\]: the capacity, already lowered by ageing.
    pub ceiling_kwh: f64,
    /// Battery energy under which nothing is given \[kWh\].
    pub floor_kwh: f64,
    /// Battery energy wanted at the end of the last span \[kWh\].
    pub target_kwh: f64,
    /// Charging efficiency `mu_c`, in (0, 1].
    pub charge_efficiency: f64,
    /// Discharging efficiency `mu_d`, in (0, 1].
    pub discharge_efficiency: f64,
    /// Limit of the charging power by the energy.
    pub taper: Taper,
}

impl Store {
    /// The period after the store's last.
    pub fn deadline(&self) -> usize {
        let charge = if self.charge.end > self.charge.first { self.charge.end } else { 0 };
        let discharge =
            if self.discharge.end > self.discharge.first { self.discharge.end } else { 0 };
        charge.max(discharge)
    }

    /// Battery energy \[kWh\] gained by 1 kW of charging through a period of `period_h` hours.
    pub fn gain_kwh_per_kw(&self, period_h: f64) -> f64 {
        self.charge_efficiency * period_h
    }

    /// Battery energy \[kWh\] lost by 1 kW of discharging through a period of `period_h` hours.
    pub fn loss_kwh_per_kw(&self, period_h: f64) -> f64 {
        period_h / self.discharge_efficiency
    }

    /// Highest charging power \[kW\] of a period that ends with this battery energy \[kWh\] (see
    /// [`Taper`]).
    pub fn charge_limit_kw(&self, end_energy_kwh: f64) -> f64 {
        self.charge_kw_max.min(self.taper.limit_kw(end_energy_kwh))
    }

    /// Least energy the store may be brought to \[kWh\]: its floor, or what it has if that is less.
    pub fn lowest_kwh(&self) -> f64 {
        self.floor_kwh.min(self.energy_kwh)
    }

    /// Most energy the store may hold \[kWh\]: its ceiling, or what it has if that is more.
    pub fn highest_kwh(&self) -> f64 {
        self.ceiling_kwh.max(self.energy_kwh)
    }
}

/// The surplus to follow and the stores that can: a view of the caller's data.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Length of a period \[h\].
    pub period_h: f64,
    /// Surplus `P_dem` = renewable power - load (eq. 4) \[kW\], one value a period from now on;
    /// negative in a deficit.
    pub surplus_kw: &'a [f64],
    /// The stores; answers are in this order, and ties are broken by it.
    pub stores: &'a [Store],
    /// When their owners let them give energy.
    pub permits: Permits<'a>,
    /// Weight \[-\] of a kW of throughput beside a kW of distance from the surplus; a store's own
    /// is at least what keeps charging and discharging apart ([`Problem::throughput_weight`]).
    pub throughput_weight: f64,
}

/// When owners let their stores give energy inside the stores' spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permits<'a> {
    /// Always.
    Always,
    /// One value a period of the horizon, store after store: consent may hang on the price that
    /// each period pays.
    ByPeriod(&'a [bool]),
}

/// Weight of throughput unless another is given \[-\].
pub const THROUGHPUT_WEIGHT: f64 = 0.08;

impl<'a> Problem<'a> {
    /// Stores that may give energy in all of their spans, with the usual weight of throughput.
    pub fn new(period_h: f64, surplus_kw: &'a [f64], stores: &'a [Store]) -> Problem<'a> {
        Problem {
            period_h,
            surplus_kw,
            stores,
            permits: Permits::Always,
            throughput_weight: THROUGHPUT_WEIGHT,
        }
    }

    /// Weight \[-\] of one kW of a store's throughput beside one kW of distance from the surplus.
    ///
    /// Charging and discharging at once burns `1/mu_d - mu_c` of energy a kW, which later lets a
    /// store absorb `g = 1/(mu_c mu_d) - 1` kW more of a surplus. That pays unless `2 w + g w >= g`,
    /// so the weight is at least `1.1 g / (2 + g)`. A useful cycle gains about 2, so the weight does
    /// not hold it back.
    pub fn throughput_weight(&self, store: &Store) -> f64 {
        let burned = 1.0 / (store.charge_efficiency * store.discharge_efficiency) - 1.0;
        self.throughput_weight.max(1.1 * burned / (2.0 + burned))
    }

    /// What the schedules are compared by, J \[kWh\]: `sum |P_dem - Y| dt` plus the weighted
    /// throughput, for net powers \[kW\] of the stores, store after store.
    pub fn distance_and_throughput(&self, net_kw: &[f64]) -> f64 {
        let mut totals = vec![0.0; self.periods()];
        let mut throughput = 0.0;
        for (store, row) in self.stores.iter().zip(net_kw.chunks_exact(self.periods().max(1))) {
            for (total, net) in totals.iter_mut().zip(row) {
                *total += net;
                throughput += self.throughput_weight(store) * net.abs();
            }
        }
        let distance: f64 = totals
            .iter()
            .zip(self.surplus_kw)
            .map(|(total, surplus)| (surplus - total).abs())
            .sum();
        (distance + throughput) * self.period_h
    }
    /// Number of periods of the horizon.
    pub fn periods(&self) -> usize {
        self.surplus_kw.len()
    }

    /// Whether the store at this position may give energy in this period: consent, booking, and a
    /// deficit (eq. 20 with section 3.1.2).
    pub fn discharges(&self, position: usize, period: usize) -> bool {
        let store = &self.stores[position];
        let permitted = match self.permits {
            Permits::Always => true,
            Permits::ByPeriod(rows) => rows[position * self.periods() + period],
        };
        permitted
            && store.discharge_kw_max > 0.0
            && store.discharge.contains(period)
            && self.surplus_kw[period] < 0.0
    }

    /// Whether the store may take energy in this period.
    pub fn charges(&self, store: &Store, period: usize) -> bool {
        store.charge_kw_max > 0.0 && store.charge.contains(period)
    }

    /// Checks every number once, so that the policies need not.
    ///
    /// # Errors
    /// The first [`StoresError`] found, with the position of the store or period.
    pub fn check(&self) -> Result<(), StoresError> {
        if self.surplus_kw.is_empty() {
            return Err(StoresError::EmptyHorizon);
        }
        if !(self.period_h > 0.0 && self.period_h.is_finite()) {
            return Err(StoresError::PeriodLength { hours: self.period_h });
        }
        if let Some(period) = self.surplus_kw.iter().position(|value| !value.is_finite()) {
            return Err(StoresError::CurveNotFinite {
                curve: "surplus",
                period,
                value: self.surplus_kw[period],
            });
        }
        let weight = self.throughput_weight;
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(StoresError::Weight {
                weight: "throughput",
                value: weight,
                range: "finite and not negative",
            });
        }
        if let Permits::ByPeriod(rows) = self.permits
            && rows.len() != self.stores.len() * self.periods()
        {
            return Err(StoresError::CurveLength {
                curve: "permits",
                found: rows.len(),
                expected: self.stores.len() * self.periods(),
            });
        }
        for (position, store) in self.stores.iter().enumerate() {
            check_store(position, store)?;
        }
        Ok(())
    }
}

fn check_store(position: usize, store: &Store) -> Result<(), StoresError> {
    let not_negative = [
        ("charge_kw_max", store.charge_kw_max),
        ("discharge_kw_max", store.discharge_kw_max),
        ("energy_kwh", store.energy_kwh),
        ("ceiling_kwh", store.ceiling_kwh),
        ("floor_kwh", store.floor_kwh),
        ("target_kwh", store.target_kwh),
    ];
    let refuse = |quantity, value, range| {
        Err(StoresError::StoreOutOfRange { store: position, quantity, value, range })
    };
    for (quantity, value) in not_negative {
        if !(value >= 0.0 && value.is_finite()) {
            return refuse(quantity, value, "finite and not negative");
        }
    }
    for (quantity, value) in [
        ("charge_efficiency", store.charge_efficiency),
        ("discharge_efficiency", store.discharge_efficiency),
    ] {
        if !(value > 0.0 && value <= 1.0) {
            return refuse(quantity, value, "above 0 and at most 1");
        }
    }
    Ok(())
}
