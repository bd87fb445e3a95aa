//! Rows of several partitions in one order that depends on nothing but the rows: facts and transfers by (time, phase, partition), the
//! rest partition by partition.

use crate::cell::Cell;
use domain::{Phase, Rows, Time};

/// Moves the rows of all cells behind `into`.
pub fn collect(cells: &mut [Cell], into: &mut Rows) {
    merge(cells, |r| &mut r.facts, |f| (f.t, f.phase), &mut into.facts);
    merge(cells, |r| &mut r.ledger, |l| (l.t, l.phase), &mut into.ledger);
    for cell in cells {
        into.append(&mut cell.rows);
    }
}

fn merge<T: Copy>(cells: &mut [Cell], table: impl Fn(&mut Rows) -> &mut Vec<T>, key: impl Fn(&T) -> (Time, Phase), into: &mut Vec<T>) {
    let filled = cells.iter_mut().map(|c| usize::from(!table(&mut c.rows).is_empty())).sum::<usize>();
    if filled <= 1 {
        for cell in cells {
            into.append(table(&mut cell.rows));
        }
        return;
    }
    // Each cell's rows are in order already; the sort is stable in (cell, place) because these are part of the key.
    let mut order = Vec::new();
    for (c, cell) in cells.iter_mut().enumerate() {
        order.extend(table(&mut cell.rows).iter().enumerate().map(|(i, row)| (key(row), c as u32, i as u32)));
    }
    order.sort_unstable();
    into.reserve(order.len());
    for (_, c, i) in order {
        into.push(table(&mut cells[c as usize].rows)[i as usize]);
    }
    for cell in cells {
        table(&mut cell.rows).clear();
    }
}
