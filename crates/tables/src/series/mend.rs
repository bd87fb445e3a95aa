//! Periods out of rows: what is missing is refused or mended by a rule, then averaged.

use super::TimedSeries;
use crate::TableError;

/// What happens with missing rows and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Refused, with the line.
    Refuse,
    /// On a straight line between the values around the gap.
    Interpolate,
    /// As the last value before the gap.
    Hold,
}

/// The rule of mending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mending {
    /// What happens.
    pub gaps: Gaps,
    /// The most rows that a gap may have.
    pub most: u32,
}

/// Means by period, and how many rows were mended for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// One per period.
    pub values: Vec<f64>,
    /// Rows that were mended.
    pub mended: usize,
}

impl TimedSeries {
    /// Means over `count` periods of `period_s`, the first of which begins `from_s` seconds after
    /// row 0 does. Rows that are longer than a period hold their value.
    ///
    /// # Errors
    /// [`TableError::Content`] with the line where a value is missing and not mended.
    ///
    /// # Panics
    /// If the periods are not inside of the series, or its step is not known.
    pub fn means(
        &self,
        from_s: i64,
        period_s: i64,
        count: usize,
        mending: Mending,
    ) -> Result<Means, TableError> {
        let step = self.step_s.expect("invariant: the caller has found the step");
        let until_s = from_s + period_s * count as i64;
        let rows = (from_s / step) as usize..(until_s + step - 1).div_euclid(step) as usize;
        assert!(from_s >= 0 && rows.end <= self.values.len(), "periods inside of the series");
        let mut mended = 0;
        let filled: Vec<f64> = rows
            .clone()
            .map(|row| {
                if let Some(x) = self.values[row] {
                    Ok(x)
                } else {
                    mended += 1;
                    self.mend(row, mending)
                }
            })
            .collect::<Result<_, _>>()?;
        let mean = |k: usize| {
            let (a, b) = (from_s + period_s * k as i64, from_s + period_s * (k as i64 + 1));
            let (first, last) = (a / step, (b + step - 1) / step);
            let part = |row: i64| {
                let overlap = ((row + 1) * step).min(b) - (row * step).max(a);
                filled[row as usize - rows.start] * overlap as f64
            };
            (first..last).map(part).sum::<f64>() / period_s as f64
        };
        Ok(Means { values: (0..count).map(mean).collect(), mended })
    }

    fn mend(&self, row: usize, mending: Mending) -> Result<f64, TableError> {
        let before = (0..row).rev().find(|&k| self.values[k].is_some());
        let after = (row + 1..self.values.len()).find(|&k| self.values[k].is_some());
        let gap = after.unwrap_or(self.values.len()) - before.map_or(0, |b| b + 1);
        let value = |k: usize| self.values[k].unwrap_or(0.0);
        match (mending.gaps, before, after) {
            (Gaps::Refuse, ..) => {
                Err(self.missing(row, gap, "gaps = \"interpolate\" or \"hold\" mends it"))
            }
            _ if gap > mending.most as usize => {
                let help = format!("at most `gap_rows` = {} are mended", mending.most);
                Err(self.missing(row, gap, &help))
            }
            (Gaps::Hold, Some(b), _) => Ok(value(b)),
            (Gaps::Interpolate, Some(b), Some(a)) => {
                let share = (row - b) as f64 / (a - b) as f64;
                Ok(value(b) + share * (value(a) - value(b)))
            }
            _ => Err(self.missing(row, gap, "nothing stands before or after it to mend it with")),
        }
    }

    /// The first row of a span whose value is refused by a rule.
    pub fn first_row(
        &self,
        rows: std::ops::Range<usize>,
        refuse: impl Fn(f64) -> bool,
    ) -> Option<usize> {
        rows.into_iter().find(|&k| self.values.get(k).copied().flatten().is_some_and(&refuse))
    }

    /// An error about the value of a row.
    pub fn error(&self, row: usize, message: impl Into<String>) -> TableError {
        TableError::content(&self.path, Some(self.lines[row]), Some(&self.column), message)
    }

    fn missing(&self, row: usize, gap: usize, help: &str) -> TableError {
        let message = if self.has_row[row] {
            format!("no value, with {gap} in a row missing; {help}")
        } else {
            format!(
                "{gap} row{} missing before this one; {help}",
                if gap == 1 { " is" } else { "s are" }
            )
        };
        TableError::content(&self.path, Some(self.lines[row]), Some(&self.column), message)
    }
}
