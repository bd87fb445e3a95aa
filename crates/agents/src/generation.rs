//! The generation agent of a zone: battery, gas turbine, wind, PV, grid contract (P3 section 3.2,
//! eq. 23-26).
//!
//! It plans anew each period by the dynamic programme over the forecast residual, carries out the
//! first step, and settles the period with what really flowed: whatever deviates goes to the grid,
//! up to the import limit, to which battery, running turbine, vehicles that sell, charging and load
//! yield in this order.

use crate::aggregator::Cx;
use crate::aggregator::schedule::Load;
use crate::aggregator::settle::{PeriodEnergy, PeriodPrices};
use domain::{
    Actor, BalanceRow, Cny, Detail, Fact, FactKind, Kwh, MicroCny, PlantPolicy, Price, PriceRow,
    Purpose, ZoneId,
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
    /// Energy in the battery above its lowest level at the end of the period at hand \[kWh\].
    stored_kwh: f64,
    /// The same at its beginning \[kWh\].
    before_kwh: f64,
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
            level: storage.nearest_level(stored_kwh - lowest_kwh(cx, &storage)),
            unit_on: false,
            periods_in_mode: min_off,
        };
        Self {
            zone,
            state,
            stored_kwh,
            before_kwh: stored_kwh,
            battery_kw: 0.0,
            turbine_kw: 0.0,
            started: false,
            peak_import_kw: 0.0,
        }
    }

    /// Dispatches the plant for period `k`. `residual_kw` is demand less renewables from this
    /// period on as it is seen, `load` the plug-ins' part of its first value. Returns by how much
    /// the import would be above its limit \[kW\], all of battery and running turbine used.
    pub fn dispatch(&mut self, k: i64, residual_kw: &[f64], load: Load, cx: &mut Cx) -> f64 {
        let env = cx.env;
        let [base, pv, wind] = env.powers_kw(self.zone.0, k);
        let net_kw = base - pv - wind + load.charge_kw - load.discharge_kw;
        if env.plant.battery.is_none() && env.plant.turbine.is_none() {
            return self.hold_import(net_kw, env);
        }
        let before = self.state.unit_on;
        self.plan(k, residual_kw, env);
        let above_kw = self.hold_import(net_kw, env);
        let detail = match (before, self.state.unit_on) {
            (false, true) => Detail::TurbineStart,
            (true, false) => Detail::TurbineStop,
            _ => Detail::None,
        };
        let fact = self
            .fact(FactKind::PlantDispatched, k, cx)
            .power(self.battery_kw + 0.0)
            .energy(self.stored_kwh);
        cx.out.fact(fact.detail(detail));
        above_kw
    }

    fn fact(&self, kind: FactKind, k: i64, cx: &Cx) -> Fact {
        let (now, phase) = (cx.out.now, cx.out.phase);
        let actor = u32::from(self.zone.0);
        Fact::new(now, phase, kind, Actor::Generation, actor, self.zone)
            .period(cx.env.grid.start(k))
    }

    /// Plans anew and takes the first step.
    fn plan(&mut self, k: i64, residual_kw: &[f64], env: &crate::Environment) {
        let storage = storage(env);
        let unit = unit(env);
        let h = env.grid.hours().value();
        let n = residual_kw.len().min(env.plant.horizon.max(1) as usize);
        let prices: Vec<f64> = (0..n as i64).map(|j| env.wholesale(k + j).value()).collect();
        let midnight = (env.grid.per_day - 1 - env.grid.of_day(k) as i64) as usize;
        let start_kwh = env.plant.battery.map_or(0.0, |b| b.start_kwh);
        let lowest_kwh = lowest_kwh(env, &storage);
        let start_level = storage.nearest_level(start_kwh - lowest_kwh);
        let pin = [PinnedLevel { period: midnight, level: start_level }];
        let horizon = Horizon {
            step_h: h,
            residual_kw: &residual_kw[..n],
            import_price: &prices,
            import_kw_max: env.plant.import_limit_kw.unwrap_or(f64::INFINITY),
            shortage_price: SHORTAGE_CNY_PER_KWH,
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
        self.before_kwh = self.stored_kwh;
        let step = if let Some(step) = planned {
            let aimed_kwh = lowest_kwh + step.state.level as f64 * storage.level_kwh;
            self.move_battery(storage.power_between(self.before_kwh, aimed_kwh, h), &storage, env);
            // Levels stay numbers without a rounding error.
            if (self.stored_kwh - aimed_kwh).abs() < 1e-9 {
                self.stored_kwh = aimed_kwh;
            }
            step
        } else {
            let order = [Source::Storage, Source::Import, Source::Unit];
            let keep = storage.on_the_way_to(start_kwh, midnight, h);
            let (step, stored_kwh) = plant::dispatch_by_priority(
                &storage,
                unit.as_ref(),
                &horizon,
                order,
                self.state,
                self.stored_kwh,
                keep,
            );
            (self.battery_kw, self.stored_kwh) = (step.storage_kw, stored_kwh);
            step
        };
        (self.turbine_kw, self.started) = (step.unit_kw, step.started);
        self.state =
            State { level: storage.nearest_level(self.stored_kwh - lowest_kwh), ..step.state };
    }

    fn move_battery(&mut self, battery_kw: f64, storage: &Storage, env: &crate::Environment) {
        self.battery_kw = battery_kw;
        self.stored_kwh =
            self.before_kwh + storage.change_kwh(battery_kw, env.grid.hours().value());
        self.state.level = storage.nearest_level(self.stored_kwh - lowest_kwh(env, storage));
    }

    /// Uses what battery and running turbine have where the import is above its limit. This is done
    /// at the connection, by what is metered; `net_kw` is load and plug-ins less renewables. Returns
    /// what is above the limit still \[kW\].
    fn hold_import(&mut self, net_kw: f64, env: &crate::Environment) -> f64 {
        let Some(limit_kw) = env.plant.import_limit_kw else { return 0.0 };
        let above = |g: &Self| net_kw + g.battery_kw - g.turbine_kw - limit_kw;
        if above(self) <= 0.0 {
            return 0.0;
        }
        if env.plant.battery.is_some() {
            let (storage, h) = (storage(env), env.grid.hours().value());
            let deepest_kw = -storage
                .discharge_kw_max
                .min(self.before_kwh.max(0.0) * storage.discharge_efficiency / h);
            let wanted_kw = self.battery_kw - above(self);
            self.move_battery(wanted_kw.max(deepest_kw).min(self.battery_kw), &storage, env);
        }
        if let Some(turbine) = env.plant.turbine
            && self.state.unit_on
        {
            let wanted_kw = self.turbine_kw + above(self).max(0.0);
            self.turbine_kw = wanted_kw.min(turbine.power_kw).max(self.turbine_kw);
        }
        above(self).max(0.0)
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
            .group()
            .map_or(0.0, |g| g.exchange_limit(self.zone))
            .min((available - need).max(0.0));
        let grid = (need - available).max(0.0) - given;
        let curtailed = (available - need).max(0.0) - given;
        let used = if available > 0.0 { 1.0 - curtailed.min(available) / available } else { 1.0 };
        // More than all renewables is left only when the turbine must run: that excess is fed into
        // the grid unpaid.
        let grid = if curtailed > available { available - curtailed } else { grid };
        let limit = env.plant.import_limit_kw.unwrap_or(f64::INFINITY);
        Flow { grid: grid.min(limit), curtailed, used, unserved: (grid - limit).max(0.0) }
    }

    /// Settles period `k`: the balance of what flowed, its cost in the ledger, the real price (eq.
    /// 17).
    pub fn settle(&mut self, k: i64, energy: PeriodEnergy, target_kw: f64, cx: &mut Cx) -> Settled {
        let env = cx.env;
        let h = env.grid.hours().value();
        let [load, pv, wind] = env.powers_kw(self.zone.0, k);
        let (charge, discharge) = (energy.charged_kwh / h, energy.discharged_kwh / h);
        let available = pv + wind;
        // Vehicles may have left since, or given less than was expected.
        self.hold_import(load + charge - discharge - available, env);
        let need = load + charge + self.battery_kw - discharge - self.turbine_kw;
        let Flow { grid, curtailed, used, unserved } = self.flow(need, available, env);
        if unserved > 0.0 {
            let fact =
                self.fact(FactKind::LoadUnserved, k, cx).power(unserved).energy(unserved * h);
            cx.out.fact(fact);
        }
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
            unserved_kw: unserved,
            losses_kw: 0.0,
            curtailed_kw: curtailed.min(available),
            surplus_kw: available - load,
            battery_kwh: self.stored_kwh,
            target_p_kw: if target_kw.is_nan() { 0.0 } else { target_kw },
            target_q_kvar: 0.0,
            allowed_p_kw: 0.0,
            delivered_p_kw: load + charge - discharge - available * used - unserved,
            emissions_kg: emissions,
        };
        let cost = self.pay(k, grid.max(0.0) * h, cx);
        let served = Kwh((load + charge - unserved).max(0.0) * h);
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
            cx.pay(Account::Operator, to, purpose, MicroCny::from_cny(Cny(cny)));
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
    /// What the import limit leaves without energy \[kW\].
    unserved: f64,
}

