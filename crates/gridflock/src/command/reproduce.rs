//! `gridflock reproduce`: a paper's tables beside ours, every published feature marked reached,
//! open or not reached. A feature that is not reached is no failure: the output says by how much.

use super::{interrupted, interruption, table, watch_signals};
use crate::cli::{Global, Model, ReproduceArgs};
use crate::output::{note, say};
use ::reproduce::{
    Cell, Feature, Grid, Paper, ReproduceError, Reproduction, Request, Section, Verdict, Watch,
    figure,
};
use gridflock::{Code, Failure};
use report::{Sheet, SheetCell, SheetClaim, SheetSection};
use std::path::PathBuf;

/// Runs what a paper's tables need and prints them.
pub fn reproduce(args: &ReproduceArgs, global: &Global) -> Result<(), Failure> {
    watch_signals();
    let paper = match args.model {
        Model::Park => Paper::Park,
        Model::Feeder => Paper::Feeder,
        Model::Group => Paper::Group,
    };
    let bar = super::run::bar(global);
    let done = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let watch = Watch { done: &done, goes_on: &|| !interrupted() };
    let seeds = args.seeds.unwrap_or(paper.usual_seeds());
    let request = Request { seeds, threads: args.threads, watch: &watch };
    let found = ::reproduce::reproduce(paper, &request);
    bar.finish_and_clear();
    let found = found.map_err(failure)?;
    if let Some(path) = &args.report {
        let path = if path.as_os_str().is_empty() { usual_path(paper) } else { path.clone() };
        report::write_sheet(&sheet(paper, &found), &path).map_err(|e| super::look::failure(&e))?;
        note!("look at it: {}", path.display());
    }
    if global.json {
        let text = serde_json::to_string_pretty(&found)
            .map_err(|e| Failure::new(Code::Failed, e.to_string()))?;
        say!("{text}");
    } else {
        print(&found);
    }
    Ok(())
}

/// Where the page of a paper goes, unless told otherwise.
fn usual_path(paper: Paper) -> PathBuf {
    let name = match paper {
        Paper::Park => "park",
        Paper::Feeder => "feeder",
        Paper::Group => "group",
    };
    PathBuf::from(format!("reproduce-{name}.html"))
}

/// What was found, as a page shows it.
fn sheet(paper: Paper, found: &Reproduction) -> Sheet {
    let title = match paper {
        Paper::Park => "The industrial park (P3), beside ours",
        Paper::Feeder => "The distribution feeder (P0), beside ours",
        Paper::Group => "The microgrid group (P4), beside ours",
    };
    let ours = |x: &::reproduce::OverSeeds| {
        let (mean, half) = (x.mean(), x.half_width());
        [mean - half, mean, mean + half]
    };
    let cell = |c: &Cell| match c {
        Cell::Empty => SheetCell::Empty,
        Cell::Published(x) => SheetCell::Published(*x),
        Cell::Ours(x) => SheetCell::Ours(ours(x)),
        Cell::Both(x, published) => SheetCell::Both(ours(x), *published),
        Cell::Text(text) => SheetCell::Text(text.clone()),
    };
    let claim = |f: &Feature| SheetClaim {
        mark: mark(f.verdict).to_owned(),
        claim: f.claim.clone(),
        ours: f.ours.clone(),
    };
    let section = |s: &Section| {
        let grid = s.table.clone().unwrap_or_default();
        let row =
            |(name, cells): &(String, Vec<Cell>)| (name.clone(), cells.iter().map(cell).collect());
        SheetSection {
            title: s.title.clone(),
            rows: grid.rows.iter().map(row).collect(),
            head: grid.head,
            text: s.text.clone().unwrap_or_default(),
            claims: s.features.iter().map(claim).collect(),
        }
    };
    Sheet {
        title: title.to_owned(),
        head: found.head.clone(),
        sections: found.sections.iter().map(section).collect(),
        notes: found.out_of_reach.clone(),
    }
}

