//! `gridflock report` and `gridflock plot`: pictures of what lies in a directory.

use super::table;
use crate::cli::{Global, PlotArgs, ReportArgs};
use crate::output::say;
use gridflock::{Code, Failure};
use report::{ReportError, Source};
use std::path::{Path, PathBuf};

/// The report's name in its directory.
pub const REPORT: &str = "report.html";

/// Writes the report of a run or study.
pub fn report(args: &ReportArgs, global: &Global) -> Result<(), Failure> {
    let path = write(&args.dir, args.output.as_deref())?;
    if global.json {
        say!("{}", serde_json::json!({ "report": path }));
    } else {
        say!("{}", path.display());
    }
    if args.open {
        open(&path)?;
    }
    Ok(())
}

/// Writes the report of a directory, into it unless told otherwise; says where.
pub fn write(directory: &Path, output: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = output.map_or_else(|| directory.join(REPORT), Path::to_owned);
    let source = Source::open(directory).map_err(|e| failure(&e))?;
    report::write_report(&source, &path).map_err(|e| failure(&e))?;
    Ok(path)
}

/// Lists the pictures of a directory, or draws one.
pub fn plot(args: &PlotArgs, global: &Global) -> Result<(), Failure> {
    let source = Source::open(&args.dir).map_err(|e| failure(&e))?;
    let charts = report::charts(&source).map_err(|e| failure(&e))?;
    let Some(name) = &args.name else {
        if global.json {
            let rows = charts
                .iter()
                .map(|c| serde_json::json!({ "name": c.name, "title": c.title, "sql": c.sql }));
            say!("{}", rows.collect::<serde_json::Value>());
            return Ok(());
        }
        let mut listed = table(&["picture", "what is seen"], &[]);
        for c in &charts {
            listed.add_row([c.name, &c.title]);
        }
        say!("{listed}");
        return Ok(());
    };
    let chart = charts.iter().find(|c| c.name == name).ok_or_else(|| {
        let known = charts.iter().map(|c| c.name.to_owned()).collect();
        failure(&ReportError::NoChart { name: name.clone(), known })
    })?;
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.svg")));
    report::draw(chart, &path).map_err(|e| failure(&e))?;
    if global.json {
        say!("{}", serde_json::json!({ "picture": path, "sql": chart.sql }));
    } else {
        say!("{}", path.display());
    }
    Ok(())
}

/// Shows a file in the browser that the desktop has.
fn open(path: &Path) -> Result<(), Failure> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let shown = std::process::Command::new(opener).arg(path).status();
    if shown.is_ok_and(|s| s.success()) {
        return Ok(());
    }
    let message = format!("`{opener}` did not open {}", path.display());
    Err(Failure::with_help(Code::Failed, message, "open the file in a browser by hand"))
}

/// Why there is no page or picture.
pub fn failure(error: &ReportError) -> Failure {
    let code = match error {
        ReportError::NoChart { .. } | ReportError::NoPicture(_) => Code::Usage,
        _ => Code::Failed,
    };
    Failure::new(code, error.to_string())
}
