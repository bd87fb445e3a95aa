//! Published tables beside ours, as a page: what was claimed, what came of it, and by how much.

use crate::ReportError;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::figures::number;
use crate::page;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::path::Path;

/// Published tables beside ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Whose tables.
    pub title: String,
    /// What was run.
    pub head: String,
    /// Tables and claims, in the order of the publication.
    pub sections: Vec<SheetSection>,
    /// What cannot be reached, and why.
    pub notes: Vec<String>,
}

/// One table or figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetSection {
    /// Which one, and how it is read.
    pub title: String,
    /// Heads of the columns, that of the rows' names first.
    pub head: Vec<String>,
    /// Rows: a name, then one cell a column.
    pub rows: Vec<(String, Vec<SheetCell>)>,
    /// A text beside the table.
    pub text: String,
    /// What the publication shows, and whether ours does.
    pub claims: Vec<SheetClaim>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// A published figure.
    Published(f64),
    /// Ours: lower end of the interval, mean, upper end.
    Ours([f64; 3]),
    /// Ours beside the published one.
    Both([f64; 3], f64),
    /// Words.
    Text(String),
}

/// A published claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetClaim {
    /// `reached`, `open` or `not reached`.
    pub mark: String,
    /// What the publication shows.
    pub claim: String,
    /// Our figures.
    pub ours: String,
}

/// Writes a sheet as one HTML file.
///
/// # Errors
/// If the file cannot be written, or the library that draws refuses.
pub fn write_sheet(sheet: &Sheet, path: &Path) -> Result<(), ReportError> {
    Ok(record::write_atomically(path, html(sheet)?.as_bytes())?)
}

fn html(sheet: &Sheet) -> Result<String, ReportError> {
    let claims = || sheet.sections.iter().flat_map(|s| &s.claims);
    let count = |mark: &str| claims().filter(|c| c.mark == mark).count();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page::head(&sheet.title))
            body {
                header {
                    h1 { (sheet.title) }
                    p.asked { (sheet.head) }
                    dl.headline {
                        @for mark in ["reached", "not reached", "open"] {
                            div { dt { (count(mark)) } dd { "claims " (mark) } }
                        }
                    }
                    p { small { "A claim is reached where the whole 95 % interval over seeds shows it, \
                        not reached where no part of it does, open in between." } }
                    nav aria-label="Tables" { ul {
                        @for (k, s) in sheet.sections.iter().enumerate() {
                            li { a href={ "#section-" (k) } { (s.title) } }
                        }
                    } }
                }
                main {
                    @for (k, s) in sheet.sections.iter().enumerate() { (section(k, s)?) }
                    @if !sheet.notes.is_empty() {
                        h2 { "Out of reach, and by how much" }
                        ul { @for note in &sheet.notes { li { (note) } } }
                    }
                }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    Ok(page.into_string())
}

fn section(k: usize, s: &SheetSection) -> Result<Markup, ReportError> {
    let charts = charts(s);
    Ok(html! {
        section id={ "section-" (k) } {
            h2 { (s.title) }
            @if !s.rows.is_empty() {
                div.scroll { table {
                    thead { tr { @for (i, h) in s.head.iter().enumerate() {
                        th.n[i > 0] { (h) }
                    } } }
                    tbody { @for (name, cells) in &s.rows {
                        tr { th scope="row" { (name) } @for c in cells { (cell(c)) } }
                    } }
                } }
            }
            @if !s.text.is_empty() { pre { (s.text) } }
            @if !s.claims.is_empty() {
                ul.claims { @for c in &s.claims {
                    li data-mark=(c.mark) { strong { (c.mark) } " " (c.claim) ": " (c.ours) }
                } }
            }
            @for (i, chart) in charts.iter().enumerate() {
                (page::figure(chart, &format!("figure-{k}-{i}"))?)
            }
        }
    })
}

