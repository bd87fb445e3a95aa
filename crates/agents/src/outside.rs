//! Values that a partner outside puts in the place of the scenario's: weather, load, voltage,
//! prices, a target.
//!
//! They come as letters to one zone (or to the centre, for prices) and are that partition's own
//! knowledge: nothing that others read changes. A value holds from its instant until the next one.
//! What is metered over a period is the mean over it; prices begin with the next period.

use domain::{PeriodGrid, Time};
use market::Change;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is put in the place of a scenario's own value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Grid price by period from the next one on, the last value holding \[CNY/kWh\].
    Price(Vec<f64>),
    /// Published reservation price, likewise; takes the pricing agent's place \[CNY/kWh\].
    ReservationPrice(Vec<f64>),
    /// Published discharge price, likewise \[CNY/kWh\].
    DischargePrice(Vec<f64>),
    /// Published ticket price, likewise \[CNY/kWh\].
    TicketPrice(Vec<f64>),
    /// Voltage at the zone's bus \[p.u.\].
    VmPu(f64),
    /// PV available \[kW\].
    PvKw(f64),
    /// Wind available \[kW\].
    WindKw(f64),
    /// Base load \[kW\].
    LoadKw(f64),
    /// Air temperature [degrees C].
    TemperatureC(f64),
    /// Net consumption that the zone is to keep to \[kW\].
    TargetPKw(f64),
    /// Something that happens at the zone's site.
    Notice(Notice),
}

/// Something that happens at a site, or is decided there: told to its aggregator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Notice {
    /// So many piles, from the lowest number on, fail until an instant.
    Outage {
        /// How many.
        piles: u32,
        /// Until when.
        until: Time,
    },
    /// The rules change.
    Policy(Arc<Change>),
    /// So many piles, from the lowest number on, work again.
    Restored {
        /// How many.
        piles: u32,
    },
}

impl Input {
    /// Names of all inputs, in the order in which inputs of one instant and zone act.
    pub const NAMES: [&str; 11] = [
        "price",
        "reservation_price",
        "discharge_price",
        "ticket_price",
        "vm_pu",
        "pv_kw",
        "wind_kw",
        "load_kw",
        "temperature_c",
        "target_p_kw",
        "notice",
    ];

    /// Its number in [`Input::NAMES`].
    pub fn number(&self) -> usize {
        match self {
            Self::Price(_) => 0,
            Self::ReservationPrice(_) => 1,
            Self::DischargePrice(_) => 2,
            Self::TicketPrice(_) => 3,
            Self::VmPu(_) => 4,
            Self::PvKw(_) => 5,
            Self::WindKw(_) => 6,
            Self::LoadKw(_) => 7,
            Self::TemperatureC(_) => 8,
            Self::TargetPKw(_) => 9,
            Self::Notice(_) => 10,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        Self::NAMES[self.number()]
    }

    /// An input of numbers by its name: a scalar, or a list where the name is of a price. None if
    /// there is no such input, it takes no list, or the list is empty.
    pub fn of_numbers(name: &str, values: &[f64]) -> Option<Self> {
        let one = || if let [value] = values { Some(*value) } else { None };
        let list = || (!values.is_empty()).then(|| values.to_vec());
        match name {
            "price" => list().map(Self::Price),
            "reservation_price" => list().map(Self::ReservationPrice),
            "discharge_price" => list().map(Self::DischargePrice),
            "ticket_price" => list().map(Self::TicketPrice),
            "vm_pu" => one().map(Self::VmPu),
            "pv_kw" => one().map(Self::PvKw),
            "wind_kw" => one().map(Self::WindKw),
            "load_kw" => one().map(Self::LoadKw),
            "temperature_c" => one().map(Self::TemperatureC),
            "target_p_kw" => one().map(Self::TargetPKw),
            _ => None,
        }
    }

    /// Its numbers; none for a notice.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Self::Price(v)
            | Self::ReservationPrice(v)
            | Self::DischargePrice(v)
            | Self::TicketPrice(v) => v,
            Self::VmPu(x)
            | Self::PvKw(x)
            | Self::WindKw(x)
            | Self::LoadKw(x)
            | Self::TemperatureC(x)
            | Self::TargetPKw(x) => std::slice::from_ref(x),
            Self::Notice(_) => &[],
        }
    }

    /// Whether the centre has to know it too: prices, which the pricing agent acts on, and on a
    /// feeder powers and targets, which the DSO agent acts on.
    pub fn concerns_the_centre(&self, on_a_feeder: bool) -> bool {
        let prices = self.number() < 4;
        let powers =
            matches!(self, Self::PvKw(_) | Self::WindKw(_) | Self::LoadKw(_) | Self::TargetPKw(_));
        prices || on_a_feeder && powers
    }
}

