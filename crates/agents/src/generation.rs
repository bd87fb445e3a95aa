//! The generation agent of a zone: battery, gas turbine, wind, PV, grid contract (P3 section 3.2,
//! eq. 23-26).
//!
//! It plans anew each period by the dynamic programme over the forecast residual, carries out the
//! first step, and settles the period with what really flowed: whatever deviates goes to the grid.

use crate::aggregator::Cx;
use crate::aggregator::schedule::Load;
use crate::aggregator::settle::{PeriodEnergy, PeriodPrices};
use domain::{
    Actor, BalanceRow, Cny, Detail, Fact, FactKind, Kwh, LedgerRow, MicroCny, PlantPolicy, Price,
    PriceRow, Purpose, ZoneId,
};
use market::{Account, real_price::real_price};
use schedule::plant::{
    self, Horizon, Outcome, PinnedLevel, Priority, Source, State, Storage, Unit,
};
use serde::{Deserialize, Serialize};

/// The generation agent's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    zone: ZoneId,
    state: State,
    /// Energy in the battery above its lowest level \[kWh\].
    stored_kwh: f64,
    /// Set points of the period at hand \[kW\]; the battery's is positive when charging.
    battery_kw: f64,
    turbine_kw: f64,
    started: bool,
    /// Largest import of the run so far \[kW\].
    pub peak_import_kw: f64,
}

/// What the zone's plant and series come to in a period, once it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settled {
    /// The row of table `balance`.
    pub balance: BalanceRow,
    /// Prices that follow from it.
    pub prices: PeriodPrices,
}

impl Generation {
    /// A plant at rest with its battery at the level of the start.
    pub fn new(zone: ZoneId, cx: &crate::Environment) -> Self {
        let stored_kwh = cx.plant.battery.map_or(0.0, |b| b.start_kwh);
        let storage = storage(cx);
        let min_off = cx.plant.turbine.map_or(1, |t| t.min_off.max(1) as usize);
        let state = State {
            level: storage.nearest_level(stored_kwh),
            unit_on: false,
            periods_in_mode: min_off,
        };
        let stored_kwh = state.level as f64 * storage.level_kwh;
        Self {
            zone,
            state,
            stored_kwh,
            battery_kw: 0.0,
            turbine_kw: 0.0,
            started: false,
            peak_import_kw: 0.0,
        }
    }

    /// Dispatches the plant for period `k`. `residual_kw` is demand less renewables from this
    /// period on, `Load` the plug-ins' part of its first value.
    pub fn dispatch(&mut self, k: i64, residual_kw: &[f64], cx: &mut Cx) {
        let env = cx.env;
        if env.plant.battery.is_none() && env.plant.turbine.is_none() {
            return;
        }
        let storage = storage(env);
        let unit = unit(env);
        let n = residual_kw.len().min(env.plant.horizon.max(1) as usize);
        let prices: Vec<f64> = (0..n as i64).map(|j| env.wholesale(k + j).value()).collect();
        let midnight = (env.grid.per_day - 1 - env.grid.of_day(k) as i64) as usize;
        let start_level = storage.nearest_level(env.plant.battery.map_or(0.0, |b| b.start_kwh));
        let pin = [PinnedLevel { period: midnight, level: start_level }];
        let horizon = Horizon {
            step_h: env.grid.hours().value(),
            residual_kw: &residual_kw[..n],
            import_price: &prices,
            import_kw_max: env.plant.import_limit_kw.unwrap_or(f64::INFINITY),
            shortage_price: 100.0,
            curtailment_price: 0.0,
            pinned: if midnight < n && env.plant.policy == PlantPolicy::Dp { &pin } else { &[] },
            priority: Priority::ByPrice,
        };
        let planned = match env.plant.policy {
            PlantPolicy::Dp => match plant::dispatch(&storage, unit.as_ref(), &horizon, self.state)
            {
                Ok(Outcome::Planned(plan)) => Some(*plan.first()),
                Ok(Outcome::Infeasible) | Err(_) => None,
            },
            PlantPolicy::Rule => None,
        };
        let before = self.state.unit_on;
        let (step, stored) = if let Some(step) = planned {
            (step, step.state.level as f64 * storage.level_kwh)
        } else {
            let order = [Source::Storage, Source::Import, Source::Unit];
            plant::dispatch_by_priority(
                &storage,
                unit.as_ref(),
                &horizon,
                order,
                self.state,
                self.stored_kwh,
            )
        };
        (self.state, self.stored_kwh, self.battery_kw, self.turbine_kw, self.started) =
            (step.state, stored, step.storage_kw, step.unit_kw, step.started);
        let detail = match (before, step.state.unit_on) {
            (false, true) => Detail::TurbineStart,
            (true, false) => Detail::TurbineStop,
            _ => Detail::None,
        };
        let fact = Fact::new(
            cx.out.now,
            cx.out.phase,
            FactKind::PlantDispatched,
            Actor::Generation,
            u32::from(self.zone.0),
            self.zone,
        );
        cx.out.fact(
            fact.period(env.grid.start(k))
                .power(self.battery_kw + 0.0)
                .energy(self.stored_kwh)
                .detail(detail),
        );
    }