/// Demand less renewables from period `k` on as the generation agent sees it: the nowcast of the
/// period at hand with what is plugged in, forecasts with what is booked after it.
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

/// Price of a kWh of load that is not served in the plant's programme: dearer than any source.
const SHORTAGE_CNY_PER_KWH: f64 = 100.0;

/// Levels that a period of full charging must cover at least, so that a weak battery moves, too.
const LEVELS_A_PERIOD: f64 = 2.0;
/// Most levels that follow from that.
const LEVELS_MAX: usize = 10_001;

/// Levels that power and period ask for.
fn levels_of(b: &domain::StationaryBattery, period_h: f64) -> usize {
    let period_kwh = b.power_kw * period_h * b.efficiency;
    if period_kwh <= 0.0 {
        return 2;
    }
    ((LEVELS_A_PERIOD * b.capacity_kwh / period_kwh).ceil() as usize + 1).min(LEVELS_MAX)
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
    let wanted = (env.plant.levels.max(2) as usize).max(levels_of(&b, env.grid.hours().value()));
    let level_kwh = b.capacity_kwh / (wanted - 1) as f64;
    // The energy of the start is a level, so that the day can end with it.
    let below = whole(b.start_kwh / level_kwh);
    let above = whole((b.capacity_kwh - b.start_kwh) / level_kwh);
    Storage {
        level_kwh,
        levels: below + 1 + above,
        charge_kw_max: b.power_kw,
        discharge_kw_max: b.power_kw,
        charge_efficiency: b.efficiency,
        discharge_efficiency: b.efficiency,
        charge_price: b.wear_cny_per_kwh,
        discharge_price: b.wear_cny_per_kwh,
        terminal_value: env.plant.terminal_cny_per_kwh,
    }
}

/// Whole levels in so many, whatever the last bit says.
fn whole(levels: f64) -> usize {
    (levels + 1e-9).floor().max(0.0) as usize
}

/// Energy of level 0 \[kWh\]: what is left below the levels that hold the energy of the start.
fn lowest_kwh(env: &crate::Environment, storage: &Storage) -> f64 {
    let start_kwh = env.plant.battery.map_or(0.0, |b| b.start_kwh);
    let rest = start_kwh - whole(start_kwh / storage.level_kwh) as f64 * storage.level_kwh;
    rest.max(0.0)
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
