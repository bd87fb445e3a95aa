//! The study's figures beside the published ones.

use super::{Estimate, FleetOutcome, MethodProbe, probe, study_fleet};
use crate::published::{PUBLISHED_COST_CNY, PUBLISHED_PEAK_VALLEY_KW, PUBLISHED_SHARES};
use crate::{GroupError, GroupParams};
use serde::{Deserialize, Serialize};

/// The five published cases.
pub const CASE_NAMES: [&str; 5] = ["no EV", "unordered", "20 %", "40 %", "60 %"];

/// Relative difference from a published figure that counts as reached.
const REACH: f64 = 0.15;

/// How large a study is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyPlan {
    /// Fleets drawn, at least 12 for the published comparison.
    pub fleets: usize,
    /// Points of the exact front by which NSGA-II is judged.
    pub exact_points: usize,
}

impl Default for StudyPlan {
    /// 12 fleets, 101 points.
    fn default() -> Self {
        Self { fleets: 12, exact_points: 101 }
    }
}

/// A figure of an area in a case beside the published one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Area, or "network".
    pub area: String,
    /// Case, one of [`CASE_NAMES`].
    pub case: String,
    /// What is measured: `peak_valley_kw` or `cost_cny`.
    pub quantity: String,
    /// Mean over the fleets.
    pub ours: Estimate,
    /// The published value.
    pub published: f64,
    /// Whether the mean lies within 15 % of it.
    pub reached: bool,
}

/// One ordering that the paper claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCheck {
    /// The claim, with area and cases.
    pub claim: String,
    /// Mean of the larger less the smaller value, paired fleet by fleet.
    pub difference: Estimate,
    /// Whether the means are in the claimed order.
    pub holds: bool,
    /// Whether the confidence interval of the difference excludes 0.
    pub significant: bool,
}

/// Everything that the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupStudy {
    /// Fleets drawn.
    pub fleets: usize,
    /// Tables 2 and 3 beside ours.
    pub figures: Vec<Figure>,
    /// Orderings, one by one.
    pub checks: Vec<OrderCheck>,
    /// Energy charged in a day \[kWh\].
    pub energy_kwh: Estimate,
    /// Mean state of charge on arrival (published: [`crate::PUBLISHED_MEAN_SOC`]).
    pub start_soc: Estimate,
    /// Mean state of charge at departure in each case but the first.
    pub end_soc: Vec<Estimate>,
    /// Largest violation of any limit in any plan \[kW or kWh\]; 0 up to rounding.
    pub violation: f64,
    /// The paper's methods beside the exact ones.
    pub methods: Option<MethodProbe>,
}

/// Plans all fleets and compares the methods on one more. `numbers(i)` gives the uniform numbers of
/// fleet i, from 0; the methods are compared on fleet 0 with the numbers of fleet `plan.fleets`
/// feeding their searches. `seconds` is the caller's stopwatch.
///
/// # Errors
/// Parameters that mean nothing.
pub fn study<U: FnMut() -> f64>(
    params: &GroupParams,
    plan: StudyPlan,
    mut numbers: impl FnMut(usize) -> U,
    seconds: &mut impl FnMut() -> f64,
) -> Result<GroupStudy, GroupError> {
    let outcomes = (0..plan.fleets)
        .map(|fleet| study_fleet(params, &PUBLISHED_SHARES, &mut numbers(fleet)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut found = summarise(params, &outcomes);
    found.methods = Some(probe(params, plan.exact_points, &mut numbers(0), seconds)?);
    Ok(found)
}

/// Puts fleets, planned at the published shares, beside the published figures. Areas beyond the
/// published three have none.
pub fn summarise(params: &GroupParams, outcomes: &[FleetOutcome]) -> GroupStudy {
    let estimate = |of: &dyn Fn(&FleetOutcome) -> f64| {
        Estimate::of(&outcomes.iter().map(of).collect::<Vec<_>>())
    };
    let cases = outcomes.first().map_or(0, |outcome| outcome.cases.len());
    let end_soc = (1..cases)
        .map(|case| estimate(&|outcome: &FleetOutcome| outcome.cases[case].end_soc))
        .collect();
    let violation = outcomes
        .iter()
        .flat_map(|outcome| &outcome.cases)
        .map(|case| case.violation)
        .fold(0.0, f64::max);
    GroupStudy {
        fleets: outcomes.len(),
        figures: if params.areas() == 3 { figures(params, outcomes) } else { Vec::new() },
        checks: checks(params, outcomes),
        energy_kwh: estimate(&|outcome: &FleetOutcome| outcome.energy_kwh),
        start_soc: estimate(&|outcome: &FleetOutcome| outcome.start_soc),
        end_soc,
        violation,
        methods: None,
    }
}

fn area_names(params: &GroupParams) -> Vec<String> {
    params
        .microgrids
        .iter()
        .map(|grid| grid.name.clone())
        .chain(std::iter::once("network".to_owned()))
        .collect()
}

fn peak_valley(outcome: &FleetOutcome, case: usize, area: usize) -> f64 {
    outcome.cases[case].peak_valley_kw[area]
}

fn cost(outcome: &FleetOutcome, case: usize, area: usize) -> f64 {
    outcome.cases[case].cost_cny[area]
}

type Quantity = (&'static str, fn(&FleetOutcome, usize, usize) -> f64);
const QUANTITIES: [Quantity; 2] = [("peak_valley_kw", peak_valley), ("cost_cny", cost)];

fn figures(params: &GroupParams, outcomes: &[FleetOutcome]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for ((quantity, value), published) in
        QUANTITIES.into_iter().zip([PUBLISHED_PEAK_VALLEY_KW, PUBLISHED_COST_CNY])
    {
        for (area, name) in area_names(params).into_iter().enumerate() {
            for (case, case_name) in CASE_NAMES.into_iter().enumerate() {
                if quantity == "cost_cny" && case == 0 {
                    continue; // nothing is charged
                }
                let ours = Estimate::of(
                    &outcomes.iter().map(|outcome| value(outcome, case, area)).collect::<Vec<_>>(),
                );
                let published = published[area][case];
                figures.push(Figure {
                    area: name.clone(),
                    case: case_name.to_owned(),
                    quantity: quantity.to_owned(),
                    ours,
                    published,
                    reached: (ours.mean - published).abs() <= REACH * published,
                });
            }
        }
    }
    figures
}

/// Unordered charging is worst, and more participation is better, in every area.
fn checks(params: &GroupParams, outcomes: &[FleetOutcome]) -> Vec<OrderCheck> {
    // (quantity, larger case, smaller case)
    let mut pairs = vec![(0, 1, 0)];
    for quantity in 0..QUANTITIES.len() {
        pairs.extend((1..CASE_NAMES.len() - 1).map(|case| (quantity, case, case + 1)));
    }
    let mut checks = Vec::new();
    for (area, name) in area_names(params).into_iter().enumerate() {
        for &(quantity, larger, smaller) in &pairs {
            let (quantity, value) = QUANTITIES[quantity];
            let gaps: Vec<f64> = outcomes
                .iter()
                .map(|outcome| value(outcome, larger, area) - value(outcome, smaller, area))
                .collect();
            let difference = Estimate::of(&gaps);
            checks.push(OrderCheck {
                claim: format!(
                    "{name}: {quantity} of {} above {}",
                    CASE_NAMES[larger], CASE_NAMES[smaller]
                ),
                difference,
                holds: difference.mean > 0.0,
                significant: difference.mean > difference.half_width,
            });
        }
    }
    checks
}
