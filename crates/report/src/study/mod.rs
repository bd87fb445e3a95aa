//! The charts of a study or comparison.

mod convergence;
mod effects;
mod estimates;
mod pairs;
mod sampled;
mod sensitivity;

pub(crate) use effects::Effect;
pub(crate) use estimates::Estimate;
pub(crate) use sampled::factors;

use crate::chart::Chart;
use crate::{ReportError, Source};

/// What a study found: its effects and its points' means.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Paired differences of whole runs.
    pub effects: Vec<Effect>,
    /// Means by point of the design.
    pub estimates: Vec<Estimate>,
}

impl Findings {
    /// Reads them.
    pub fn read(source: &Source) -> Result<Self, ReportError> {
        Ok(Self { effects: effects::read(source)?, estimates: estimates::read(source)? })
    }

    /// Means of the first indicators over all points of a sample, or at the only point.
    pub fn overall(&self, most: usize) -> Vec<&Estimate> {
        let of_all = self.estimates.iter().filter(|e| e.point.is_none()).collect::<Vec<_>>();
        let shown = if of_all.is_empty() { self.estimates.iter().collect() } else { of_all };
        let first = shown.first().map(|e| e.point);
        let mut shown: Vec<&Estimate> =
            shown.into_iter().filter(|e| Some(e.point) == first && e.mean[1].is_finite()).collect();
        shown.truncate(most);
        shown
    }

    /// The indicators whose effects are clearest: those with the largest ratio of the difference to
    /// its half-width, one contrast each.
    pub fn clearest(&self, most: usize) -> Vec<&Effect> {
        let mut order: Vec<&Effect> = self.effects.iter().filter(|e| e.clearness() > 0.0).collect();
        order.sort_by(|a, b| b.clearness().total_cmp(&a.clearness()));
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
    let names = found.clearest(3).into_iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    let mut charts = vec![effects::forest(found)];
    charts.extend(estimates::levels(found, &names));
    charts.push(pairs::dots(source, found)?);
    charts.push(convergence::convergence(source, found)?);
    charts.push(effects::tornado(found));
    charts.extend(sensitivity::bars(source)?);
    let named = sensitivity::indicator(source)?;
    let named = named.as_deref().or(names.first().map(String::as_str));
    let first = found.estimates.first().map(|e| e.name.as_str());
    charts.extend(sampled::charts(source, named.or(first))?);
    charts.retain(|c| !c.is_empty());
    Ok(charts)
}
