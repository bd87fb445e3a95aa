//! Rows of several partitions in one order that depends on nothing but the rows: facts and
//! transfers by (time, phase, partition), the rest partition by partition.

use crate::cell::Cell;
use domain::{Phase, Rows, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Moves the rows of all cells behind `into`.
pub fn collect(cells: &mut [Cell], into: &mut Rows) {
    merge(cells, |r| &mut r.facts, |f| (f.t, f.phase), &mut into.facts);
    merge(cells, |r| &mut r.ledger, |l| (l.t, l.phase), &mut into.ledger);
    for cell in cells {
        into.append(&mut cell.rows);
    }
}

fn merge<T: Copy>(
    cells: &mut [Cell],
    table: impl Fn(&mut Rows) -> &mut Vec<T>,
    key: impl Fn(&T) -> (Time, Phase),
    into: &mut Vec<T>,
) {
    let filled =
        cells.iter_mut().map(|c| usize::from(!table(&mut c.rows).is_empty())).sum::<usize>();
    if filled <= 1 {
        for rows in cells.iter_mut().map(|c| table(&mut c.rows)).filter(|rows| !rows.is_empty()) {
            domain::take_over(into, rows);
        }
        return;
    }
    let rows: Vec<Vec<T>> = cells.iter_mut().map(|c| std::mem::take(table(&mut c.rows))).collect();
    debug_assert!(
        rows.iter().all(|r| r.is_sorted_by_key(&key)),
        "invariant: a cell writes its rows in order"
    );
    // The cell whose next row is the first of all gives rows until another one's next row comes
    // before its own.
    let mut next = vec![0; rows.len()];
    let mut heads: BinaryHeap<_> =
        rows.iter().enumerate().filter_map(|(c, r)| Some(Reverse((key(r.first()?), c)))).collect();
    into.reserve(rows.iter().map(Vec::len).sum());
    while let Some(Reverse((_, c))) = heads.pop() {
        let left = &rows[c][next[c]..];
        let n = heads.peek().map_or(left.len(), |Reverse(other)| {
            left.iter().take_while(|row| (key(row), c) < *other).count()
        });
        into.extend_from_slice(&left[..n]);
        next[c] += n;
        heads.extend(left.get(n).map(|row| Reverse((key(row), c))));
    }
    for (cell, mut rows) in cells.iter_mut().zip(rows) {
        rows.clear();
        *table(&mut cell.rows) = rows;
    }
}
