//! The page: one HTML file without a request to anywhere.

use crate::chart::{self, Axis, Chart, Mark, Ribbon, Shape};
use crate::figures::{Figures, number, shown};
use crate::study::Findings;
use crate::{ReportError, Source};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeSet;

/// At most so many rows of a chart's figures stand behind it; the SQL gives all.
const MOST_ROWS: usize = 200;

/// What stands on the page.
pub(crate) struct Page<'a> {
    /// Where it comes from.
    pub source: &'a Source,
    /// The run's figures.
    pub figures: &'a Figures,
    /// The study's findings.
    pub findings: &'a Findings,
    /// The pictures.
    pub charts: &'a [Chart],
}

impl Page<'_> {
    /// The whole page.
    pub fn html(&self) -> Result<String, ReportError> {
        let m = &self.source.manifest;
        let title = format!("{}, {} of gridflock", m.scenario, m.kind);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                (head(&title))
                body {
                    header {
                        h1 { (m.scenario) }
                        (self.asked())
                        (self.headline())
                        nav aria-label="Charts" {
                            ul { @for c in self.charts { li { a href={ "#" (c.name) } { (c.title) } } } }
                        }
                    }
                    main {
                        h2 { "Pictures" }
                        @for c in self.charts { (figure(c, c.name)?) }
                        @if self.source.is_study() { (self.held_and_drawn()?) }
                        h2 { "Tables" }
                        (self.tables())
                    }
                    footer {
                        p { "gridflock " (m.software.version) ", scenario hash " code { (m.scenario_hash) } "." }
                    }
                    script { (PreEscaped(include_str!("page.js"))) }
                }
            }
        };
        Ok(page.into_string())
    }

    /// What was asked, in a sentence or two.
    fn asked(&self) -> Markup {
        let m = &self.source.manifest;
        let seed = m.seeds.get("main").copied().unwrap_or_default();
        let described = self.source.description();
        html! {
            p.asked {
                @if !described.is_empty() {
                    (described)
                    @if !described.ends_with(['.', '?', '!']) { "." }
                    " "
                }
                "A " (m.kind) " with seed " (seed) ", " (m.status.to_string()) "."
                @if let Some(error) = &m.error { " " strong { (error) } }
            }
        }
    }

    /// The figures that answer, in words and with their uncertainty.
    fn headline(&self) -> Markup {
        if self.source.is_study() {
            return self.effects();
        }
        html! {
            dl.headline {
                @for (f, words) in self.figures.headline(&self.source.model()) {
                    div {
                        dt data-figure=(f.name) data-value=(f.value) { (shown(&f.name, f.value, &f.unit)) }
                        dd { (words) small { code { (f.name) } } }
                    }
                }
            }
            p { small { "One run is one draw of people, weather and delays: how much these figures \
                would differ in others, " code { "gridflock compare" } " and " code { "gridflock study" } " tell." } }
        }
    }

    fn effects(&self) -> Markup {
        let asked = self.findings.effects.iter().any(|e| self.findings.is_primary(&e.name));
        html! {
            @if !self.findings.effects.is_empty() && !asked {
                p { small { "No primary outcome is named: these are the differences that stand out \
                    most against their intervals, of all indicators." } }
            }
            dl.headline {
                // Where nothing is compared, what the runs have in common answers.
                @if self.findings.effects.is_empty() {
                    @for e in self.findings.overall(5) {
                        div {
                            dt data-figure=(e.name) data-value=(e.mean[1]) { (shown(&e.name, e.mean[1], &e.unit)) }
                            dd {
                                code { (breakable(&e.name)) } ", mean over " @if e.point.is_none() { "all points" } @else { "runs" }
                                small {
                                    @if e.mean[0].is_finite() {
                                        (format!("{:.0} %", 100.0 * e.confidence)) " interval "
                                        (number(e.mean[0])) " to " (number(e.mean[2])) "; "
                                    }
                                    "5 to 95 % of runs: " (number(e.quantiles[0])) " to " (number(e.quantiles[4]))
                                }
                            }
                        }
                    }
                }
                @for e in self.findings.leading(5) {
                    div {
                        dt data-figure=(e.name) data-value=(e.difference[1]) {
                            @if e.difference[1] > 0.0 { "+" }
                            (number(e.difference[1])) @if e.unit != "1" { " " (e.unit) }
                        }
                        dd {
                            code { (breakable(&e.name)) } ": " (crate::study::difference(e))
                            small {
                                @if e.difference[0].is_finite() {
                                    (format!("{:.0} %", 100.0 * e.confidence)) " interval "
                                    (number(e.difference[0])) " to " (number(e.difference[2]))
                                } @else {
                                    "no interval: too few runs differ"
                                }
                                ", " (number(e.n)) " pairs; means " (number(e.mean_baseline)) " and " (number(e.mean_level))
                            }
                        }
                    }
                }
            }
        }
    }

    /// What the runs have in common, and what differs between them.
    fn held_and_drawn(&self) -> Result<Markup, ReportError> {
        let factors = crate::study::factors(self.source)?;
        let (mut points, mut replications) = (BTreeSet::new(), BTreeSet::new());
        self.source.scan("runs", &["point_id", "replication"], |frame| {
            points.extend(frame.numbers("point_id").iter().map(|p| *p as i64));
            replications.extend(frame.numbers("replication").iter().map(|r| *r as i64));
        })?;
        Ok(html! {
            h2 { "What was held, and what was drawn" }
            dl.facts {
                dt { "varied" }
                dd { @if factors.is_empty() { "nothing: all runs are of one point" }
                    @for (k, f) in factors.iter().enumerate() { @if k > 0 { ", " } code { (f) } }
                    " (" (points.len()) @if points.len() == 1 { " point)" } @else { " points)" } }
                dt { "drawn anew" }
                dd { "who the users are, what they do, weather, forecast errors and delays: in each of "
                    (replications.len()) " replications, and then the same at all points, so that \
                    differences between points are not those of luck" }
                dt { "held" }
                dd { "every other value of the scenario, listed below" }
            }
        })
    }

    /// Means over all runs, where nothing is compared.
    fn means(&self) -> Markup {
        let means = self.findings.overall(usize::MAX);
        html! { @if !means.is_empty() {
            details { summary { "Means of all indicators" }
                div.scroll tabindex="0" role="group" aria-label="Means" { table id="means" {
                    thead { tr { th { "indicator" } th.n { "mean" } th.n { "low" } th.n { "high" } th.n { "5 %" } th.n { "95 %" } th { "unit" } } }
                    tbody { @for e in means {
                        tr { td { (e.name) } td.n data-value=(e.mean[1]) { (number(e.mean[1])) }
                            @for v in [e.mean[0], e.mean[2], e.quantiles[0], e.quantiles[4]] { td.n { (number(v)) } }
                            td { (e.unit) } }
                    } }
                } }
            }
        } }
    }

    fn tables(&self) -> Markup {
        let m = &self.source.manifest;
        html! {
            @if !self.figures.all().is_empty() {
                details open { summary { "Indicators of the whole run" } (indicators(self.figures, |v| v.is_finite() && v != 0.0, "indicators")) }
                details { summary { "Indicators that are zero" } (indicators(self.figures, |v| v == 0.0, "zeros")) }
                details { summary { "Indicators without a value in this run" } (indicators(self.figures, |v| !v.is_finite(), "undefined")) }
            }
            @if self.findings.effects.is_empty() { (self.means()) }
            @if !self.findings.effects.is_empty() {
                details { summary { "All paired differences" }
                    div.scroll { table id="differences" {
                        thead { tr { th { "indicator" } th { "level" } th { "baseline" } th.n { "difference" } th.n { "low" } th.n { "high" } th { "unit" } } }
                        tbody { @for e in &self.findings.effects {
                            tr { td { (e.name) } td { (e.level.1) } td { (e.baseline.1) }
                                td.n data-value=(e.difference[1]) { (number(e.difference[1])) } td.n data-value=(e.difference[0]) { (number(e.difference[0])) } td.n data-value=(e.difference[2]) { (number(e.difference[2])) } td { (e.unit) } }
                        } }
                    } }
                }
            }
            details { summary { "Files" }
                div.scroll { table {
                    thead { tr { th { "file" } th.n { "rows" } th { "SHA-256" } } }
                    tbody { @for t in &m.tables { tr { td { (t.file) } td.n { (t.rows) } td { code { (t.sha256) } } } } }
                } }
            }
            @if self.source.is_study() {
                details { summary { "The study" } pre { (self.source.study_text()) } }
            }
            details { summary { "Every value in force" } pre { (self.source.scenario_text()) } }
        }
    }
}

