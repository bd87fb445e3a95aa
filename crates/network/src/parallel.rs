//! Branches side by side between the same two buses become one: admittances add up, and the rated
//! current is the largest total at which no part exceeds its own.

use crate::sequence::Complex;
use crate::sketch::{Edge, Sketch, listed};
use std::collections::BTreeMap;

/// Ratios that count as the same \[p.u.\].
const SAME_RATIO: f64 = 1e-9;

pub(crate) fn joined(sketch: &mut Sketch) {
    let mut at: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut kept: Vec<Edge> = Vec::with_capacity(sketch.edges.len());
    let mut names = Vec::new();
    for edge in std::mem::take(&mut sketch.edges) {
        let ends = (edge.from.min(edge.to), edge.from.max(edge.to));
        if let Some(k) = at.get(&ends).copied().filter(|&k| edge.closed && alike(&kept[k], &edge)) {
            names.push(edge.name.clone());
            kept[k] = together(&kept[k], &edge);
        } else {
            if edge.closed {
                at.insert(ends, kept.len());
            }
            kept.push(edge);
        }
    }
    if !names.is_empty() {
        let list = listed(names.iter().map(String::as_str));
        sketch.notes.push(format!(
            "{} parallel branches are one with the first of each: {list}",
            names.len()
        ));
    }
    sketch.edges = kept;
}

fn alike(a: &Edge, b: &Edge) -> bool {
    match (a.ratio, b.ratio) {
        (None, None) => true,
        (Some(x), Some(y)) => a.from == b.from && (x - y).abs() <= SAME_RATIO,
        _ => false,
    }
}

fn together(a: &Edge, b: &Edge) -> Edge {
    let admittance = |e: &Edge| Complex::new(e.z.0, e.z.1).inverse();
    let (Some(ya), Some(yb)) = (admittance(a), admittance(b)) else { return a.clone() };
    let all = ya.plus(yb);
    let Some(z) = all.inverse() else { return a.clone() };
    let most = |e: &Edge, y: Complex| e.rating_a.map(|most| most * all.size() / y.size());
    let rating_a = match (most(a, ya), most(b, yb)) {
        (Some(x), Some(y)) => Some(x.min(y)),
        (x, y) => x.or(y),
    };
    Edge { z: (z.re, z.im), rating_a, ..a.clone() }
}
