//! The figures of all runs in columns: one per indicator and scope, one value per run.

use domain::{IndicatorRow, Scope};
use std::collections::BTreeMap;

/// An indicator of the run as a whole or of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Name of the indicator.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it is about: the run or a segment.
    pub scope: Scope,
    /// Number of the segment; 0 for the run.
    pub scope_id: u32,
}

/// Values by figure and run; NaN where a run failed or the figure is undefined. Figures of zones
/// stay in the table of indicators: there can be hundreds of times as many.
#[derive(Clone, Debug)]
pub struct Figures {
    runs: usize,
    columns: Vec<(Figure, Vec<f64>)>,
    index: BTreeMap<String, BTreeMap<(bool, u32), usize>>,
}

impl Figures {
    /// No figures of so many runs.
    pub fn new(runs: usize) -> Self {
        Self { runs, columns: Vec::new(), index: BTreeMap::new() }
    }

    /// For how many runs there is room.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Makes room for so many runs at the least; what is new has no value yet.
    pub fn reach(&mut self, runs: usize) {
        self.runs = self.runs.max(runs);
        for (_, values) in &mut self.columns {
            values.resize(self.runs, f64::NAN);
        }
    }

    /// Adds the figures of a run; one beyond the number of runs is left out.
    pub fn add(&mut self, run: u64, rows: &[IndicatorRow]) {
        if run as usize >= self.runs {
            return;
        }
        for row in rows.iter().filter(|row| row.scope != Scope::Zone) {
            let column = self.column(row);
            self.columns[column].1[run as usize] = row.value;
        }
    }

    fn column(&mut self, row: &IndicatorRow) -> usize {
        let key = (row.scope == Scope::Segment, row.scope_id);
        if let Some(known) = self.index.get(&row.name).and_then(|scopes| scopes.get(&key)) {
            return *known;
        }
        let number = self.columns.len();
        let figure = Figure {
            name: row.name.clone(),
            unit: row.unit.clone(),
            scope: row.scope,
            scope_id: row.scope_id,
        };
        self.columns.push((figure, vec![f64::NAN; self.runs]));
        self.index.entry(row.name.clone()).or_default().insert(key, number);
        number
    }

    /// All figures with their values, in the order in which they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = (&Figure, &[f64])> {
        self.columns.iter().map(|(figure, values)| (figure, &values[..]))
    }

    /// An indicator of the run as a whole, by run.
    pub fn of_run(&self, name: &str) -> Option<&[f64]> {
        self.get(name, (false, 0))
    }

    /// An indicator of a segment, by run.
    pub fn of_segment(&self, name: &str, segment: u32) -> Option<&[f64]> {
        self.get(name, (true, segment))
    }

    fn get(&self, name: &str, key: (bool, u32)) -> Option<&[f64]> {
        self.index.get(name).and_then(|scopes| scopes.get(&key)).map(|k| &self.columns[*k].1[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_at_its_run_and_a_missing_one_is_nan() {
        let row = |value, scope, scope_id| IndicatorRow {
            name: "co2_kg".into(),
            unit: "kg".into(),
            value,
            scope,
            scope_id,
        };
        let mut figures = Figures::new(3);
        figures.add(
            2,
            &[row(5.0, Scope::Run, 0), row(1.0, Scope::Segment, 1), row(9.0, Scope::Zone, 1)],
        );
        figures.add(0, &[row(4.0, Scope::Run, 0)]);
        figures.add(7, &[row(4.0, Scope::Run, 0)]);
        let run = figures.of_run("co2_kg").expect("seen");
        assert!(run[0] == 4.0 && run[1].is_nan() && run[2] == 5.0);
        assert_eq!(figures.of_segment("co2_kg", 1).map(|v| v[2]), Some(1.0));
        assert_eq!(figures.iter().count(), 2, "zones are left out");
    }
}