/// Some of a run's indicators, column by column.
fn indicators(figures: &Figures, which: impl Fn(f64) -> bool, id: &str) -> Markup {
    html! {
        div.columns id=(id) role="region" aria-label="Indicators" { @for f in figures.all().iter().filter(|f| which(f.value)) {
            p { code { (breakable(&f.name)) } span.n data-indicator=(f.name) data-value=(f.value) { (shown(&f.name, f.value, &f.unit)) } }
        } }
    }
}

/// A name that may be broken behind its underscores.
fn breakable(name: &str) -> Markup {
    html! { @for (k, part) in name.split('_').enumerate() { @if k > 0 { "_" wbr; } (part) } }
}

/// What a page says of itself before it is shown.
pub(crate) fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="icon" href="data:,";
            style { (PreEscaped(include_str!("page.css"))) }
        }
    }
}

/// A chart with its figures and, where there is some, the SQL that gives them.
pub(crate) fn figure(chart: &Chart, name: &str) -> Result<Markup, ReportError> {
    let svg = chart::svg(chart)?;
    // The library's own opening tag has fixed sizes: the page gives the width.
    let drawn = svg.find('>').map_or("", |end| &svg[end + 1..]);
    let id = format!("sql-{name}");
    let view = format!("0 0 960 {}", chart.height);
    Ok(html! {
        figure id=(name) {
            h3 { (chart.title) }
            div.scroll tabindex="0" role="group" aria-label={ (chart.title) } {
                svg viewBox=(view) role="img" aria-label={ (chart.title) ". " (chart.note) } xmlns="http://www.w3.org/2000/svg" {
                    (PreEscaped(drawn.strip_suffix("</svg>\n").or(drawn.strip_suffix("</svg>")).unwrap_or(drawn)))
                }
            }
            figcaption { (chart.note) }
            @if !chart.sql.is_empty() {
                details { summary { "SQL" } pre id=(id) { (chart.sql) } button type="button" data-copy=(id) { "copy" } }
            }
            details { summary { "Figures" } (rows(chart)) }
        }
    })
}

