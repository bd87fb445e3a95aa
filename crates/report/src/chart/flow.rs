//! What became of what: amounts that flow from column to column (a Sankey diagram).

use super::{Colour, Mark, Ribbon, Shape};

/// Half the width of a stop, where columns are 1 apart.
const HALF: f64 = 0.03;
/// Room between two stops of a column, as a share of the largest column.
const GAP: f64 = 0.065;

/// Where amounts come from or go to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stop {
    /// Its column, from left to right.
    pub column: usize,
    /// Its name.
    pub name: &'static str,
    /// Its colour, and that of what flows to it.
    pub colour: Colour,
}

/// An amount that flows from one stop to another of a later column, both by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Flow {
    /// From where.
    pub from: usize,
    /// To where.
    pub to: usize,
    /// How much.
    pub amount: f64,
}

/// Stops and flows as marks: stops of a column stand one below the other in their order, as high as
/// what passes them; what has no amount is left out.
pub(crate) fn flows(stops: &[Stop], flows: &[Flow]) -> Vec<Mark> {
    let flows: Vec<&Flow> = flows.iter().filter(|f| f.amount > 0.0).collect();
    let sum = |end: fn(&Flow) -> usize, stop: usize| -> f64 {
        flows.iter().filter(|f| end(f) == stop).map(|f| f.amount).sum()
    };
    let heights: Vec<f64> =
        (0..stops.len()).map(|k| sum(|f| f.from, k).max(sum(|f| f.to, k))).collect();
    let tops = tops(stops, &heights);
    let (mut left, mut right) = (tops.clone(), tops.clone());
    let mut marks: Vec<Mark> = Vec::new();
    for flow in flows {
        let (from, to) = (&stops[flow.from], &stops[flow.to]);
        let edge = |x: f64, top: f64| [x, top - flow.amount, top];
        let ribbon = Ribbon {
            name: format!("{} to {}", from.name, to.name),
            amount: flow.amount,
            from: edge(from.column as f64 + HALF, right[flow.from]),
            to: edge(to.column as f64 - HALF, left[flow.to]),
        };
        right[flow.from] -= flow.amount;
        left[flow.to] -= flow.amount;
        marks.push(Mark::new("", to.colour, Shape::Ribbons(vec![ribbon])));
    }
    let mut labels = Vec::new();
    for ((stop, height), top) in stops.iter().zip(&heights).zip(&tops) {
        if *height > 0.0 {
            let x = stop.column as f64;
            let bar = [x - HALF, x + HALF, top - height, *top];
            marks.push(Mark::new("", stop.colour, Shape::Boxes(vec![bar])));
            let at = [x + 1.6 * HALF, top - height / 2.0];
            labels.push((at, format!("{} {height:.0}", stop.name)));
        }
    }
    if !labels.is_empty() {
        // Room for the words of the last column.
        let last = stops.iter().map(|s| s.column).max().unwrap_or(0);
        labels.push(([last as f64 + 0.75, 0.0], String::new()));
        marks.push(Mark::new("", Colour::Ink, Shape::Labels(labels)));
    }
    marks
}

/// The upper edge of each stop; columns are centred.
fn tops(stops: &[Stop], heights: &[f64]) -> Vec<f64> {
    let columns = stops.iter().map(|s| s.column + 1).max().unwrap_or(0);
    let of = |column: usize| {
        let inside =
            stops.iter().zip(heights).filter(move |(s, h)| s.column == column && **h > 0.0);
        inside.map(|(_, h)| *h)
    };
    let gap = GAP * (0..columns).map(|c| of(c).sum()).fold(0.0, f64::max);
    let height = |c: usize| of(c).sum::<f64>() + gap * of(c).count().saturating_sub(1) as f64;
    let mut next: Vec<f64> = (0..columns).map(|c| height(c) / 2.0).collect();
    let mut tops = Vec::new();
    for (stop, height) in stops.iter().zip(heights) {
        tops.push(next[stop.column]);
        if *height > 0.0 {
            next[stop.column] -= height + gap;
        }
    }
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_a_stop_fills_its_height_and_an_empty_one_is_not_drawn() {
        let stop = |column, name| Stop { column, name, colour: Colour::Grid };
        let stops = [stop(0, "all"), stop(1, "kept"), stop(1, "lost"), stop(1, "never")];
        let flow = |to, amount| Flow { from: 0, to, amount };
        let marks = flows(&stops, &[flow(1, 7.0), flow(2, 3.0), flow(3, 0.0)]);
        let (mut bars, mut ribbons) = (Vec::new(), Vec::new());
        for mark in &marks {
            match &mark.shape {
                Shape::Boxes(b) => bars.extend(b.clone()),
                Shape::Ribbons(r) => ribbons.extend(r.clone()),
                _ => {}
            }
        }
        assert_eq!((bars.len(), ribbons.len()), (3, 2));
        let height = |b: &[f64; 4]| b[3] - b[2];
        assert_eq!(bars.iter().map(height).collect::<Vec<_>>(), [10.0, 7.0, 3.0]);
        assert_eq!((ribbons[0].from[2], ribbons[1].from[1]), (bars[0][3], bars[0][2]));
        assert!(bars[1][2] > bars[2][3], "stops of a column do not touch");
        assert_eq!(ribbons[1].name, "all to lost");
    }
}
