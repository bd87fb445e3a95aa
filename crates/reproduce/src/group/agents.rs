//! The group through its agents: one run a share of participation and seed.

use super::cases::{Cases, Quantity};
use super::published::{AREAS, SHARES};
use crate::runs::{Variant, run_all};
use crate::{Feature, OverSeeds, ReproduceError, Request, Section, Verdict, figure};
use domain::Scope;
use group::{GroupParams, network_kw, peak_valley_kw};
use study::RunResult;

/// What a run comes to.
struct Figures {
    /// Difference of peak and valley of the net load, area by area, then the network's \[kW\].
    peak_valley_kw: [f64; 4],
    /// Cost of charging, likewise \[CNY\].
    cost_cny: [f64; 4],
    /// Share of the needs that was met.
    need_met: f64,
    /// Sum over stays of the squared error of the state of charge at departure.
    soc_error_squared: f64,
}

/// The runs of all cases with EVs: unordered, then the published shares.
pub struct Agents {
    cases: Vec<Vec<Figures>>,
    no_ev_kw: [f64; 4],
}

/// Runs the group at each share of participation.
pub fn run(params: &GroupParams, request: &Request<'_>) -> Result<Agents, ReproduceError> {
    let group = Variant::of("group", &[]);
    let variants: Vec<Variant> = [0.0]
        .iter()
        .chain(&SHARES)
        .map(|share| group.with(format!("participation.share={share}")))
        .collect();
    let cases = run_all(&variants, &[], request, |_, run| Figures::of(&run))?;
    let base_kw = params.base_kw();
    let mut no_ev_kw = [0.0; 4];
    for (area, kw) in base_kw.chunks(params.horizon.periods).enumerate() {
        no_ev_kw[area] = peak_valley_kw(kw);
    }
    no_ev_kw[3] = peak_valley_kw(&network_kw(&base_kw, params.horizon.periods));
    Ok(Agents { cases, no_ev_kw })
}

impl Figures {
    fn of(run: &RunResult) -> Self {
        let of = |name: &str, scope: Scope, id: u32| {
            let row = run.indicators.iter().find(|r| {
                r.name == name && r.scope == scope && (scope == Scope::Run || r.scope_id == id)
            });
            row.map_or(f64::NAN, |r| r.value)
        };
        let areas = |name: &str| -> [f64; 4] {
            std::array::from_fn(|area| {
                if area < AREAS.len() - 1 {
                    of(name, Scope::Zone, area as u32 + 1)
                } else {
                    of(name, Scope::Run, 0)
                }
            })
        };
        Self {
            peak_valley_kw: areas("net_peak_valley_kw"),
            cost_cny: areas("ev_cost_cny"),
            need_met: of("need_met_share", Scope::Run, 0),
            soc_error_squared: of("soc_error_squared", Scope::Run, 0),
        }
    }
}

impl Agents {
    /// The published cases as the agents' runs have them. Without EVs the net load is the
    /// scenario's own.
    pub fn cases(&self) -> Cases {
        let seeds = self.cases[0].len();
        Cases::of("by the agents of `run group`", |quantity, area, case| match (quantity, case) {
            (Quantity::PeakValley, 0) => OverSeeds::of(vec![self.no_ev_kw[area]; seeds]),
            (Quantity::Cost, 0) => OverSeeds::of(vec![0.0; seeds]),
            (Quantity::PeakValley, n) => {
                OverSeeds::of(self.cases[n - 1].iter().map(|f| f.peak_valley_kw[area]))
            }
            (Quantity::Cost, n) => {
                OverSeeds::of(self.cases[n - 1].iter().map(|f| f.cost_cny[area]))
            }
        })
    }

    /// Whether everybody leaves as full as expected.
    pub fn satisfaction(&self) -> Section {
        let over = |of: fn(&Figures) -> f64| -> Vec<OverSeeds> {
            self.cases.iter().map(|runs| OverSeeds::of(runs.iter().map(of))).collect()
        };
        let met = over(|f| f.need_met);
        let errors = over(|f| f.soc_error_squared);
        let worst = met.iter().map(OverSeeds::mean).fold(f64::INFINITY, f64::min);
        let listed: Vec<String> = met.iter().map(ToString::to_string).collect();
        let errors: Vec<String> = errors.iter().map(|e| figure(e.mean())).collect();
        Section::of_features(
            "Needs, by the agents",
            vec![Feature::new(
                "every need is met at every participation (99.9 %)",
                Verdict::all(met.iter().map(|x| Verdict::above(x, 0.999))),
                format!(
                    "least {}; unordered, 20, 40, 60 %: {}; sum of squared SOC errors {}",
                    figure(worst),
                    listed.join(", "),
                    errors.join(", ")
                ),
            )],
        )
    }
}