/// Ours with the half-width of its interval.
fn ours([low, mean, high]: [f64; 3]) -> String {
    let half = (high - low) / 2.0;
    if half > 1e-9 * mean.abs() {
        format!("{} \u{b1}{}", number(mean), number(half))
    } else {
        number(mean)
    }
}

fn cell(cell: &SheetCell) -> Markup {
    match cell {
        SheetCell::Empty => html! { td {} },
        SheetCell::Published(x) => html! { td.n data-published=(x) { (number(*x)) } },
        SheetCell::Ours(x) => html! { td.n data-value=(x[1]) { (ours(*x)) } },
        SheetCell::Both(x, p) => html! {
            td.n data-value=(x[1]) data-published=(p) { (ours(*x)) " (" (number(*p)) ")" }
        },
        SheetCell::Text(text) => html! { td { (text) } },
    }
}

/// The pictures of a table: sweeps as lines, single figures beside the published ones.
fn charts(s: &SheetSection) -> Vec<Chart> {
    if s.rows.iter().flat_map(|r| &r.1).any(|c| matches!(c, SheetCell::Both(..))) {
        return vec![side_by_side(s)];
    }
    let steps: Option<Vec<f64>> = s.rows.iter().map(|(name, _)| name.trim().parse().ok()).collect();
    match steps {
        Some(x) if x.len() >= 3 => {
            (1..s.head.len()).filter_map(|column| sweep(s, &x, column)).collect()
        }
        _ => s.rows.iter().filter_map(|(name, cells)| row(s, name, cells)).collect(),
    }
}

/// One column over the steps of a sweep.
fn sweep(s: &SheetSection, x: &[f64], column: usize) -> Option<Chart> {
    let cell = |row: usize| s.rows[row].1.get(column - 1);
    let line = |end: usize| -> Vec<[f64; 2]> {
        let at = |row| if let Some(SheetCell::Ours(v)) = cell(row) { v[end] } else { f64::NAN };
        (0..x.len()).map(|row| [x[row], at(row)]).collect()
    };
    let published = (0..x.len()).filter_map(|row| match cell(row) {
        Some(SheetCell::Published(v)) => Some([x[row], *v]),
        _ => None,
    });
    let published: Vec<[f64; 2]> = published.collect();
    let mean = line(1);
    if mean.iter().filter(|p| p[1].is_finite()).count() < 2 {
        return None;
    }
    let mut marks = vec![
        Mark::new("95 % interval", Colour::Wind, Shape::Line(line(0))),
        Mark::new("", Colour::Wind, Shape::Line(line(2))),
        Mark::new("ours, mean", Colour::Alarm, Shape::Line(mean)),
    ];
    if !published.is_empty() {
        marks.push(Mark::new("published", Colour::Ink, Shape::Dots(published)));
    }
    let what = s.head[column].replace('\n', " ");
    Some(chart(
        format!("{}: {what}", short(&s.title)),
        Axis::numbers(s.head[0].as_str()),
        Axis::numbers(what),
        marks,
        240,
    ))
}

/// One row: its published figures and ours.
fn row(s: &SheetSection, name: &str, cells: &[SheetCell]) -> Option<Chart> {
    let published = |c: &SheetCell| matches!(c, SheetCell::Published(_));
    let own = |c: &SheetCell| matches!(c, SheetCell::Ours(v) if v[1].is_finite());
    if !cells.iter().any(published) || !cells.iter().any(own) {
        return None;
    }
    let shown: Vec<(&String, &SheetCell)> =
        s.head[1..].iter().zip(cells).filter(|(_, c)| published(c) || own(c)).rev().collect();
    let (mut dots, mut intervals) = (Vec::new(), Vec::new());
    for (y, (_, c)) in shown.iter().enumerate() {
        match c {
            SheetCell::Published(x) => dots.push([*x, y as f64]),
            SheetCell::Ours(x) => intervals.push((known(*x), y as f64)),
            _ => {}
        }
    }
    let names = shown.iter().map(|(h, _)| h.replace('\n', " ")).collect();
    Some(beside(
        format!("{}: {}", short(&s.title), name.trim()),
        name.trim(),
        names,
        dots,
        intervals,
    ))
}

