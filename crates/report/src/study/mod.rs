//! The charts of a study or comparison.

mod convergence;
mod effects;
mod estimates;
mod names;
mod pairs;
mod sampled;
mod sensitivity;

pub(crate) use effects::Effect;
pub(crate) use estimates::Estimate;
pub(crate) use names::difference;
pub(crate) use sampled::factors;

use crate::chart::Chart;
use crate::{ReportError, Source};

/// What a study found: its effects and its points' means.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// The outcome that the study was made for, if it names one.
    pub primary: Option<String>,
    /// Paired differences of whole runs.
    pub effects: Vec<Effect>,
    /// Means by point of the design.
    pub estimates: Vec<Estimate>,
}

impl Findings {
    /// Reads them.
    pub fn read(source: &Source) -> Result<Self, ReportError> {
        let primary = source.primary();
        Ok(Self { primary, effects: effects::read(source)?, estimates: estimates::read(source)? })
    }

    /// Whether an indicator is the outcome that the study was made for.
    pub fn is_primary(&self, name: &str) -> bool {
        self.primary.as_deref() == Some(name)
    }

    /// Whether points are a sample: it is estimated as a whole, and none of them has a name.
    pub fn is_sampled(&self) -> bool {
        self.estimates.iter().any(|e| e.point.is_none())
    }

    /// The effects that answer: of the primary outcome first (the clearest of each baseline), then
    /// the clearest of other indicators.
    pub fn leading(&self, most: usize) -> Vec<&Effect> {
        let mut own: Vec<&Effect> =
            self.effects.iter().filter(|e| self.is_primary(&e.name)).collect();
        own.sort_by(|a, b| b.clearness().total_cmp(&a.clearness()));
        let mut seen = Vec::new();
        own.retain(|e| {
            let key = (e.contrast.as_str(), e.baseline.0);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        let others = self.clearest(most).into_iter().filter(|e| !self.is_primary(&e.name));
        own.into_iter().chain(others).take(most).collect()
    }

    /// Means over all points of a sample, or at the only point; the primary outcome's first.
    pub fn overall(&self, most: usize) -> Vec<&Estimate> {
        let of_all = self.estimates.iter().filter(|e| e.point.is_none()).collect::<Vec<_>>();
        let shown = if of_all.is_empty() { self.estimates.iter().collect() } else { of_all };
        let first = shown.first().map(|e| e.point);
        let mut shown: Vec<&Estimate> =
            shown.into_iter().filter(|e| Some(e.point) == first && e.mean[1].is_finite()).collect();
        shown.sort_by_key(|e| !self.is_primary(&e.name));
        shown.truncate(most);
        shown
    }

    /// The indicators whose effects are clearest: those with the largest ratio of the difference to
    /// its half-width, one contrast each. What is zero on one side (tickets where there are none)
    /// comes last: it differs by construction.
    pub fn clearest(&self, most: usize) -> Vec<&Effect> {
        let mut order: Vec<&Effect> = self.effects.iter().filter(|e| e.clearness() > 0.0).collect();
        let given = |e: &Effect| e.mean_baseline == 0.0 || e.mean_level == 0.0;
        order.sort_by(|a, b| given(a).cmp(&given(b)).then(b.clearness().total_cmp(&a.clearness())));
        let mut seen = Vec::new();
        order.retain(|e| {
            let new = !seen.contains(&e.name);
            seen.push(e.name.clone());
            new
        });
        order.truncate(most);
        order
    }
}

/// All charts that the tables of a study can fill.
pub(crate) fn charts(source: &Source, found: &Findings) -> Result<Vec<Chart>, ReportError> {
    let mut charts = vec![effects::primary(found), effects::forest(found)];
    let sampled = sensitivity::indicator(source, found.primary.as_deref())?;
    let sampled = sampled.or_else(|| shown(found, 1).pop());
    if let Some(name) = &sampled {
        charts.extend(sensitivity::bars(source, name)?);
        charts.extend(sampled::charts(source, name)?);
    }
    // What a sample was drawn for comes first; elsewhere it explains what is seen before.
    let explains = if found.is_sampled() { Vec::new() } else { charts.split_off(2) };
    charts.extend(estimates::levels(found, &shown(found, 3)));
    charts.push(pairs::dots(source, found)?);
    charts.extend(convergence::charts(source, found)?);
    charts.push(effects::tornado(found));
    charts.extend(explains);
    charts.retain(|c| !c.is_empty());
    Ok(charts)
}

/// The indicators that are looked at: the primary outcome, then those that differ most clearly, or
/// the first ones where nothing is compared.
fn shown(found: &Findings, most: usize) -> Vec<String> {
    let mut names: Vec<String> = found.primary.iter().cloned().collect();
    let overall = if found.effects.is_empty() { found.overall(most) } else { Vec::new() };
    let others = found.clearest(most).into_iter().map(|e| &e.name);
    for name in others.chain(overall.into_iter().map(|e| &e.name)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.truncate(most);
    names
}