    /// What battery and turbine take, less what they give \[kW\].
    pub fn plant_kw(&self) -> f64 {
        self.battery_kw - self.turbine_kw
    }

    /// What flows at the connection when so much is needed and so much PV and wind are there; feeding
    /// in is negative \[kW\].
    pub fn exchange_kw(&self, need_kw: f64, available_kw: f64, env: &crate::Environment) -> f64 {
        self.flow(need_kw, available_kw, env).grid
    }

    fn flow(&self, need: f64, available: f64, env: &crate::Environment) -> Flow {
        // A microgrid gives back what its line carries, unpaid (P4 eq. 14-17).
        let given = env
            .group
            .as_ref()
            .map_or(0.0, |g| g.exchange_limit(self.zone))
            .min((available - need).max(0.0));
        let grid = (need - available).max(0.0) - given;
        let curtailed = (available - need).max(0.0) - given;
        let used = if available > 0.0 { 1.0 - curtailed.min(available) / available } else { 1.0 };
        // More than all renewables is left only when the turbine must run: that excess is fed into
        // the grid unpaid.
        let grid = if curtailed > available { available - curtailed } else { grid };
        Flow { grid, curtailed, used }
    }

    /// Settles period `k`: the balance of what flowed, its cost in the ledger, the real price (eq.
    /// 17).
    pub fn settle(&mut self, k: i64, energy: PeriodEnergy, target_kw: f64, cx: &mut Cx) -> Settled {
        let env = cx.env;
        let h = env.grid.hours().value();
        let [load, pv, wind] = env.powers_kw(self.zone.0, k);
        let (charge, discharge) = (energy.charged_kwh / h, energy.discharged_kwh / h);
        let need = load + charge + self.battery_kw - discharge - self.turbine_kw;
        let available = pv + wind;
        let Flow { grid, curtailed, used } = self.flow(need, available, env);
        let emissions = h
            * (grid.max(0.0) * env.plant.grid_kg_per_kwh
                + self.turbine_kw * env.plant.turbine.map_or(0.0, |t| t.emissions_kg_per_kwh));
        self.peak_import_kw = self.peak_import_kw.max(grid);
        let start = env.grid.start(k);
        let balance = BalanceRow {
            zone: self.zone,
            period_start: start,
            load_kw: load,
            pv_available_kw: pv,
            wind_available_kw: wind,
            pv_used_kw: pv * used,
            wind_used_kw: wind * used,
            ev_charge_kw: charge,
            ev_discharge_kw: discharge,
            battery_kw: self.battery_kw,
            turbine_kw: self.turbine_kw,
            diesel_kw: 0.0,
            grid_kw: grid,
            traded_kw: 0.0,
            losses_kw: 0.0,
            curtailed_kw: curtailed.min(available),
            surplus_kw: available - load,
            battery_kwh: self.stored_kwh,
            target_p_kw: if target_kw.is_nan() { 0.0 } else { target_kw },
            target_q_kvar: 0.0,
            allowed_p_kw: if target_kw.is_nan() { 0.0 } else { target_kw },
            delivered_p_kw: load + charge - discharge - available * used,
            emissions_kg: emissions,
        };
        let cost = self.pay(k, grid.max(0.0) * h, cx);
        let served = Kwh((load + charge) * h);
        let share = if served.value() > 0.0 {
            (available * used * h / served.value()).min(1.0)
        } else {
            0.0
        };
        let wholesale = env.wholesale(k);
        let fee = env.retail(k) - wholesale;
        let real = real_price(
            cost,
            served,
            share,
            Price(env.plant.renewable_cny_per_kwh),
            wholesale,
            fee,
            env.retail(k),
        );
        let turbine = if self.turbine_kw > 0.0 {
            env.plant.turbine.map_or(0.0, |t| t.cost_cny_per_kwh)
        } else {
            0.0
        };
        let avoided = turbine.max(if grid > 1e-9 { wholesale.value() } else { 0.0 });
        if cx.out.recording {
            cx.out.rows.balance.push(balance);
            cx.out.rows.prices.push(PriceRow {
                real: real.value(),
                ..PriceRow::of_grid(self.zone, start, cx.out.now, f64::NAN)
            });
        }
        self.started = false;
        Settled {
            balance,
            prices: PeriodPrices { real: real.value(), avoided, walk_in: env.retail(k).value() },
        }
    }

