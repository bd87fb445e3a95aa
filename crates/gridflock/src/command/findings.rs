//! What a study or comparison found, as tables for people. The Parquet tables say more.

use super::{figure, table};
use crate::output::say;
use domain::Scope;
use indicators::{Definition, groups};
use std::collections::BTreeMap;
use std::sync::Arc;
use study::stats::IntervalKind;
use study::{
    ContrastPair, ContrastRow, Estimate, Family, OppositeDays, Outcome, QUANTILES, RatioKind,
    RatioRow, SensitivityRow, is_other_reading,
};

/// The figure that lies between two sides.
const ELASTICITY: &str = "penalty_elasticity";
/// Most levels of a factor in one table: more would not fit beside each other.
const COLUMNS: usize = 4;
/// Most tables of differences that are printed.
const BLOCKS: usize = 24;
/// Most days that are named in a line.
const DAYS: usize = 12;
/// With more indicators than this only those that differ are shown.
const MANY: usize = 40;

/// Everything that a study found.
pub fn print_study(o: &Outcome) {
    if !o.about.is_empty() {
        say!("{}\n", o.about);
    }
    if !o.contrasts.is_empty() {
        print_blocks(&o.contrasts);
    }
    if !o.sensitivities.is_empty() {
        print_sensitivities(&o.sensitivities);
    }
    print_futures(o);
    print_ratios(&o.ratios);
    print_opposite(&o.opposite);
    if o.contrasts.is_empty() && !o.estimates.is_empty() {
        print_estimates(&o.estimates);
    }
}

/// The differences of two policies, one line per indicator in groups.
pub fn print_comparison(rows: &[ContrastRow]) {
    let head = ["indicator", "unit", "a", "b", "b - a", "95 % interval", "", "variance reduction"];
    let mut out = table(&head, &[2, 3, 4, 5, 7]);
    let varies =
        |r: &&ContrastRow| is_shown(r) && (r.difference.difference, r.difference.sd) != (0.0, 0.0);
    for (about, definitions) in groups() {
        let of_group: Vec<_> = definitions
            .iter()
            .filter_map(|d| rows.iter().filter(varies).find(|r| r.figure.name == d.name))
            .collect();
        push_group(&mut out, about, head.len(), &of_group);
    }
    let others: Vec<_> =
        rows.iter().filter(varies).filter(|r| Definition::of(&r.figure.name).is_none()).collect();
    push_group(&mut out, "between the two", head.len(), &others);
    say!("{out}");
    say!("{MARKS} What is the same on both sides is left out. {}", reduction(rows));
}

fn push_group(out: &mut comfy_table::Table, about: &str, columns: usize, rows: &[&ContrastRow]) {
    if rows.is_empty() {
        return;
    }
    let mut heading = vec![String::new(); columns];
    heading[0] = about.to_uppercase();
    out.add_row(heading);
    for r in rows {
        let d = &r.difference;
        // An elasticity lies between two sides: neither has one.
        let side = |mean: f64| {
            if r.figure.name == ELASTICITY { String::new() } else { figure(mean) }
        };
        let reduction = if d.variance_reduction > 1e4 {
            "> 1e4".to_owned()
        } else {
            figure(d.variance_reduction)
        };
        out.add_row([
            format!("  {}", r.figure.name),
            r.figure.unit.clone(),
            side(d.mean_a),
            side(d.mean_b),
            figure(d.difference),
            format!("{} .. {}", figure(d.ci_low), figure(d.ci_high)),
            mark(r).to_owned(),
            reduction,
        ]);
    }
}

/// One baseline and what is compared with it: a table.
struct Block<'r> {
    /// The sides compared with it, in order.
    pairs: Vec<Arc<ContrastPair>>,
    /// By pair and indicator.
    rows: BTreeMap<(usize, &'r str), &'r ContrastRow>,
    /// Indicators in order.
    names: Vec<&'r str>,
}

fn print_blocks(rows: &[ContrastRow]) {
    let blocks = blocks(rows);
    for block in blocks.iter().take(BLOCKS) {
        print_block(block);
    }
    if blocks.len() > BLOCKS {
        say!("... and {} more tables like these in contrasts.parquet\n", blocks.len() - BLOCKS);
    }
    say!("± half of the 95 % interval of the paired difference. {MARKS} {}\n", reduction(rows));
    if rows.iter().any(|r| r.pair.side_a.starts_with("segment = ")) {
        say!(
            "Arms inside a run share charge points, tickets and prices: what treating some does to others is in \
             these differences, and treating everybody may do something else (a study with \
             `design.kind = \"saturation\"` tells).\n"
        );
    }
    print_margins(rows);
}

