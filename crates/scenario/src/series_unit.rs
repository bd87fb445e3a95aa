//! Days of a series that a functional mock-up unit gives: which ones, in which unit.

use crate::scenario::{Scenario, days_needed, days_taken};
use crate::series::{SeriesSpec, unit_word};
use crate::series_data::{Refusal, resample};
use crate::series_file::{Taken, bad, factor};
use mockup::{Ask, Quantity, sample};
use std::path::Path;
use tables::{Unit, unit_of_name};

/// Steps a unit over the days that a scenario takes, and those before them. `installed`: what a
/// share of 1 is (kW).
pub(crate) fn taken(
    s: &Scenario,
    spec: &SeriesSpec,
    path: &Path,
    output: &str,
    installed: f64,
) -> Result<Taken, Refusal> {
    let step_min = spec.step_min.unwrap_or(1440 / s.periods_per_day);
    let per_day = (1440 / step_min) as usize;
    let days = days_taken(spec.repeat, s) as usize;
    let skipped = days_needed(spec, s) as usize - days;
    let ask = Ask {
        output,
        step_s: f64::from(step_min) * 60.0,
        skipped: skipped * per_day,
        kept: days * per_day,
    };
    let sampled = sample(path, &ask).map_err(|e| bad(e.to_string(), e.help.clone()))?;
    let named = named(&sampled.quantity, spec, output)?;
    let step_s = i64::from(step_min) * 60;
    let (factor, unit) = factor(s, spec, named, step_s, installed)?;
    refuse_negative(spec, &sampled.values, step_min, skipped)?;
    let note = format!(
        "output `{output}` of {} in {}, stepped by {step_min} min from {} on",
        path.display(),
        unit_word(unit),
        if skipped == 0 {
            "midnight".to_owned()
        } else {
            format!("midnight {skipped} days before")
        }
    );
    Ok(Taken {
        days: resample(&sampled.values, per_day, s.periods_per_day as usize),
        factor,
        warnings: Vec::new(),
        notes: vec![note],
    })
}

/// The unit that the description tells, or the end of the output's name, and how.
fn named(
    quantity: &Quantity,
    spec: &SeriesSpec,
    output: &str,
) -> Result<Option<(Unit, String)>, Refusal> {
    let told = |unit| {
        let how = "the unit's own description says what its numbers are: leave `unit` out";
        Ok(Some((unit, how.to_owned())))
    };
    match quantity {
        Quantity::Unsaid => Ok(unit_of_name(output).map(|unit| {
            (unit, format!("the name of output `{output}` ends as {}", unit_word(unit)))
        })),
        Quantity::Watt => told(Unit::Watt),
        Quantity::Celsius => told(Unit::Celsius),
        // A plain number is what the scenario says that it is.
        Quantity::Share if spec.unit.is_some() => Ok(None),
        Quantity::Share => told(Unit::Share),
        Quantity::PerKilowattHour => told(Unit::PerKilowattHour),
        Quantity::PerMegawattHour => told(Unit::PerMegawattHour),
        Quantity::Other(name) if spec.unit.is_none() => Err(bad(
            format!("output `{output}` is in {name}, which no series is in"),
            "say with `unit` what the numbers are, or give another output",
        )),
        Quantity::Other(_) => Ok(None),
    }
}

/// Load, PV and wind are not negative.
fn refuse_negative(
    spec: &SeriesSpec,
    values: &[f64],
    step_min: u32,
    skipped_days: usize,
) -> Result<(), Refusal> {
    if matches!(spec.name, "temperature" | "grid_price") {
        return Ok(());
    }
    match values.iter().position(|x| *x < 0.0) {
        None => Ok(()),
        Some(row) => {
            let at_h = skipped_days as f64 * 24.0 + row as f64 * f64::from(step_min) / 60.0;
            let message = format!("the unit gives {} at {at_h} h of its time", values[row]);
            Err(bad(message, "load, PV and wind are not negative"))
        }
    }
}