    /// What the period cost the plant; the operator pays the grid, the fuel, the start and the
    /// wear.
    fn pay(&self, k: i64, import_kwh: f64, cx: &mut Cx) -> Cny {
        let env = cx.env;
        let h = env.grid.hours().value();
        let turbine = env.plant.turbine.unwrap_or_default();
        let wear = env.plant.battery.map_or(0.0, |b| b.wear_cny_per_kwh);
        let items = [
            (Account::Grid, Purpose::GridPurchase, import_kwh * env.wholesale(k).value()),
            (Account::Fuel, Purpose::Fuel, self.turbine_kw * h * turbine.cost_cny_per_kwh),
            (Account::Fuel, Purpose::Start, if self.started { turbine.start_cny } else { 0.0 }),
            (Account::Wear, Purpose::Wear, self.battery_kw.abs() * h * wear),
        ];
        let mut total = 0.0;
        for (to, purpose, cny) in items {
            total += cny;
            let row = cx.ledger.transfer(
                cx.out.now,
                cx.out.phase,
                Account::Operator,
                to,
                purpose,
                MicroCny::from_cny(Cny(cny)),
            );
            cx.out.transfer(row.map(|r| LedgerRow { ..r }));
        }
        Cny(total)
    }
}

/// What flows at the connection \[kW\], what is curtailed \[kW\], and the share of PV and wind that
/// is used.
struct Flow {
    grid: f64,
    curtailed: f64,
    used: f64,
}

/// Demand less renewables from period `k` on as the generation agent sees it: the truth of the
/// period at hand, forecasts after it.
pub fn residual_kw(surplus_kw: &[f64], booked_kw: &[f64], now: Load) -> Vec<f64> {
    surplus_kw
        .iter()
        .zip(booked_kw)
        .enumerate()
        .map(
            |(j, (surplus, booked))| {
                if j == 0 { now.charge_kw - now.discharge_kw - surplus } else { booked - surplus }
            },
        )
        .collect()
}

/// Forecast unit cost of the plant by period: what a deficit costs at the cheaper of grid and
/// turbine, over all that is served.
pub fn forecast_unit_cost(
    k: i64,
    surplus_kw: &[f64],
    booked_kw: &[f64],
    load_kw: &[f64],
    env: &crate::Environment,
) -> Vec<f64> {
    let turbine = env.plant.turbine.map_or(f64::INFINITY, |t| t.cost_cny_per_kwh);
    (0..surplus_kw.len())
        .map(|j| {
            let deficit = (booked_kw[j] - surplus_kw[j]).max(0.0);
            let served = load_kw[j] + booked_kw[j].max(0.0);
            let marginal = env.wholesale(k + j as i64).value().min(turbine);
            if served > 1e-9 { (deficit / served).min(1.0) * marginal } else { 0.0 }
        })
        .collect()
}

/// The battery as the dynamic programme sees it; without one, a storage of a single level.
fn storage(env: &crate::Environment) -> Storage {
    let Some(b) = env.plant.battery else {
        return Storage {
            level_kwh: 1.0,
            levels: 1,
            charge_kw_max: 0.0,
            discharge_kw_max: 0.0,
            charge_efficiency: 1.0,
            discharge_efficiency: 1.0,
            charge_price: 0.0,
            discharge_price: 0.0,
            terminal_value: 0.0,
        };
    };
    let levels = env.plant.levels.max(2) as usize;
    Storage {
        level_kwh: b.capacity_kwh / (levels - 1) as f64,
        levels,
        charge_kw_max: b.power_kw,
        discharge_kw_max: b.power_kw,
        charge_efficiency: b.efficiency,
        discharge_efficiency: b.efficiency,
        charge_price: b.wear_cny_per_kwh,
        discharge_price: b.wear_cny_per_kwh,
        terminal_value: env.plant.terminal_cny_per_kwh,
    }
}

fn unit(env: &crate::Environment) -> Option<Unit> {
    env.plant.turbine.map(|t| Unit {
        power_kw_min: t.min_kw,
        power_kw_max: t.power_kw,
        energy_price: t.cost_cny_per_kwh,
        start_cost: t.start_cny,
        min_on: t.min_on as usize,
        min_off: t.min_off as usize,
    })
}