/// What the study's margins say, a line per difference.
fn print_margins(rows: &[ContrastRow]) {
    let tested: Vec<_> = rows
        .iter()
        .filter(|r| r.figure.scope == Scope::Run)
        .filter_map(|r| Some((r, r.inference.margin?)))
        .collect();
    if tested.is_empty() {
        return;
    }
    let mut out = table(&["margin", "of", "b against a", "difference", "p", ""], &[3, 4]);
    for (r, m) in tested {
        let shown = if m.p < 0.05 { "shown" } else { "not shown" };
        out.add_row([
            format!("{} {}", m.kind.word(), figure(m.margin)),
            r.figure.name.clone(),
            format!("{} / {}", r.pair.label_b, r.pair.label_a),
            figure(r.difference.difference),
            figure(m.p),
            shown.to_owned(),
        ]);
    }
    say!("{out}");
}

/// Policies over futures: what each gives away, and where rankings flip.
fn print_futures(o: &Outcome) {
    if o.regrets.is_empty() {
        return;
    }
    let mut out = table(
        &["indicator", "policy", "mean", "regret", "95 % interval", "largest", "wins"],
        &[2, 3, 4, 5, 6],
    );
    for r in &o.regrets {
        out.add_row([
            r.figure.name.clone(),
            r.label.clone(),
            figure(r.mean),
            figure(r.regret),
            format!("{} .. {}", figure(r.interval.low), figure(r.interval.high)),
            figure(r.regret_max),
            format!("{:.0} %", 100.0 * r.wins),
        ]);
    }
    say!("what each policy gives away against the best one of each future:\n{out}");
    let mut out = table(
        &["indicator", "b against a", "b above a", "region", "coverage", "density"],
        &[2, 4, 5],
    );
    for f in o.flips.iter().filter(|f| f.share_above > 0.0 && f.share_above < 1.0) {
        let (region, coverage, density) = match &f.found {
            Some((names, b)) => (bounds(names, b), figure(b.coverage), figure(b.density)),
            None => ("none found".to_owned(), String::new(), String::new()),
        };
        out.add_row([
            f.figure.name.clone(),
            format!("{} / {}", f.pair.label_b, f.pair.label_a),
            format!("{:.0} %", 100.0 * f.share_above),
            format!("{} where {region}", if f.above { "above" } else { "below" }),
            coverage,
            density,
        ]);
    }
    say!("where the ranking flips:\n{out}");
}

/// Ratios, a line per pair of points, beside what their sources say.
fn print_ratios(rows: &[RatioRow]) {
    if rows.is_empty() {
        return;
    }
    let head = ["ratio of b to a", "b / a", "a", "b", "ratio", "95 % interval", "expected", ""];
    let mut out = table(&head, &[2, 3, 4, 5, 6]);
    for r in rows {
        let odds = if r.asked.kind == RatioKind::Odds { ", odds" } else { "" };
        let of = |label: &str| {
            if r.pair.common.is_empty() {
                label.to_owned()
            } else {
                format!("{label}, {}", r.pair.common)
            }
        };
        out.add_row([
            format!("{}{odds}", r.asked.name),
            format!("{} / {}", of(&r.pair.side_b), r.pair.side_a),
            figure(r.a),
            figure(r.b),
            figure(r.ratio),
            format!("{} .. {}", figure(r.ci_low), figure(r.ci_high)),
            r.asked.within.map_or_else(String::new, |[low, high]| format!("{low} .. {high}")),
            r.verdict().unwrap_or("").to_owned(),
        ]);
    }
    say!("{out}");
    let mut said: Vec<(&str, &str)> = Vec::new();
    for r in rows.iter().filter(|r| !r.asked.source.is_empty()) {
        let line = (r.asked.name.as_str(), r.asked.source.as_str());
        if !said.contains(&line) {
            said.push(line);
            say!("{}: {}", line.0, line.1);
        }
    }
    say!();
}

/// Drawn days on which the primary outcome says the opposite of its mean, a line per difference.
fn print_opposite(rows: &[OppositeDays]) {
    let Some(first) = rows.first() else { return };
    let head = ["b against a", "b - a", "days", "other sign", "which (day_drawn: difference)"];
    let mut out = table(&head, &[1, 2, 3]);
    for r in rows {
        let mut worst: Vec<&(u32, f64)> = r.days.iter().collect();
        worst.sort_by(|(_, x), (_, y)| y.abs().total_cmp(&x.abs()));
        worst.truncate(DAYS);
        worst.sort_by_key(|(day, _)| *day);
        let named: Vec<String> =
            worst.iter().map(|(day, x)| format!("{day}: {:+}", Short(*x))).collect();
        let others = match r.days.len().saturating_sub(DAYS) {
            0 => String::new(),
            n => format!(" and {n} less clear"),
        };
        let common = if r.pair.common.is_empty() { "" } else { &format!(", {}", r.pair.common) };
        out.add_row([
            format!("{} / {}{common}", r.pair.side_b, r.pair.side_a),
            figure(r.difference),
            r.n.to_string(),
            r.days.len().to_string(),
            format!("{}{others}", named.join(", ")),
        ]);
    }
    say!(
        "days on which a difference of {} has the other sign than its mean, of those whose interval \
         excludes 0 (each day has people of its own):\n{out}\n",
        first.figure.name
    );
}

