//! The page: one HTML file without a request to anywhere.

use crate::chart::{self, Chart, Shape};
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
        let text = if self.source.is_study() {
            self.source.study_text()
        } else {
            self.source.scenario_text()
        };
        let described = text.lines().find_map(|l| l.strip_prefix("description = \""));
        let described = described.and_then(|d| d.split('"').next()).unwrap_or_default();
        html! {
            p.asked {
                @if !described.is_empty() { (described) ". " }
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
                        dt data-figure=(f.name) data-value=(f.value) { (shown(f.value, &f.unit)) }
                        dd { (words) small { code { (f.name) } } }
                    }
                }
            }
            p { small { "One run is one draw of people, weather and delays: how much these figures \
                would differ in others, " code { "gridflock compare" } " and " code { "gridflock study" } " tell." } }
        }
    }

    fn effects(&self) -> Markup {
        html! {
            dl.headline {
                // Where nothing is compared, what the runs have in common answers.
                @if self.findings.effects.is_empty() {
                    @for e in self.findings.overall(5) {
                        div {
                            dt data-figure=(e.name) data-value=(e.mean[1]) { (shown(e.mean[1], &e.unit)) }
                            dd {
                                code { (e.name) } ", mean"
                                small {
                                    "interval " (number(e.mean[0])) " to " (number(e.mean[2]))
                                    "; 5 to 95 % of runs: " (number(e.quantiles[0])) " to " (number(e.quantiles[4]))
                                }
                            }
                        }
                    }
                }
                @for e in self.findings.clearest(5) {
                    div {
                        dt data-figure=(e.name) data-value=(e.difference[1]) {
                            @if e.difference[1] > 0.0 { "+" }
                            (number(e.difference[1])) @if e.unit != "1" { " " (e.unit) }
                        }
                        dd {
                            code { (e.name) } ", " (e.level.1) " against " (e.baseline.1)
                            small {
                                (format!("{:.0} %", 100.0 * e.confidence)) " interval "
                                (number(e.difference[0])) " to " (number(e.difference[2]))
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

    fn tables(&self) -> Markup {
        let m = &self.source.manifest;
        html! {
            @if !self.figures.all().is_empty() {
                details open[!self.source.is_study()] {
                    summary { "Indicators of the whole run" }
                    div.scroll { table id="indicators" {
                        thead { tr { th { "indicator" } th.n { "value" } th { "unit" } } }
                        tbody { @for f in self.figures.all() {
                            tr { td { (f.name) } td.n data-value=(f.value) { (number(f.value)) } td { (f.unit) } }
                        } }
                    } }
                }
            }
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
            div.scroll {
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

/// The figures behind a chart, as far as they are few.
fn rows(chart: &Chart) -> Markup {
    let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
    let mut all = 0;
    for mark in &chart.marks {
        let mut push = |values: &[f64]| {
            all += 1;
            if rows.len() < MOST_ROWS {
                rows.push((mark.name.clone(), values.to_vec()));
            }
        };
        match &mark.shape {
            Shape::Line(x) | Shape::Dashes(x) | Shape::Dots(x) => x.iter().for_each(|p| push(p)),
            Shape::Boxes(x) => x.iter().for_each(|b| push(b)),
            Shape::Shades(x) => {
                for (b, share) in x {
                    push(&[b[0], b[1], b[2], b[3], *share]);
                }
            }
            Shape::Intervals(x) => x.iter().for_each(|(i, y)| push(&[i[0], i[1], i[2], *y])),
            Shape::Pieces(x) => x.iter().for_each(|(p, _)| push(p)),
            Shape::Words(_) => {}
        }
    }
    html! {
        @if all > rows.len() { p { "The first " (rows.len()) " of " (all) "; the SQL gives all." } }
        div.scroll { table {
            tbody { @for (name, values) in &rows {
                tr { td { (name) } @for v in values { td.n { (number(*v)) } } }
            } }
        } }
    }
}
