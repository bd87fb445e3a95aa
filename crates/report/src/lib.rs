//! What to look at: charts and pages over the tables of a run or study.
//!
//! - [`Source`]: a directory of a run or study. - [`charts`]: what can be drawn of it.
//! - [`Chart`]: a picture as plain data; [`draw`] writes one as SVG or PNG.
//! - [`write_report`]: one HTML file that needs nothing else.
//! - [`Sheet`] of [`SheetSection`]s, [`SheetCell`]s and [`SheetClaim`]s: published tables beside
//!   ours; [`write_sheet`] makes a page of it.
//! - [`ReportError`]: what can go wrong.
//!
//! Everything shown is read from the tables, so a report can be made of any directory at any time,
//! and each chart carries the SQL that gives its figures.

pub mod chart;
mod error;
mod figures;
mod page;
mod run;
mod sheet;
mod source;
mod study;

pub use chart::Chart;
pub use error::ReportError;
pub use sheet::{Sheet, SheetCell, SheetClaim, SheetSection, write_sheet};
pub use source::Source;

use std::path::Path;

/// The charts that the tables of a directory can fill, in the order of a report.
///
/// # Errors
/// If a table is damaged.
pub fn charts(source: &Source) -> Result<Vec<Chart>, ReportError> {
    if source.is_study() {
        return study::charts(source, &study::Findings::read(source)?);
    }
    run::charts(source, &figures::Figures::read(source)?)
}

/// Writes a chart as a picture; the path's ending says which kind.
///
/// # Errors
/// If the ending is neither `.svg` nor `.png`, or the file cannot be written.
pub fn draw(chart: &Chart, path: &Path) -> Result<(), ReportError> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("svg") => {
            let picture = chart::titled_svg(chart)?;
            Ok(record::write_atomically(path, picture.as_bytes())?)
        }
        Some("png") => chart::png(chart, path),
        _ => Err(ReportError::NoPicture(path.display().to_string())),
    }
}

/// Writes the report of a directory as one HTML file.
///
/// # Errors
/// If a table is damaged or the file cannot be written.
pub fn write_report(source: &Source, path: &Path) -> Result<(), ReportError> {
    let (figures, findings, charts);
    if source.is_study() {
        (figures, findings) = (figures::Figures::default(), study::Findings::read(source)?);
        charts = study::charts(source, &findings)?;
    } else {
        (figures, findings) = (figures::Figures::read(source)?, study::Findings::default());
        charts = run::charts(source, &figures)?;
    }
    let page = page::Page { source, figures: &figures, findings: &findings, charts: &charts };
    Ok(record::write_atomically(path, page.html()?.as_bytes())?)
}
