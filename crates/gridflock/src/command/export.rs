//! `gridflock export`: a run or study in other people's formats.

use super::table;
use crate::cli::{ExportAction, ExportDatasetArgs, ExportOcelArgs, Global};
use crate::output::say;
use domain::FactKind;
use exchange::{DatasetOptions, ExchangeError, OcelFilter, Source, Written};
use gridflock::{Code, Failure};
use std::path::{Path, PathBuf};

/// Does it.
pub fn export(what: &ExportAction, global: &Global) -> Result<(), Failure> {
    match what {
        ExportAction::Network(args) => super::export_network::run(args, global),
        ExportAction::Ocel(args) => ocel(args, global),
        ExportAction::Dataset(args) => dataset(args, global),
        ExportAction::Ocpi(args) => super::ocpi::export(args, global),
    }
}

fn ocel(args: &ExportOcelArgs, global: &Global) -> Result<(), Failure> {
    if let Some(unknown) = args.kind.iter().find(|k| FactKind::from_word(k).is_none()) {
        let message = format!("there is no kind of fact `{unknown}`");
        let known: Vec<&str> = FactKind::ALL.iter().map(|k| k.word()).collect();
        let help = format!("one of {}", known.join(", "));
        return Err(Failure::with_help(Code::Usage, message, help));
    }
    let source = Source::open(&args.dir).map_err(failure)?;
    let to = beside(&args.dir, args.output.as_deref(), "ocel");
    let filter = OcelFilter { run: args.run, kinds: args.kind.clone(), zone: args.zone };
    let written = exchange::write_ocel(&source, &filter, &to).map_err(failure)?;
    tell(&to, &written, global);
    Ok(())
}

fn dataset(args: &ExportDatasetArgs, global: &Global) -> Result<(), Failure> {
    let source = Source::open(&args.dir).map_err(failure)?;
    let to = beside(&args.dir, args.output.as_deref(), "dataset");
    let options = DatasetOptions {
        format: args.format,
        wide: args.wide,
        partition: args.partition,
        licence: args.licence.clone(),
        author: args.author.clone(),
    };
    let written = exchange::write_dataset(&source, &options, &to).map_err(failure)?;
    tell(&to, &written, global);
    Ok(())
}

/// Where an export goes: as asked, or beside what it is made from.
pub fn beside(directory: &Path, output: Option<&Path>, ending: &str) -> PathBuf {
    output.map_or_else(
        || {
            let name = directory
                .file_name()
                .map_or_else(|| "export".to_owned(), |name| name.to_string_lossy().into_owned());
            directory.with_file_name(format!("{name}.{ending}"))
        },
        Path::to_owned,
    )
}

/// Lists what was written.
pub fn tell(to: &Path, written: &[Written], global: &Global) {
    if global.json {
        let files = written.iter().map(|w| serde_json::json!({ "file": w.file, "rows": w.rows }));
        let files: Vec<_> = files.collect();
        say!("{}", serde_json::json!({ "directory": to, "files": files }));
        return;
    }
    let mut listed = table(&["file", "rows"], &[1]);
    for w in written {
        listed.add_row([w.file.clone(), w.rows.to_string()]);
    }
    say!("{listed}\n{}", to.display());
}

/// An export that failed, with its exit code.
pub fn failure(error: ExchangeError) -> Failure {
    let message = error.to_string();
    match error {
        ExchangeError::Exists(_) => Failure::with_help(
            Code::Failed,
            message,
            "choose another directory by -o, or remove it",
        ),
        ExchangeError::Asked(_) => Failure::new(Code::Usage, message),
        _ => Failure::new(Code::Failed, message),
    }
}