fn bounds(names: &[String], found: &study::stats::PrimBox) -> String {
    let parts: Vec<String> = names
        .iter()
        .zip(&found.bounds)
        .filter_map(|(name, bound)| {
            let [low, high] = (*bound)?;
            Some(format!("{name} {} .. {}", figure(low), figure(high)))
        })
        .collect();
    if parts.is_empty() { "anywhere".to_owned() } else { parts.join(", ") }
}

fn blocks(rows: &[ContrastRow]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut number: BTreeMap<(&str, u32, &str), usize> = BTreeMap::new();
    for r in rows.iter().filter(|r| is_shown(r)) {
        let p = &r.pair;
        let k = *number.entry((&p.contrast, p.point_a, &p.side_a)).or_insert_with(|| {
            blocks.push(Block { pairs: Vec::new(), rows: BTreeMap::new(), names: Vec::new() });
            blocks.len() - 1
        });
        let block = &mut blocks[k];
        if block.pairs.last().is_none_or(|last| last.point_b != p.point_b) {
            block.pairs.push(p.clone());
        }
        if !block.names.contains(&r.figure.name.as_str()) {
            block.names.push(&r.figure.name);
        }
        block.rows.insert((block.pairs.len() - 1, &r.figure.name), r);
    }
    blocks
}

fn print_block(block: &Block<'_>) {
    let Some(first) = block.pairs.first() else { return };
    let at = |name: &str| -> Vec<&ContrastRow> {
        (0..block.pairs.len()).filter_map(|k| block.rows.get(&(k, name)).copied()).collect()
    };
    let matters = |name: &&&str| {
        let rows = at(name);
        let nothing = rows.iter().all(|r| (r.difference.mean_a, r.difference.mean_b) == (0.0, 0.0));
        !nothing && (block.names.len() <= MANY || rows.iter().any(|r| excludes_zero(r)))
    };
    let mut names: Vec<&str> = block.names.iter().filter(matters).copied().collect();
    // The outcome that the study was made for comes first.
    names.sort_by_key(|name| at(name).iter().all(|r| r.inference.family != Family::Primary));
    if !first.common.is_empty() {
        say!("{}", first.common);
    }
    if names.is_empty() {
        say!("no indicator differs from {}\n", first.side_a);
        return;
    }
    for (chunk, pairs) in block.pairs.chunks(COLUMNS).enumerate() {
        let mut head = vec!["indicator".to_owned(), "unit".to_owned(), first.side_a.clone()];
        let prefix = first.side_a.split_once(" = ").map_or("", |(name, _)| name);
        let short = |side: &str| {
            side.strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix(" = "))
                .unwrap_or(side)
                .to_owned()
        };
        head.extend(pairs.iter().map(|p| short(&p.side_b)));
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let mut out = table(&head, &(2..head.len()).collect::<Vec<_>>());
        for name in &names {
            let rows = at(name);
            let Some(any) = rows.first() else { continue };
            // An elasticity lies between two sides: neither has one.
            let baseline =
                if *name == ELASTICITY { String::new() } else { figure(any.difference.mean_a) };
            let mut cells = vec![(*name).to_owned(), any.figure.unit.clone(), baseline];
            cells.extend((0..pairs.len()).map(|k| {
                block.rows.get(&(chunk * COLUMNS + k, *name)).map_or_else(String::new, |r| cell(r))
            }));
            out.add_row(cells);
        }
        say!("{out}");
    }
    say!();
}

/// A difference with half of its interval, to two digits of the latter.
fn cell(r: &ContrastRow) -> String {
    let d = &r.difference;
    let half = (d.ci_high - d.ci_low) / 2.0;
    let mark = format!(" {:<2}", mark(r));
    // What differs in the last bits of a sum does not differ.
    let noise = 1e-12 * d.mean_a.abs().max(d.mean_b.abs());
    if !half.is_finite() || half <= noise {
        return format!(
            "{:+}{mark}",
            Short(if d.difference.abs() <= noise { 0.0 } else { d.difference })
        );
    }
    let decimals = (1.0 - half.log10().floor()).clamp(0.0, 9.0) as usize;
    let difference = format!("{:+.decimals$}", d.difference);
    // Not a negative zero.
    let difference =
        if difference.parse() == Ok(0.0) { difference.replace('-', "+") } else { difference };
    format!("{difference} ±{half:.decimals$}{mark}")
}

