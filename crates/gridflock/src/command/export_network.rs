//! `gridflock export network`: the feeder of a run or scenario in another tool's format.

use crate::cli::{ExportNetworkArgs, Global, NetworkFormat};
use crate::output::{note, say};
use gridflock::{Code, Failure};
use network::{ExportFormat, export};
use record::names;
use scenario::{Model, Scenario};
use std::path::{Path, PathBuf};

/// Writes the network.
pub fn run(args: &ExportNetworkArgs, global: &Global) -> Result<(), Failure> {
    let resolved = Path::new(&args.source).join(names::RESOLVED);
    let source =
        if resolved.is_file() { resolved.display().to_string() } else { args.source.clone() };
    tracing::info!("reading {source}");
    let loaded = Scenario::load(&source, &[])?;
    let Model::Feeder(rules) = &loaded.scenario.model else {
        let message = format!("{} is no feeder: it has no network", args.source);
        return Err(Failure::new(Code::Scenario, message));
    };
    let read = rules
        .network
        .load(&loaded.scenario.folder)
        .map_err(|problems| Failure::new(Code::Scenario, problems.join("\n")))?;
    let format = match args.format {
        NetworkFormat::Pandapower => ExportFormat::Pandapower,
        NetworkFormat::Matpower => ExportFormat::Matpower,
    };
    let name = &loaded.scenario.name;
    let written = export(&read.feeder, name, format).map_err(|e| Failure::new(Code::Failed, e))?;
    // A MATPOWER case is a function: its file has its name.
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{plain}_network.{}", format.extension())));
    if path.exists() && !args.overwrite {
        let message = format!("{} exists already; give another -o, or --overwrite", path.display());
        return Err(Failure::new(Code::Failed, message));
    }
    record::write_atomically(&path, written.text.as_bytes())
        .map_err(|e| Failure::new(Code::Failed, format!("cannot write {}: {e}", path.display())))?;
    written.lost.iter().for_each(|lost| note!("note: {lost}"));
    if global.json {
        say!(
            "{}",
            serde_json::json!({ "file": path, "buses": read.feeder.buses().len(), "lost": written.lost })
        );
    } else {
        say!("{}", path.display());
    }
    Ok(())
}