/// The figures behind a chart, as far as they are few: a table for each kind of mark.
fn rows(chart: &Chart) -> Markup {
    // Places on a drawing are no figures; what flows there is.
    let says = |m: &&Mark| chart.x != Axis::None || matches!(m.shape, Shape::Ribbons(_));
    let marks: Vec<&Mark> = chart.marks.iter().filter(says).collect();
    if marks.is_empty() {
        return html! { p { "A drawing: the SQL gives its figures." } };
    }
    let all: usize = marks.iter().map(|m| m.shape.len()).sum();
    let mut left = MOST_ROWS;
    let parts: Vec<Markup> = marks.iter().map(|mark| part(chart, mark, &mut left)).collect();
    html! {
        @if all > MOST_ROWS { p { "The first " (MOST_ROWS) " of " (all) "; the SQL gives all." } }
        div.scroll tabindex="0" role="group" aria-label="Figures" { table { @for part in &parts { (part) } } }
    }
}

/// One mark's figures under their heads; `left` more rows may be written.
fn part(chart: &Chart, mark: &Mark, left: &mut usize) -> Markup {
    let (x, y) = (name_of(&chart.x, "x"), name_of(&chart.y, "y"));
    let from_to = |name: &str| [format!("{name}, from"), format!("{name}, to")];
    let named = matches!(chart.y, Axis::Names { .. });
    let middle = |low: f64, high: f64| chart.y.text(f64::midpoint(low, high));
    let cell = |axis: &Axis, v: f64| Cell { text: axis.text(v), value: None };
    let figure = |v: f64| Cell { text: number(v), value: Some(v) };
    let (head, mut rows): (Vec<String>, Vec<Vec<Cell>>) = match &mark.shape {
        Shape::Line(p) | Shape::Dashes(p) | Shape::Dots(p) => {
            let points = p.iter().filter(|p| p[1].is_finite());
            let row = |p: &[f64; 2]| vec![cell(&chart.x, p[0]), cell(&chart.y, p[1])];
            (vec![x, y], points.take(*left).map(row).collect())
        }
        // A bar along a row of names says one figure, or two where it does not begin at 0.
        Shape::Boxes(b) if named => {
            let row = |b: &[f64; 4]| {
                let name = Cell { text: middle(b[2], b[3]), value: None };
                if b[0] == 0.0 {
                    vec![name, figure(b[1])]
                } else {
                    vec![name, figure(b[0]), figure(b[1])]
                }
            };
            let rows: Vec<_> = b.iter().take(*left).map(row).collect();
            let ends =
                if rows.iter().any(|r| r.len() == 3) { from_to(&x).to_vec() } else { vec![x] };
            ([vec![y], ends].concat(), rows)
        }
        Shape::Boxes(b) => {
            let row = |b: &[f64; 4]| {
                vec![cell(&chart.x, b[0]), cell(&chart.x, b[1]), figure(b[3] - b[2])]
            };
            (([from_to(&x).to_vec(), vec![y]]).concat(), b.iter().take(*left).map(row).collect())
        }
        Shape::Shades(s) => {
            let row = |(b, share): &([f64; 4], f64)| {
                let name = Cell { text: middle(b[2], b[3]), value: None };
                vec![name, cell(&chart.x, b[0]), cell(&chart.x, b[1]), figure(*share)]
            };
            let head = [vec![y], from_to(&x).to_vec(), vec!["share of the darkest".to_owned()]];
            (head.concat(), s.iter().take(*left).map(row).collect())
        }
        Shape::Intervals(i) => {
            let row = |(i, y): &([f64; 3], f64)| {
                let name = Cell { text: chart.y.text(*y), value: None };
                [vec![name], i.iter().map(|v| figure(*v)).collect()].concat()
            };
            let ends =
                ["lower end", "", "upper end"].map(|end| format!("{x} {end}").trim().to_owned());
            ([vec![y], ends.to_vec()].concat(), i.iter().take(*left).map(row).collect())
        }
        Shape::Ribbons(r) => {
            let row =
                |r: &Ribbon| vec![Cell { text: r.name.clone(), value: None }, figure(r.amount)];
            (
                vec!["from, to".to_owned(), "number".to_owned()],
                r.iter().take(*left).map(row).collect(),
            )
        }
        Shape::Pieces(_) | Shape::Words(_) | Shape::Labels(_) => (Vec::new(), Vec::new()),
    };
    *left -= rows.len();
    rows.retain(|row| !row.is_empty());
    html! { @if !rows.is_empty() {
        tbody {
            tr { th scope="col" { (mark.name) } @for h in &head { th.n scope="col" { (h) } } }
            @for row in &rows { tr { td {} @for c in row {
                td.n data-value=[c.value] { (c.text) }
            } } }
        }
    } }
}

/// A cell of the figures behind a chart.
#[derive(Clone)]
struct Cell {
    text: String,
    /// The figure itself, where the text is rounded.
    value: Option<f64>,
}

fn name_of(axis: &Axis, otherwise: &str) -> String {
    if axis.label().is_empty() { otherwise.to_owned() } else { axis.label().to_owned() }
}