/// A verdict in words.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reached => "reached",
        Verdict::Open => "open",
        Verdict::NotReached => "not reached",
    }
}

fn failure(error: ReproduceError) -> Failure {
    match error {
        ReproduceError::Problems(problems) => problems.into(),
        ReproduceError::Assemble(error) => error.into(),
        ReproduceError::Interrupted => interruption("interrupted before all runs were done"),
        ReproduceError::Failed(reason) => Failure::new(Code::Failed, reason),
    }
}

fn print(found: &Reproduction) {
    say!("{}\n", found.head);
    for section in &found.sections {
        print_section(section);
    }
    let count = |verdict: Verdict| {
        let all = found.sections.iter().flat_map(|s| &s.features);
        all.filter(|f| f.verdict == verdict).count()
    };
    say!(
        "{} features reached, {} not reached, {} open (the interval over the seeds holds both)\n",
        count(Verdict::Reached),
        count(Verdict::NotReached),
        count(Verdict::Open)
    );
    say!("Out of reach, and by how much");
    for reason in &found.out_of_reach {
        say!("  {reason}");
    }
}

fn print_section(section: &Section) {
    say!("{}", section.title);
    if let Some(grid) = &section.table {
        say!("{}", grid_table(grid));
    }
    if let Some(text) = &section.text {
        say!("{text}");
    }
    for Feature { claim, verdict, ours } in &section.features {
        say!("  [{:<11}] {claim}: {ours}", mark(*verdict));
    }
    say!();
}

fn grid_table(grid: &Grid) -> comfy_table::Table {
    let head: Vec<&str> = grid.head.iter().map(String::as_str).collect();
    let right: Vec<usize> = (1..head.len()).collect();
    let mut out = table(&head, &right);
    for (name, cells) in &grid.rows {
        out.add_row(std::iter::once(name.clone()).chain(cells.iter().map(words)));
    }
    out
}

fn words(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Published(value) => figure(*value),
        Cell::Ours(ours) => ours.to_string(),
        Cell::Both(ours, published) => format!("{ours} ({})", figure(*published)),
        Cell::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::reproduce::OverSeeds;

    #[test]
    fn a_papers_page_shows_published_figures_beside_ours_and_every_mark() {
        let mut table = Grid::new(["figure", "paper", "ours"]);
        let ours = OverSeeds::of([1.0, 2.0, 3.0]);
        table.push("cost CNY", [Cell::Published(28501.0), Cell::Ours(ours.clone())]);
        table.push("of it words", [Cell::Empty, Cell::Text("as read".to_owned())]);
        let mut both = Grid::new(["area", "case 1"]);
        both.push("area 1", [Cell::Both(ours.clone(), 2.5)]);
        let claims = vec![
            Feature::new("it falls", Verdict::Reached, "by 2"),
            Feature::new("it rises", Verdict::NotReached, "not <at> all"),
            Feature::near("it is near", &ours, 2.0, 0.15),
        ];
        let found = Reproduction {
            head: "seeds 1 to 3".to_owned(),
            seeds: 3,
            sections: vec![
                Section::of_table("Table 2", table),
                Section::of_table("Table 3", both),
                Section::of_features("Figure 4", claims),
            ],
            out_of_reach: vec!["its prices".to_owned()],
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("p.html");
        report::write_sheet(&sheet(Paper::Park, &found), &path).expect("written");
        let page = std::fs::read_to_string(&path).expect("read");
        for part in [
            "data-published=\"28501\"",
            "data-value=\"2\" data-published=\"2.5\"",
            "data-mark=\"reached\"",
            "data-mark=\"not reached\"",
            "data-mark=\"open\"",
            "not &lt;at&gt; all",
            "its prices",
            "seeds 1 to 3",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<figure").count(), 2);
        assert!(!page.replace("http://www.w3.org/2000/svg", "").contains("http"));
    }
}
