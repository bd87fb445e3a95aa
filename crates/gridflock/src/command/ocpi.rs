//! `gridflock export ocpi`, `gridflock import ocpi`: the market in the words of charge point
//! operators.

use super::export::{beside, failure, tell};
use crate::cli::{ExportOcpiArgs, Global, ImportOcpiArgs};
use crate::output::{note, say};
use exchange::{OcpiExport, ScenarioTerms, Source, read_terms, write_ocpi, write_ocpi_terms};
use gridflock::{Code, Failure};
use record::names;
use scenario::Scenario;
use std::path::{Path, PathBuf};

/// Writes what a run left, or the terms of a scenario.
pub fn export(args: &ExportOcpiArgs, global: &Global) -> Result<(), Failure> {
    let directory = Path::new(&args.source);
    if directory.join(record::MANIFEST).is_file() {
        return of_run(args, directory, global);
    }
    if args.run.is_some() {
        let message = format!(
            "--run {}: {} is no directory of a run or study",
            args.run.unwrap_or(0),
            args.source
        );
        return Err(Failure::new(Code::Usage, message));
    }
    tracing::info!("reading {}", args.source);
    let loaded = Scenario::load(&args.source, &[])?;
    let s = &loaded.scenario;
    let offer = ScenarioTerms::of(s);
    if offer.terms.bookable != Some(true) && offer.terms.energy.is_none() {
        let help = "OCPI can say booking terms and prices by the hour; a run of it can be exported";
        let message = format!("{} offers no bookings and no prices by the hour", args.source);
        return Err(Failure::with_help(Code::Scenario, message, help));
    }
    let to = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.ocpi", s.name)));
    let export = write_ocpi_terms(&s.name, s.start.unix_us, args.ocpi_version, &offer, &to);
    told(&to, &export.map_err(failure)?, global);
    Ok(())
}

fn of_run(args: &ExportOcpiArgs, directory: &Path, global: &Global) -> Result<(), Failure> {
    let source = Source::open(directory).map_err(failure)?;
    let resolved = directory.join(names::RESOLVED);
    tracing::info!("reading {}", resolved.display());
    let offer = ScenarioTerms::of(&Scenario::load(&resolved.display().to_string(), &[])?.scenario);
    let to = beside(directory, args.output.as_deref(), "ocpi");
    let export = write_ocpi(&source, args.run, args.ocpi_version, &offer, &to).map_err(failure)?;
    if source.manifest.kind == "study" {
        note!("note: booking terms are those of the study's scenario, without its factors");
    }
    told(&to, &export, global);
    Ok(())
}

fn told(to: &Path, export: &OcpiExport, global: &Global) {
    for what in &export.lost {
        note!("not kept: {what}");
    }
    tell(to, &export.written, global);
}

/// Writes an operator's terms as keys of a scenario.
pub fn import(args: &ImportOcpiArgs, global: &Global) -> Result<(), Failure> {
    if args.output.exists() && !args.overwrite {
        let message =
            format!("{} exists already; give another -o, or --overwrite", args.output.display());
        return Err(Failure::new(Code::Failed, message));
    }
    let read = args.files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
    tracing::info!("reading {read}");
    let invalid = |e: exchange::ExchangeError| match e {
        exchange::ExchangeError::Asked(message) => Failure::new(Code::Usage, message),
        other => Failure::new(Code::Scenario, other.to_string()),
    };
    let imported = read_terms(&args.files, args.tariff.as_deref()).map_err(invalid)?;
    let text = imported.toml();
    record::write_atomically(&args.output, text.as_bytes()).map_err(|e| {
        Failure::new(Code::Failed, format!("cannot write {}: {e}", args.output.display()))
    })?;
    for what in &imported.lost {
        note!("not kept: {what}");
    }
    if global.json {
        let value = serde_json::json!({
            "file": args.output, "keys": imported.sets(), "not_kept": imported.lost,
        });
        say!("{value}");
    } else {
        say!("{}", text.trim_end());
        say!();
        say!("{}", args.output.display());
        note!("use it: copy the keys into a scenario, in the place of its own");
    }
    Ok(())
}
