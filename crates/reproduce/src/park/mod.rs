//! The industrial park of P3: Table 2, Figures 7a and 7b.

mod figures_7;
mod out_of_reach;
mod table_2;

use crate::runs::{Indicators, Variant, of_run, over_seeds, run_all};
use crate::{OverSeeds, ReproduceError, Reproduction, Request, foresight};

/// "Before": everybody charges on arrival at full power at the retail tariff; battery, then grid.
fn before() -> Variant {
    let sets = [
        "booking.enabled=false",
        "discharge.enabled=false",
        "tickets.enabled=false",
        "fleet.v2g_share=0",
        "schedule.policy=uncontrolled",
        "plant.policy=rule",
        "access.piles=318",
    ];
    Variant::of("park", &sets)
}

/// As before, with the plant dispatched by dynamic programming.
fn on_arrival_dp() -> Variant {
    Variant {
        sets: before().sets.into_iter().filter(|s| !s.starts_with("plant.policy")).collect(),
        ..before()
    }
}

/// "After": the reservation market with the published floor price.
fn after() -> Variant {
    Variant::of("park", &["pricing.floor=1.10"])
}

fn after_per_stay() -> Variant {
    after().with("access.mode=per_stay").with("access.piles=318")
}

/// Runs everything.
pub fn reproduce(request: &Request<'_>) -> Result<Reproduction, ReproduceError> {
    let table = [
        before(),
        on_arrival_dp(),
        after(),
        after_per_stay(),
        after().with("fleet.v2g_share=1"),
        after_per_stay().with("fleet.v2g_share=1"),
    ];
    let v2g = figures_7::v2g(&after_per_stay());
    let price = figures_7::grid_price(&after_per_stay());
    let variants: Vec<Variant> =
        table.iter().chain(&v2g.variants).chain(&price.variants).cloned().collect();
    let known = foresight::words(&*after().prepare()?);
    let mut all = run_all(&variants, &[], request, |_, run| of_run(run))?.into_iter().map(Runs);
    let table: Vec<Runs> = all.by_ref().take(table.len()).collect();
    let v2g = v2g.with_runs(&mut all);
    let price = price.with_runs(&mut all);
    let [before, dp, booking, stay, booking_100, stay_100] = &table[..] else {
        unreachable!("six variants give six results");
    };
    let columns = [before, dp, booking, stay, booking_100, stay_100];
    Ok(Reproduction {
        head: format!(
            "Industrial park (P3): one day after a day of warm-up, {known}; seeds 1 to {}, mean ± half of the 95 % interval",
            request.seeds
        ),
        seeds: request.seeds,
        sections: vec![table_2::section(columns), v2g.section_7a(), price.section_7b()],
        out_of_reach: out_of_reach::reasons(before, booking, &v2g, &price),
    })
}

/// The runs of a variant.
struct Runs(Vec<Indicators>);

impl Runs {
    /// An indicator over the seeds, by the name of output/README.md.
    fn of(&self, name: &str) -> OverSeeds {
        over_seeds(&self.0, name)
    }

    /// EV cost less what owners are paid for discharging \[CNY\].
    fn ev_cost_less_v2g(&self) -> OverSeeds {
        self.of("ev_cost_cny").less(&self.of("v2g_payment_cny"))
    }

    /// EV cost of a kWh charged \[CNY/kWh\]: comparable where needs are not met alike.
    fn ev_cost_per_kwh(&self) -> OverSeeds {
        self.of("ev_cost_cny").with(&self.of("ev_energy_kwh"), |cost, energy| cost / energy)
    }
}
