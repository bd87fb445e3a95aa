//! Sobol' indices and Morris measures of every indicator of the run.

use super::contrasts::at_point;
use super::figures::{Figure, Figures};
use crate::Plan;
use crate::design::Design;
use crate::stats::{Bootstrap, morris_measures, regression, sobol_indices, summary};
use domain::Scope;

/// One measure of one factor (or pair of factors) for one indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityRow {
    /// The indicator.
    pub figure: Figure,
    /// The factor.
    pub factor: String,
    /// The second factor of a second-order index.
    pub factor_b: Option<String>,
    /// `first_order`, `total`, `second_order` of Sobol'; `mu`, `mu_star`, `sigma` of Morris; `prcc`,
    /// `prcc_p`, `src`, `r_squared` of a Latin hypercube.
    pub measure: &'static str,
    /// The measure.
    pub value: f64,
    /// Half-width of its confidence interval; NaN where none is made.
    pub half_width: f64,
    /// Base rows or trajectories that count.
    pub n: u64,
}

/// All measures; none unless the design is a sampled one. A point's output is the mean
/// over its replications.
pub(crate) fn sensitivities(
    plan: &Plan,
    figures: &Figures,
    replications: u32,
) -> Vec<SensitivityRow> {
    let mut rows = Vec::new();
    for (figure, values) in figures.iter().filter(|(f, _)| f.scope == Scope::Run) {
        let mean = |point: u32| summary(&at_point(plan, values, point, replications), 0.95).mean;
        let outputs: Vec<f64> = (0..plan.points.len() as u32).map(mean).collect();
        match &plan.study.design {
            Design::Sobol { second_order, .. } => {
                sobol(plan, figure, &outputs, *second_order, &mut rows);
            }
            Design::Morris { .. } => morris(plan, figure, &outputs, &mut rows),
            Design::LatinHypercube { .. } => associations(plan, figure, &outputs, &mut rows),
            _ => {}
        }
    }
    rows
}

fn bootstrap(plan: &Plan) -> Bootstrap {
    let output = &plan.study.output;
    Bootstrap { resamples: output.resamples, confidence: output.confidence, seed: 0 }
}

fn sobol(
    plan: &Plan,
    figure: &Figure,
    outputs: &[f64],
    second_order: bool,
    rows: &mut Vec<SensitivityRow>,
) {
    let factors = &plan.study.factors;
    let indices = sobol_indices(outputs, factors.len(), second_order, bootstrap(plan));
    let n = indices.n as u64;
    for (measure, list) in [("first_order", &indices.first), ("total", &indices.total)] {
        rows.extend(factors.iter().zip(list).map(|(f, index)| SensitivityRow {
            figure: figure.clone(),
            factor: f.name.clone(),
            factor_b: None,
            measure,
            value: index.value,
            half_width: index.half_width,
            n,
        }));
    }
    rows.extend(indices.second.iter().map(|(j, k, index)| SensitivityRow {
        figure: figure.clone(),
        factor: factors[*j].name.clone(),
        factor_b: Some(factors[*k].name.clone()),
        measure: "second_order",
        value: index.value,
        half_width: index.half_width,
        n,
    }));
}

/// Standardised regression coefficients and partial rank correlations of factors that are numbers.
fn associations(plan: &Plan, figure: &Figure, outputs: &[f64], rows: &mut Vec<SensitivityRow>) {
    let factors = &plan.study.factors;
    let numbers: Vec<usize> = (0..factors.len())
        .filter(|&k| plan.points.iter().all(|p| p.settings[k].number().is_some()))
        .collect();
    let coordinates: Vec<Vec<f64>> = plan
        .points
        .iter()
        .map(|p| numbers.iter().filter_map(|&k| p.settings[k].number()).collect())
        .collect();
    let Some(r) = regression(&coordinates, outputs, plan.study.output.confidence) else { return };
    let row = |factor: &str, measure, value, half_width| SensitivityRow {
        figure: figure.clone(),
        factor: factor.to_owned(),
        factor_b: None,
        measure,
        value,
        half_width,
        n: r.n as u64,
    };
    for (&k, a) in numbers.iter().zip(&r.factors) {
        let name = &factors[k].name;
        rows.push(row(name, "prcc", a.rank_correlation, a.rank_half_width));
        rows.push(row(name, "prcc_p", a.p, f64::NAN));
        rows.push(row(name, "src", a.coefficient, a.coefficient_half_width));
    }
    rows.push(row("all factors", "r_squared", r.r_squared, f64::NAN));
}

fn morris(plan: &Plan, figure: &Figure, outputs: &[f64], rows: &mut Vec<SensitivityRow>) {
    let factors = &plan.study.factors;
    let Some(unit) = plan.study.design.unit(factors.len()) else { return };
    for (factor, m) in factors.iter().zip(morris_measures(&unit, outputs, bootstrap(plan))) {
        let half = m.mu_star_half_width;
        for (measure, value, half_width) in
            [("mu", m.mu, f64::NAN), ("mu_star", m.mu_star, half), ("sigma", m.sigma, f64::NAN)]
        {
            let (figure, factor) = (figure.clone(), factor.name.clone());
            rows.push(SensitivityRow {
                figure,
                factor,
                factor_b: None,
                measure,
                value,
                half_width,
                n: m.n as u64,
            });
        }
    }
}
