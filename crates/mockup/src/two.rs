//! Units of FMI 2.0.

use crate::error::UnitError;
use crate::quantity::quantity;
use crate::sample::{
    Ask, Found, Said, Sampled, Stepper, check_library, collect, no_output, not_begun, not_made,
    of_description,
};
use fmi_rs::fmi2::log::Logger;
use fmi_rs::fmi2::types::fmi2Status;
use fmi_rs::fmi2::{CS, FMU2, PLATFORM};
use fmi_rs::model_description::fmi2::{
    Causality, ModelDescription, ScalarVariable, Variability, VariableType,
};
use std::path::Path;
use std::sync::Arc;

struct Unit(Arc<FMU2<CS>>);

impl Logger for Said {
    fn log_call(&self, _: fmi2Status, _: &str) {}

    fn log_message(&self, _: fmi2Status, _: &str, message: &str) {
        self.hear(message);
    }
}

/// Whether a call went well.
fn well(call: &str, status: fmi2Status) -> Result<(), String> {
    match status {
        fmi2Status::Ok | fmi2Status::Warning => Ok(()),
        other => Err(format!("{call} ends with {other:?}")),
    }
}

impl Stepper for Unit {
    fn value(&self, number: u32) -> Result<f64, String> {
        let mut values = [0.0];
        well("fmi2GetReal", self.0.getReal(&[number], &mut values))?;
        Ok(values[0])
    }

    fn step(&self, from_s: f64, length_s: f64) -> Result<(), String> {
        well("fmi2DoStep", self.0.doStep(from_s, length_s, 1))
    }
}

/// Steps a unit whose files lie in a folder.
pub fn sample(path: &Path, folder: &Path, ask: &Ask<'_>) -> Result<Sampled, UnitError> {
    let wrong = |message: String, help: &str| UnitError::new(path, message, help);
    let description = ModelDescription::from_path(&folder.join("modelDescription.xml"))
        .map_err(|e| wrong(of_description(&e), "export the unit anew; see what its tool says"))?;
    let found = find(path, &description, ask.output)?;
    let Some(cs) = &description.coSimulation else {
        let help = "export it for co-simulation, with its solver";
        return Err(wrong("it is for model exchange alone".to_owned(), help));
    };
    check_library(path, folder, PLATFORM, &cs.modelIdentifier)?;
    let said = Arc::new(Said::default());
    let unit = FMU2::<CS>::new(
        folder,
        &cs.modelIdentifier,
        "series",
        &description.guid,
        false,
        false,
        false,
        said.clone(),
        !cs.canNotUseMemoryManagementFunctions,
    )
    .map(Unit)
    .map_err(|e| not_made(path, &e, &said))?;
    let stop_s = (ask.skipped + ask.kept) as f64 * ask.step_s;
    let begun = well("fmi2SetupExperiment", unit.0.setupExperiment(None, 0.0, Some(stop_s)))
        .and_then(|()| well("fmi2EnterInitializationMode", unit.0.enterInitializationMode()))
        .and_then(|()| well("fmi2ExitInitializationMode", unit.0.exitInitializationMode()));
    begun.map_err(|why| not_begun(path, &why, &said))?;
    let sampled = collect(path, &unit, found, ask, &said);
    unit.0.terminate();
    sampled
}

fn find(path: &Path, d: &ModelDescription, wanted: &str) -> Result<Found, UnitError> {
    let real = |v: &&ScalarVariable| matches!(v.variableType, VariableType::Real { .. });
    let output = |v: &&ScalarVariable| v.causality == Causality::Output;
    let Some(variable) = d.modelVariables.iter().filter(output).find(|v| v.name == wanted) else {
        let outputs = d.modelVariables.iter().filter(output).filter(real);
        return Err(no_output(path, wanted, &outputs.map(|v| v.name.as_str()).collect::<Vec<_>>()));
    };
    if !real(&variable) {
        let message = format!("`{wanted}` is of type {}", variable.variableType.name());
        return Err(UnitError::new(path, message, "a series needs a real output"));
    }
    let (quantity, conversion) = quantity(d.get_unit(variable), &d.unitDefintions);
    let discrete = variable.variability != Variability::Continuous;
    Ok(Found { number: variable.valueReference, discrete, quantity, conversion })
}
