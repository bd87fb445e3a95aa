//! What cannot be reached on this park, whatever the market does, with the figures of these runs.

use super::Runs;
use super::figures_7::Sweep;
use crate::OverSeeds;

/// One reason a line.
pub fn reasons(before: &Runs, after: &Runs, v2g: &Sweep, price: &Sweep) -> Vec<String> {
    let share = |runs: &Runs, of: &str, all: &str| {
        runs.of(of).with(&runs.of(all), |part, whole| part / whole)
    };
    let between = |sweep: &Sweep, name: &str, from: f64, to: f64| -> OverSeeds {
        let all = sweep.of(name);
        all[sweep.at(to)].less(&all[sweep.at(from)])
    };
    let per_kwh = |factor: f64| price.runs[price.at(factor)].ev_cost_per_kwh();
    vec![
        format!(
            "abandonment 0.43 of all wind and PV: the surplus itself is {} of what is available, and before {} of that is abandoned",
            share(before, "surplus_kwh", "renewable_kwh"),
            before.of("abandonment_rate")
        ),
        format!(
            "tracking 0.66 over all periods: {} here, since of the surplus EVs take {} and the battery {}; the rest comes when vehicles are away or full",
            after.of("tracking_rate_all_periods"),
            after.of("surplus_ev_share"),
            after.of("surplus_battery_share")
        ),
        format!(
            "purchase that falls with V2G (7a): from none to all, discharging grows by {} kWh, purchase changes by {} kWh and the turbine by {} kWh",
            between(v2g, "v2g_kwh", 0.0, 1.0),
            between(v2g, "import_kwh", 0.0, 1.0),
            between(v2g, "turbine_kwh", 0.0, 1.0)
        ),
        format!(
            "EV cost that falls at high grid prices (7b): a kWh charged costs {} CNY at x1.8 and {} at x2.5, since prepayments follow the capped tariff upwards",
            per_kwh(1.8),
            per_kwh(2.5)
        ),
    ]
}
