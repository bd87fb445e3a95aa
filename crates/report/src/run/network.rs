//! The feeder: voltages over time, and the network with what it carried.

use super::periods::Steps;
use crate::chart::{Axis, Chart, Colour, Mark, Shape, thinned};
use crate::{ReportError, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Lowest, mean and highest voltage by period.
pub(super) fn voltages(source: &Source) -> Result<Chart, ReportError> {
    let mut periods: BTreeMap<i64, [f64; 4]> = BTreeMap::new();
    source.scan("voltages", &["period_start", "v_pu"], |frame| {
        let v = frame.numbers("v_pu");
        for (row, us) in frame.numbers("period_start").iter().enumerate() {
            if v[row].is_finite() {
                let p = periods.entry(*us as i64).or_insert([f64::INFINITY, 0.0, 0.0, 0.0]);
                *p = [p[0].min(v[row]), p[1] + v[row], p[2].max(v[row]), p[3] + 1.0];
            }
        }
    })?;
    let line = |f: &dyn Fn(&[f64; 4]) -> f64| {
        let points = periods.iter().map(|(us, p)| [source.hour(*us as f64), f(p)]);
        Shape::Line(thinned(&points.collect::<Vec<_>>(), 2000))
    };
    let marks = if periods.is_empty() {
        Vec::new()
    } else {
        vec![
            Mark::new("highest", Colour::Fuel, line(&|p| p[2])),
            Mark::new("mean", Colour::Ink, line(&|p| p[1] / p[3])),
            Mark::new("lowest", Colour::Alarm, line(&|p| p[0])),
        ]
    };
    Ok(Chart {
        name: "voltages",
        title: "Voltages over the buses".to_owned(),
        note: "The lowest, mean and highest voltage of all buses in each period, by AC power flow."
            .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("voltage [p.u.]"),
        marks,
        sql: "SELECT period_start, min(v_pu), avg(v_pu), max(v_pu) FROM 'voltages.parquet' \
              GROUP BY 1 ORDER BY 1"
            .to_owned(),
        height: 280,
    })
}

/// The network drawn as a tree from the substation, branches as wide as their largest current,
/// buses marked where their voltage was lowest.
pub(super) fn network(source: &Source) -> Result<Chart, ReportError> {
    let mut current: BTreeMap<(i64, i64), f64> = BTreeMap::new();
    source.scan("branches", &["from_bus_id", "to_bus_id", "current_a"], |frame| {
        let (from, to) = (frame.numbers("from_bus_id"), frame.numbers("to_bus_id"));
        for (row, a) in frame.numbers("current_a").iter().enumerate() {
            let most = current.entry((from[row] as i64, to[row] as i64)).or_insert(0.0);
            *most = most.max(if a.is_nan() { 0.0 } else { *a });
        }
    })?;
    // Open ties carry nothing: without them the network is a tree.
    current.retain(|_, a| *a > 0.0);
    let mut lowest: BTreeMap<i64, f64> = BTreeMap::new();
    source.scan("voltages", &["bus_id", "v_pu"], |frame| {
        let v = frame.numbers("v_pu");
        for (row, bus) in frame.numbers("bus_id").iter().enumerate() {
            let low = lowest.entry(*bus as i64).or_insert(f64::INFINITY);
            *low = low.min(v[row]);
        }
    })?;
    let places = places(&current.keys().copied().collect::<Vec<_>>());
    let most = current.values().copied().fold(1e-9, f64::max);
    let pieces = current.iter().filter_map(|((from, to), a)| {
        let (p, q) = (places.get(from)?, places.get(to)?);
        Some(([p[0], p[1], q[0], q[1]], 1 + (9.0 * a / most) as u32))
    });
    let dots = |low: f64, high: f64| {
        let inside = lowest.iter().filter(move |(_, v)| **v >= low && **v < high);
        Shape::Dots(inside.filter_map(|(bus, _)| places.get(bus).copied()).collect())
    };
    let words = places.iter().filter(|_| places.len() <= 150);
    let words = words.map(|(bus, p)| ([p[0], p[1] - 0.3], bus.to_string())).collect();
    let marks = if places.is_empty() {
        Vec::new()
    } else {
        vec![
            Mark::new(
                "branch, wider with its largest current",
                Colour::Wind,
                Shape::Pieces(pieces.collect()),
            ),
            Mark::new("lowest voltage from 0.97 p.u.", Colour::Charge, dots(0.97, f64::INFINITY)),
            Mark::new("0.95 to 0.97", Colour::Fuel, dots(0.95, 0.97)),
            Mark::new("below 0.95", Colour::Alarm, dots(f64::NEG_INFINITY, 0.95)),
            Mark::new("", Colour::Ink, Shape::Words(words)),
        ]
    };
    Ok(Chart {
        name: "network",
        title: "The network: what its branches carried, and where voltage was low".to_owned(),
        note: format!(
            "The substation at left, one step to the right for each branch. The widest branch \
             carried {most:.0} A, branches that never carried any are left out; dots show the lowest voltage of the record."
        ),
        x: Axis::None,
        y: Axis::None,
        marks,
        sql: "SELECT from_bus_id, to_bus_id, max(current_a) FROM 'branches.parquet' GROUP BY ALL; \
              SELECT bus_id, min(v_pu) FROM 'voltages.parquet' GROUP BY ALL"
            .to_owned(),
        height: 340,
    })
}

/// What the branches carried over the day, each against the largest current of all.
pub(super) fn loading(source: &Source) -> Result<Chart, ReportError> {
    const MOST_BRANCHES: usize = 48;
    const MOST_STEPS: f64 = 192.0;
    let mut current: BTreeMap<(i64, i64), BTreeMap<i64, f64>> = BTreeMap::new();
    let columns = ["from_bus_id", "to_bus_id", "period_start", "current_a"];
    source.scan("branches", &columns, |frame| {
        let (from, to) = (frame.numbers("from_bus_id"), frame.numbers("to_bus_id"));
        let (start, amps) = (frame.numbers("period_start"), frame.numbers("current_a"));
        for row in (0..frame.rows()).filter(|row| amps[*row] > 0.0) {
            let branch = current.entry((from[row] as i64, to[row] as i64)).or_default();
            branch.insert(start[row] as i64, amps[row]);
        }
    })?;
    let highest = |p: &BTreeMap<i64, f64>| p.values().copied().fold(0.0, f64::max);
    let mut branches: Vec<_> = current.iter().map(|(b, p)| (highest(p), b, p)).collect();
    branches.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    let branches = branches.split_off(branches.len().saturating_sub(MOST_BRANCHES));
    let most = branches.last().map_or(1e-9, |b| b.0.max(1e-9));
    let hours = branches.iter().flat_map(|b| b.2.keys()).map(|us| source.hour(*us as f64));
    let steps = Steps::of(hours, MOST_STEPS);
    let mut shades: BTreeMap<(usize, i64), f64> = BTreeMap::new();
    for (row, (_, _, periods)) in branches.iter().enumerate() {
        for (us, amps) in *periods {
            let step = steps.at(source.hour(*us as f64));
            let shade = shades.entry((row, step)).or_insert(0.0);
            *shade = shade.max(*amps);
        }
    }
    let shade = |(&(row, step), amps): (&(usize, i64), &f64)| {
        let (left, y) = (steps.left(step), row as f64);
        ([left, left + steps.length, y - 0.5, y + 0.5], amps / most)
    };
    let marks = if shades.is_empty() {
        Vec::new()
    } else {
        let shades = shades.iter().map(shade).collect();
        vec![Mark::new(
            format!("current, darkest {most:.0} A"),
            Colour::Grid,
            Shape::Shades(shades),
        )]
    };
    let name = |b: &(f64, &(i64, i64), &BTreeMap<i64, f64>)| format!("{} to {}", b.1.0, b.1.1);
    Ok(Chart {
        name: "branch-loading",
        title: "What the branches carried, over the day".to_owned(),
        note: format!(
            "Each row is a branch, the one with the largest current on top; the darker, the more \
             current. At most {MOST_BRANCHES} branches."
        ),
        x: Axis::Clock,
        y: Axis::Names {
            label: "branch, bus to bus".to_owned(),
            names: branches.iter().map(name).collect(),
        },
        marks,
        sql: "SELECT from_bus_id, to_bus_id, period_start, current_a, loss_kw FROM \
              'branches.parquet' ORDER BY ALL"
            .to_owned(),
        height: (90 + 15 * branches.len() as u32).clamp(200, 820),
    })
}

/// Places of a tree's buses: depth to the right, leaves one below the other, a bus at the height of
/// its first child.
fn places(branches: &[(i64, i64)]) -> BTreeMap<i64, [f64; 2]> {
    let mut children: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (from, to) in branches {
        children.entry(*from).or_default().push(*to);
    }
    let below: BTreeSet<i64> = branches.iter().map(|b| b.1).collect();
    let mut places = BTreeMap::new();
    let mut stack: Vec<(i64, f64)> =
        children.keys().filter(|b| !below.contains(b)).map(|b| (*b, 0.0)).collect();
    let mut row = 0.0;
    while let Some((bus, depth)) = stack.pop() {
        if places.contains_key(&bus) {
            continue;
        }
        places.insert(bus, [depth, -row]);
        match children.get(&bus) {
            Some(next) => stack.extend(next.iter().rev().map(|b| (*b, depth + 1.0))),
            None => row += 1.0,
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_stands_at_the_height_of_its_first_child() {
        let p = places(&[(1, 2), (2, 3), (2, 4), (4, 5)]);
        assert_eq!((p[&1], p[&2], p[&3]), ([0.0, 0.0], [1.0, 0.0], [2.0, 0.0]));
        assert_eq!((p[&4], p[&5]), ([2.0, -1.0], [3.0, -1.0]));
    }
}