/// A value that holds from an instant on, and what there was before it in the same period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    value: f64,
    since: Time,
    period: i64,
    /// Value times time of the period before `since` \[value x h\].
    before: f64,
    /// The period before `period`, and the mean over it: what is settled after it has ended asks
    /// for it.
    last: Option<(i64, f64)>,
}

impl Held {
    /// The next value, where `own` is the scenario's of the period at hand.
    fn next(last: Option<Self>, own: f64, value: f64, now: Time, grid: PeriodGrid) -> Self {
        let period = grid.at(now);
        let since_start = (now - grid.start(period)).hours().value();
        let before = match last {
            None => own * since_start,
            Some(h) if h.period == period => h.before + h.value * (now - h.since).hours().value(),
            Some(h) => h.value * since_start,
        };
        let last = match last {
            None => None,
            Some(h) if h.period == period => h.last,
            Some(h) => h.mean(period - 1, grid).map(|mean| (period - 1, mean)),
        };
        Self { value, since: now, period, before, last }
    }

    /// Mean over period `k`, if the value goes on to its end; none for periods before.
    fn mean(self, k: i64, grid: PeriodGrid) -> Option<f64> {
        match k.cmp(&self.period) {
            std::cmp::Ordering::Less => self.last.filter(|(of, _)| *of == k).map(|(_, mean)| mean),
            std::cmp::Ordering::Greater => Some(self.value),
            // As given where it holds from the beginning.
            std::cmp::Ordering::Equal if self.since == grid.start(k) => Some(self.value),
            std::cmp::Ordering::Equal => {
                let rest = (grid.end(k) - self.since).hours().value();
                Some((self.before + self.value * rest) / grid.hours().value())
            }
        }
    }
}

/// Prices by period from one on, the last value holding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Curve {
    from: i64,
    values: Vec<f64>,
}

/// The curves of one price, in the order in which they begin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Curves(Vec<Curve>);

impl Curves {
    fn put(&mut self, from: i64, values: &[f64]) {
        // What has passed, or never begins, is forgotten.
        self.0.retain(|c| c.from < from);
        let keep = self.0.len().saturating_sub(2);
        self.0.drain(..keep);
        self.0.push(Curve { from, values: values.to_vec() });
    }
    fn at(&self, k: i64) -> Option<f64> {
        let curve = self.0.iter().rev().find(|c| c.from <= k)?;
        let at = (k - curve.from) as usize;
        curve.values.get(at).or(curve.values.last()).copied()
    }
    fn begins(&self, k: i64) -> bool {
        self.0.iter().any(|c| c.from == k)
    }
}

/// Prices of one zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Quotes {
    grid: Curves,
    reservation: Curves,
    discharge: Curves,
    ticket: Curves,
}

/// Load, PV and wind of a zone of a feeder, and its target, as its DSO knows them \[kW\].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ZonePowers {
    kw: [Option<Held>; 3],
    target: Option<Held>,
}

/// A zone's published prices for one period, where they are given from outside \[CNY/kWh\].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GivenPrices {
    /// Reservation price.
    pub reservation: Option<f64>,
    /// Discharge price.
    pub discharge: Option<f64>,
    /// Ticket price.
    pub ticket: Option<f64>,
}

/// What one partition knows from outside; nothing in a run of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    load_kw: Option<Held>,
    pv_kw: Option<Held>,
    wind_kw: Option<Held>,
    temperature_c: Option<Held>,
    vm_pu: Option<Held>,
    target_p_kw: Option<Held>,
    /// What the centre of a feeder knows of its zones.
    zones_kw: BTreeMap<u16, ZonePowers>,
    quotes: BTreeMap<u16, Quotes>,
    /// How many zones this partition knows of: a zone of one, the centre of all.
    zones: u16,
}

/// The scenario's own values of the period at hand, to which a first value from outside is added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OwnValues {
    /// Load, PV, wind \[kW\].
    pub powers_kw: [f64; 3],
    /// Temperature [degrees C].
    pub temperature_c: f64,
    /// Voltage \[p.u.\].
    pub vm_pu: f64,
}