/// A whole table of one quantity: published figures and ours.
fn side_by_side(s: &SheetSection) -> Chart {
    let (mut names, mut dots, mut intervals) = (Vec::new(), Vec::new(), Vec::new());
    for (name, cells) in s.rows.iter().rev() {
        for (head, c) in s.head[1..].iter().zip(cells).rev() {
            if let SheetCell::Both(x, p) = c {
                let y = names.len() as f64;
                dots.push([*p, y]);
                intervals.push((known(*x), y));
                names.push(format!("{name}, {}", head.replace('\n', " ")));
            }
        }
    }
    beside(s.title.clone(), "", names, dots, intervals)
}

/// The first words of a section's title: `Table 2`.
fn short(title: &str) -> &str {
    title.split_once(". ").map_or(title, |(first, _)| first)
}

/// An interval whose ends are known; a single seed has none.
fn known([low, mean, high]: [f64; 3]) -> [f64; 3] {
    if low.is_finite() && high.is_finite() { [low, mean, high] } else { [mean; 3] }
}

fn beside(
    title: String,
    label: &str,
    names: Vec<String>,
    dots: Vec<[f64; 2]>,
    intervals: Vec<([f64; 3], f64)>,
) -> Chart {
    let height = 100 + 26 * names.len().max(3) as u32;
    let marks = vec![
        Mark::new(
            "ours, with the 95 % interval over seeds",
            Colour::Alarm,
            Shape::Intervals(intervals),
        ),
        Mark::new("published", Colour::Ink, Shape::Dots(dots)),
    ];
    chart(title, Axis::numbers(label), Axis::Names { label: String::new(), names }, marks, height)
}

fn chart(title: String, x: Axis, y: Axis, marks: Vec<Mark>, height: u32) -> Chart {
    let note = "Figures are in the table above.".to_owned();
    Chart { name: "sheet", title, note, x, y, marks, sql: String::new(), height }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(rows: &[(&str, Vec<SheetCell>)]) -> SheetSection {
        SheetSection {
            title: "Table 2".to_owned(),
            head: vec!["figure".to_owned(), "paper".to_owned(), "ours".to_owned()],
            rows: rows.iter().map(|(n, c)| ((*n).to_owned(), c.clone())).collect(),
            ..SheetSection::default()
        }
    }

    #[test]
    fn each_row_with_a_published_figure_is_drawn_and_stands_on_the_page() {
        use SheetCell::{Empty, Ours, Published};
        let s = section(&[
            ("cost", vec![Published(28501.0), Ours([26000.0, 26626.0, 27252.0])]),
            ("of it plant", vec![Empty, Ours([1.0, 2.0, 3.0])]),
        ]);
        assert_eq!(charts(&s).len(), 1);
        let sheet = Sheet { sections: vec![s], ..Sheet::default() };
        let page = html(&sheet).expect("drawn");
        assert!(page.contains("data-published=\"28501\"") && page.contains("data-value=\"26626\""));
        assert!(page.contains("id=\"figure-0-0\""));
    }

    #[test]
    fn a_sweep_is_drawn_column_by_column_and_a_table_of_both_at_once() {
        let ours = |x: f64| SheetCell::Ours([x - 1.0, x, x + 1.0]);
        let rows: Vec<_> =
            ["0", "0.5", "1"].iter().map(|n| (*n, vec![ours(1.0), ours(2.0)])).collect();
        assert_eq!(charts(&section(&rows)).len(), 2);
        let both = SheetCell::Both([1.0, 2.0, 3.0], 2.5);
        assert_eq!(charts(&section(&[("a", vec![both.clone(), both])])).len(), 1);
    }
}