/// A figure with its sign.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.0 > 0.0 { "+" } else { "" }, figure(self.0))
    }
}

fn is_shown(r: &ContrastRow) -> bool {
    r.figure.scope == Scope::Run
        && r.difference.n > 1
        && r.difference.mean_a.is_finite()
        && !is_other_reading(&r.figure.name)
}

fn excludes_zero(r: &ContrastRow) -> bool {
    r.difference.ci_low > 0.0 || r.difference.ci_high < 0.0
}

/// `**` for a difference that stays after Holm's adjustment over its family, `*` for one whose own
/// interval excludes 0, `?` for one that has no interval.
fn mark(r: &ContrastRow) -> &'static str {
    let varies = r.difference.sd > 0.0;
    if varies && r.difference.interval == IntervalKind::None {
        "?"
    } else if excludes_zero(r) && r.inference.p_holm < 0.05 {
        "**"
    } else if excludes_zero(r) {
        "*"
    } else {
        ""
    }
}

/// What the marks mean.
const MARKS: &str = "* it excludes 0; ** also after Holm's adjustment over all that is printed \
                     (over the primary outcome by itself); ? too few runs differ for an interval.";

/// What common random numbers were good for, in a sentence.
fn reduction(rows: &[ContrastRow]) -> String {
    let mut all: Vec<f64> = rows
        .iter()
        .filter(|r| is_shown(r))
        .map(|r| r.difference.variance_reduction)
        .filter(|v| v.is_finite())
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let pairs = rows.iter().map(|r| r.difference.n).max().unwrap_or(0);
    match all.len() {
        0 => format!("{pairs} pairs of runs."),
        n => format!(
            "{pairs} pairs of runs on common random numbers: the variance of differences is {} times less than between independent runs (median).",
            figure(all[n / 2])
        ),
    }
}

fn print_estimates(rows: &[Estimate]) {
    let wanted = ["p05", "p50", "p95"];
    let mut out = table(
        &[
            "indicator",
            "unit",
            "mean",
            "95 % interval",
            "sd",
            wanted[0],
            wanted[1],
            wanted[2],
            "cvar",
        ],
        &[2, 3, 4, 5, 6, 7, 8],
    );
    let shown = |e: &&Estimate| {
        e.figure.scope == Scope::Run
            && e.summary.mean.is_finite()
            && !is_other_reading(&e.figure.name)
    };
    for e in rows.iter().filter(shown).filter(|e| e.summary.mean != 0.0 || e.summary.sd != 0.0) {
        let s = &e.summary;
        // Equal values differ in the last bits of their mean.
        let sd = if s.sd <= 1e-12 * s.mean.abs() { 0.0 } else { s.sd };
        let mut cells = vec![e.figure.name.clone(), e.figure.unit.clone(), figure(s.mean)];
        cells.extend([format!("{} .. {}", figure(s.ci_low), figure(s.ci_high)), figure(sd)]);
        cells.extend(
            QUANTILES
                .iter()
                .zip(e.quantiles)
                .filter(|((name, _), _)| wanted.contains(name))
                .map(|(_, q)| figure(q)),
        );
        cells.push(figure(e.cvar));
        out.add_row(cells);
    }
    say!("{out}");
}

/// One line per indicator and factor, one column per measure; second-order indices stay in the
/// table on disk.
fn print_sensitivities(rows: &[SensitivityRow]) {
    let first_order: Vec<&SensitivityRow> =
        rows.iter().filter(|r| r.factor_b.is_none() && !is_other_reading(&r.figure.name)).collect();
    let mut measures: Vec<&str> = Vec::new();
    let mut lines: Vec<(&str, &str, Vec<&SensitivityRow>)> = Vec::new();
    for r in first_order {
        if !measures.contains(&r.measure) {
            measures.push(r.measure);
        }
        match lines
            .iter_mut()
            .rev()
            .find(|(name, factor, _)| *name == r.figure.name && *factor == r.factor)
        {
            Some((.., cells)) => cells.push(r),
            None => lines.push((&r.figure.name, &r.factor, vec![r])),
        }
    }
    let mut head = vec!["indicator", "factor"];
    head.extend(&measures);
    let mut out = table(&head, &(2..head.len()).collect::<Vec<_>>());
    for (name, factor, cells) in lines
        .iter()
        .filter(|(.., cells)| cells.iter().any(|r| r.value != 0.0 && r.value.is_finite()))
    {
        let mut row = vec![(*name).to_owned(), (*factor).to_owned()];
        row.extend(cells.iter().map(|r| {
            if r.half_width.is_finite() {
                format!("{:.3} ±{:.3}", r.value, r.half_width)
            } else {
                figure(r.value)
            }
        }));
        out.add_row(row);
    }
    say!("{out}");
}