impl Outside {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Self::of_zones(self.zones)
    }

    /// Takes an input about a zone at its instant.
    pub fn take(&mut self, zone: u16, input: &Input, own: OwnValues, now: Time, grid: PeriodGrid) {
        let next = grid.ceil(now);
        let [load, pv, wind] = own.powers_kw;
        let hold = |slot: &mut Option<Held>, own: f64, value: f64| {
            *slot = Some(Held::next(*slot, own, value, now, grid));
        };
        match input {
            Input::Price(v) => self.quotes.entry(zone).or_default().grid.put(next, v),
            Input::ReservationPrice(v) => {
                self.quotes.entry(zone).or_default().reservation.put(next, v);
            }
            Input::DischargePrice(v) => self.quotes.entry(zone).or_default().discharge.put(next, v),
            Input::TicketPrice(v) => self.quotes.entry(zone).or_default().ticket.put(next, v),
            Input::VmPu(x) => {
                let first = self.vm_pu.is_none();
                hold(&mut self.vm_pu, own.vm_pu, *x);
                // What has ended before the first value had the scenario's.
                if first && let Some(held) = &mut self.vm_pu {
                    held.last = Some((held.period - 1, own.vm_pu));
                }
            }
            Input::LoadKw(x) => hold(&mut self.load_kw, load, *x),
            Input::PvKw(x) => hold(&mut self.pv_kw, pv, *x),
            Input::WindKw(x) => hold(&mut self.wind_kw, wind, *x),
            Input::TemperatureC(x) => hold(&mut self.temperature_c, own.temperature_c, *x),
            Input::TargetPKw(x) => hold(&mut self.target_p_kw, *x, *x),
            Input::Notice(_) => {}
        }
    }

    /// Takes an input about a zone where the centre of a feeder hears of it.
    pub fn take_of_zone(
        &mut self,
        zone: u16,
        input: &Input,
        own: OwnValues,
        now: Time,
        grid: PeriodGrid,
    ) {
        let (kind, value) = match input {
            Input::LoadKw(x) => (0, *x),
            Input::PvKw(x) => (1, *x),
            Input::WindKw(x) => (2, *x),
            Input::TargetPKw(x) => {
                let slot = &mut self.zones_kw.entry(zone).or_default().target;
                *slot = Some(Held::next(*slot, *x, *x, now, grid));
                return;
            }
            _ => return self.take(zone, input, own, now, grid),
        };
        let slot = &mut self.zones_kw.entry(zone).or_default().kw[kind];
        *slot = Some(Held::next(*slot, own.powers_kw[kind], value, now, grid));
    }

    /// Load (0), PV (1) or wind (2) of a zone of a feeder as a mean over period `k`, where it is
    /// given \[kW\].
    pub fn zone_mean_kw(&self, zone: u16, kind: usize, k: i64, grid: PeriodGrid) -> Option<f64> {
        self.zones_kw.get(&zone)?.kw[kind]?.mean(k, grid)
    }

    /// The same at this instant.
    pub fn zone_now_kw(&self, zone: u16, kind: usize) -> Option<f64> {
        self.zones_kw.get(&zone)?.kw[kind].map(|held| held.value)
    }

    /// The target of a zone of a feeder in period `k`, where one is given \[kW\].
    pub fn zone_target_kw(&self, zone: u16, k: i64, grid: PeriodGrid) -> Option<f64> {
        self.zones_kw.get(&zone)?.target?.mean(k, grid)
    }

    /// Load, PV and wind of period `k` where they are given \[kW\].
    pub fn powers_kw(&self, k: i64, grid: PeriodGrid) -> [Option<f64>; 3] {
        [self.load_kw, self.pv_kw, self.wind_kw].map(|held| held.and_then(|h| h.mean(k, grid)))
    }

    /// Load, PV and wind at this instant where they are given \[kW\].
    pub fn powers_now_kw(&self) -> [Option<f64>; 3] {
        [self.load_kw, self.pv_kw, self.wind_kw].map(|held| held.map(|h| h.value))
    }

    /// Means of load, PV and wind from the beginning of the period at hand to `now` \[kW\].
    pub fn powers_so_far_kw(&self, now: Time, grid: PeriodGrid) -> [Option<f64>; 3] {
        let so_far = |h: Held| {
            let since_start = (now - grid.start(grid.at(now))).hours().value();
            if h.period != grid.at(now) || since_start <= 0.0 {
                return h.value;
            }
            (h.before + h.value * (now - h.since).hours().value()) / since_start
        };
        [self.load_kw, self.pv_kw, self.wind_kw].map(|held| held.map(so_far))
    }

    /// Temperature of period `k` where it is given [degrees C].
    pub fn temperature_c(&self, k: i64, grid: PeriodGrid) -> Option<f64> {
        self.temperature_c.and_then(|h| h.mean(k, grid))
    }

    /// Voltage now and as a mean over period `k`, where it is given \[p.u.\].
    pub fn vm_pu(&self, k: i64, grid: PeriodGrid) -> Option<[f64; 2]> {
        self.vm_pu.and_then(|h| Some([h.value, h.mean(k, grid)?]))
    }

    /// Voltage at this instant, where it is given \[p.u.\].
    pub fn vm_now_pu(&self) -> Option<f64> {
        self.vm_pu.map(|held| held.value)
    }

    /// The target in force, where one is given \[kW\].
    pub fn target_p_kw(&self) -> Option<f64> {
        self.target_p_kw.map(|h| h.value)
    }

    /// Nothing known yet, by a partition that will hear of so many zones.
    pub fn of_zones(zones: u16) -> Self {
        Self { zones, ..Self::default() }
    }

    /// The grid price of period `k`: the mean over the zones that this partition knows of, each with
    /// the scenario's unless another one is given \[CNY/kWh\].
    pub fn grid_price(&self, k: i64, own: f64) -> f64 {
        let given: Vec<f64> = self.quotes.values().filter_map(|q| q.grid.at(k)).collect();
        if given.is_empty() {
            return own;
        }
        let others = usize::from(self.zones).saturating_sub(given.len());
        // Of equal prices the mean is that price, without a rounding error.
        if given.iter().all(|price| *price == given[0]) && (others == 0 || given[0] == own) {
            return given[0];
        }
        let sum: f64 = given.iter().sum();
        (sum + own * others as f64) / (given.len() + others) as f64
    }

    /// Whether any price is given.
    pub fn gives_prices(&self) -> bool {
        !self.quotes.is_empty()
    }

    /// Published prices that are given for a zone and period.
    pub fn given(&self, zone: u16, k: i64) -> GivenPrices {
        self.quotes.get(&zone).map_or_else(GivenPrices::default, |q| GivenPrices {
            reservation: q.reservation.at(k),
            discharge: q.discharge.at(k),
            ticket: q.ticket.at(k),
        })
    }

    /// Whether prices are given that begin with period `k`: then they are published.
    pub fn prices_begin(&self, k: i64) -> bool {
        let begins = |q: &Quotes| {
            [&q.grid, &q.reservation, &q.discharge, &q.ticket].iter().any(|c| c.begins(k))
        };
        self.quotes.values().any(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Span;

    const GRID: PeriodGrid = PeriodGrid { per_day: 96 };

    #[test]
    fn a_value_that_comes_within_a_period_counts_with_its_share_of_time() {
        let mut outside = Outside::default();
        let own = OwnValues { powers_kw: [100.0, 0.0, 0.0], temperature_c: 20.0, vm_pu: 1.0 };
        let at = |min: f64| Time::START + Span::from_minutes(min);
        outside.take(1, &Input::LoadKw(40.0), own, at(5.0), GRID);
        // 5 min of 100, 10 of 40.
        assert!((outside.powers_kw(0, GRID)[0].unwrap() - 60.0).abs() < 1e-9);
        outside.take(1, &Input::LoadKw(70.0), own, at(10.0), GRID);
        // 5 min each of 100, 40, 70.
        assert!((outside.powers_kw(0, GRID)[0].unwrap() - 70.0).abs() < 1e-9);
        assert_eq!(outside.powers_kw(1, GRID)[0], Some(70.0));
        outside.take(1, &Input::LoadKw(10.0), own, at(30.0), GRID);
        assert_eq!(outside.powers_kw(2, GRID)[0], Some(10.0));
        assert_eq!(outside.powers_kw(2, GRID)[1], None);
    }

    #[test]
    fn a_price_begins_with_the_next_period_and_its_last_value_holds() {
        let mut outside = Outside::default();
        let at = |min: f64| Time::START + Span::from_minutes(min);
        let own = OwnValues::default();
        outside.take(2, &Input::ReservationPrice(vec![1.0, 2.0]), own, at(5.0), GRID);
        let prices = [0, 1, 2, 3].map(|k| outside.given(2, k).reservation);
        assert_eq!(prices, [None, Some(1.0), Some(2.0), Some(2.0)]);
        outside.take(2, &Input::ReservationPrice(vec![5.0]), own, at(45.0), GRID);
        assert_eq!([2, 3].map(|k| outside.given(2, k).reservation), [Some(2.0), Some(5.0)]);
        assert_eq!(outside.given(1, 3), GivenPrices::default());
    }

    #[test]
    fn an_area_sees_the_mean_of_its_zones_grid_prices() {
        let mut centre = Outside::of_zones(2);
        let mut zone = Outside::of_zones(1);
        for outside in [&mut centre, &mut zone] {
            outside.take(1, &Input::Price(vec![3.0]), OwnValues::default(), Time::START, GRID);
        }
        assert_eq!([0, -1].map(|k| centre.grid_price(k, 1.0)), [2.0, 1.0]);
        assert_eq!([0, -1].map(|k| zone.grid_price(k, 1.0)), [3.0, 1.0]);
    }
}
