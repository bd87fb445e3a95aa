//! Units of FMI 3.0.

use crate::error::UnitError;
use crate::quantity::quantity;
use crate::sample::{
    Ask, Found, Said, Sampled, Stepper, check_library, collect, no_output, not_begun, not_made,
    of_description,
};
use fmi_rs::fmi3::log::Logger;
use fmi_rs::fmi3::native::{NativeLibrary, PLATFORM_TUPLE};
use fmi_rs::fmi3::types::fmi3Status;
use fmi_rs::fmi3::{FMU3, Implementation};
use fmi_rs::model_description::fmi3::{
    Causality, ModelDescription, ModelVariable, Variability, VariableType,
};
use std::path::Path;
use std::sync::Arc;

struct Unit(Arc<FMU3>);

impl Logger for Said {
    fn log_call(&self, _: fmi3Status, _: &str) {}

    fn log_message(&self, _: fmi3Status, _: &str, message: &str) {
        self.hear(message);
    }
}

/// Whether a call went well.
fn well(call: &str, status: fmi3Status) -> Result<(), String> {
    match status {
        fmi3Status::Ok | fmi3Status::Warning => Ok(()),
        other => Err(format!("{call} ends with {other:?}")),
    }
}

impl Stepper for Unit {
    fn value(&self, number: u32) -> Result<f64, String> {
        let mut values = [0.0];
        well("fmi3GetFloat64", self.0.getFloat64(&[number], &mut values))?;
        Ok(values[0])
    }

    fn step(&self, from_s: f64, length_s: f64) -> Result<(), String> {
        let (mut event, mut terminate, mut early, mut reached) = (false, false, false, 0.0);
        let status = self.0.doStep(
            from_s,
            length_s,
            true,
            &mut event,
            &mut terminate,
            &mut early,
            &mut reached,
        );
        well("fmi3DoStep", status)?;
        if terminate { Err("the unit ends the simulation".to_owned()) } else { Ok(()) }
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
        return Err(wrong("it is not for co-simulation".to_owned(), help));
    };
    check_library(path, folder, PLATFORM_TUPLE, &cs.modelIdentifier)?;
    let said = Arc::new(Said::default());
    let name = format!("{}{}", cs.modelIdentifier, std::env::consts::DLL_SUFFIX);
    let library = folder.join("binaries").join(PLATFORM_TUPLE).join(name);
    let resources = folder.join("resources");
    let unit = NativeLibrary::load(library)
        .and_then(|library| {
            let implementation: Box<dyn Implementation> = Box::new(library);
            FMU3::instantiateCoSimulation(
                implementation,
                resources.is_dir().then_some(resources.as_path()),
                "series",
                &description.instantiationToken,
                false,
                false,
                false,
                false,
                said.clone(),
                false,
                None,
            )
        })
        .map(Unit)
        .map_err(|e| not_made(path, &e, &said))?;
    let stop_s = (ask.skipped + ask.kept) as f64 * ask.step_s;
    let begun = well(
        "fmi3EnterInitializationMode",
        unit.0.enterInitializationMode(None, 0.0, Some(stop_s)),
    )
    .and_then(|()| well("fmi3ExitInitializationMode", unit.0.exitInitializationMode()));
    begun.map_err(|why| not_begun(path, &why, &said))?;
    let sampled = collect(path, &unit, found, ask, &said);
    unit.0.terminate();
    sampled
}

fn find(path: &Path, d: &ModelDescription, wanted: &str) -> Result<Found, UnitError> {
    let scalar = |v: &&ModelVariable| {
        matches!(v.variableType, VariableType::Float64 { .. }) && v.dimensions.is_empty()
    };
    let output = |v: &&ModelVariable| v.causality == Causality::Output;
    let Some(variable) = d.modelVariables.iter().filter(output).find(|v| v.name == wanted) else {
        let outputs = d.modelVariables.iter().filter(output).filter(scalar);
        return Err(no_output(path, wanted, &outputs.map(|v| v.name.as_str()).collect::<Vec<_>>()));
    };
    if !scalar(&variable) {
        let list = if variable.dimensions.is_empty() { "" } else { "a list of " };
        let message = format!("`{wanted}` is {list}{}", variable.variableType.name());
        return Err(UnitError::new(path, message, "a series needs a single Float64 output"));
    }
    let (quantity, conversion) = quantity(d.get_unit(variable), &d.unitDefinitions);
    let discrete = variable.variability != Variability::Continuous;
    Ok(Found { number: variable.valueReference, discrete, quantity, conversion })
}
