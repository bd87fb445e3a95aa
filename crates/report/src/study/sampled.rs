//! A sampled design: how an indicator goes with the factors, over all points.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::HashMap;

/// Columns of `runs.parquet` that are no factors.
const FIXED: [&str; 12] = [
    "run_id",
    "point_id",
    "replication",
    "seed_replication",
    "seed_population",
    "seed_behaviour",
    "seed_exogenous",
    "seed_optimiser",
    "antithetic",
    "day_drawn",
    "status",
    "error",
];

/// What is drawn, and above which number of points.
const LEAST: usize = 12;
const MOST: usize = 2000;

/// Factors of numbers with many values, and the mean of an indicator at each point.
struct Sample {
    factors: Vec<(String, Vec<f64>)>,
    values: Vec<f64>,
}

/// Names of the factors of a study.
pub(crate) fn factors(source: &Source) -> Result<Vec<String>, ReportError> {
    let columns = source.columns("runs")?;
    Ok(columns.into_iter().filter(|c| !FIXED.contains(&c.as_str())).collect())
}

/// Rank correlations with all factors, and the region of the two that matter most; nothing where
/// the design is no sample.
pub(super) fn charts(source: &Source, name: &str) -> Result<Vec<Chart>, ReportError> {
    let Some(sample) = read(source, name)? else { return Ok(Vec::new()) };
    let values = ranks(&sample.values);
    let mut order: Vec<(f64, &String, &Vec<f64>)> = sample
        .factors
        .iter()
        .map(|(factor, x)| (correlation(&ranks(x), &values), factor, x))
        .collect();
    order.sort_by(|a, b| a.0.abs().total_cmp(&b.0.abs()).then(b.1.cmp(a.1)));
    let mut charts = vec![rank_plot(name, &order)];
    if let [.., second, first] = &order[..] {
        charts.push(region(name, [(first.1, first.2), (second.1, second.2)], &sample.values));
    }
    Ok(charts)
}

fn read(source: &Source, name: &str) -> Result<Option<Sample>, ReportError> {
    let names = factors(source)?;
    let mut wanted = vec!["run_id", "point_id"];
    wanted.extend(names.iter().map(String::as_str));
    let mut points: HashMap<i64, (f64, f64)> = HashMap::new();
    let (mut point_of, mut levels) = (HashMap::new(), HashMap::<i64, Vec<f64>>::new());
    source.scan("runs", &wanted, |frame| {
        let point = frame.numbers("point_id");
        for (row, run) in frame.numbers("run_id").iter().enumerate() {
            point_of.insert(*run as i64, point[row] as i64);
            let level = |f: &String| frame.numbers(f).get(row).copied().unwrap_or(f64::NAN);
            levels.entry(point[row] as i64).or_insert_with(|| names.iter().map(level).collect());
        }
    })?;
    source.scan("indicators", &["run_id", "name", "value", "scope"], |frame| {
        let value = frame.numbers("value");
        for (row, run) in frame.numbers("run_id").iter().enumerate() {
            let ours = frame.word("scope", row) == "run" && frame.word("name", row) == name;
            if let (true, Some(point)) =
                (ours && value[row].is_finite(), point_of.get(&(*run as i64)))
            {
                let sum = points.entry(*point).or_default();
                *sum = (sum.0 + value[row], sum.1 + 1.0);
            }
        }
    })?;
    let mut known: Vec<(&i64, &(f64, f64))> = points.iter().collect();
    known.sort_by_key(|(point, _)| **point);
    if known.len() < LEAST {
        return Ok(None);
    }
    let values = known.iter().map(|(_, (sum, n))| sum / n).collect();
    let column = |k: usize| known.iter().map(|(point, _)| levels[*point][k]).collect::<Vec<_>>();
    let sampled = |x: &Vec<f64>| {
        let mut distinct: Vec<u64> = x.iter().map(|v| v.to_bits()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        // A few levels, over and over, are a grid and no sample.
        x.iter().all(|v| v.is_finite()) && distinct.len() >= LEAST.min(known.len() / 2)
    };
    let columns = names.iter().cloned().enumerate().map(|(k, name)| (name, column(k)));
    let factors: Vec<_> = columns.filter(|(_, x)| sampled(x)).collect();
    Ok((!factors.is_empty()).then_some(Sample { factors, values }))
}

/// Ranks from 0, ties sharing their mean rank.
fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut ranks = vec![0.0; x.len()];
    let mut from = 0;
    while from < order.len() {
        let same = order[from..].iter().take_while(|i| x[**i] == x[order[from]]).count().max(1);
        for i in &order[from..from + same] {
            ranks[*i] = from as f64 + (same - 1) as f64 / 2.0;
        }
        from += same;
    }
    ranks
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(*a, *b)).sum::<f64>();
    let [xy, xx, yy] = [
        sum(&|a, b| (a - mx) * (b - my)),
        sum(&|a, _| (a - mx).powi(2)),
        sum(&|_, b| (b - my).powi(2)),
    ];
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

fn rank_plot(name: &str, order: &[(f64, &String, &Vec<f64>)]) -> Chart {
    let bars = order.iter().enumerate();
    let bars = bars.map(|(y, (r, ..))| [r.min(0.0), r.max(0.0), y as f64 - 0.36, y as f64 + 0.36]);
    Chart {
        name: "ranks",
        title: format!("Which factors {name} goes with"),
        note:
            "Spearman's rank correlation of each sampled factor with the mean of the indicator at \
               each point: 1 where it only rises with the factor, -1 where it only falls."
                .to_owned(),
        x: Axis::numbers("rank correlation"),
        y: Axis::Names {
            label: String::new(),
            names: order.iter().map(|(_, factor, _)| (*factor).clone()).collect(),
        },
        marks: vec![Mark::new("", Colour::Grid, Shape::Boxes(bars.collect()))],
        sql: format!(
            "SELECT r.*, i.value FROM 'runs.parquet' r JOIN 'indicators.parquet' i USING (run_id) \
             WHERE i.scope = 'run' AND i.name = '{name}'"
        ),
        height: 110 + 34 * order.len().max(2) as u32,
    }
}

fn region(name: &str, [x, y]: [(&String, &Vec<f64>); 2], values: &[f64]) -> Chart {
    let ranks = ranks(values);
    let third = values.len() as f64 / 3.0;
    let of = |from: f64, to: f64| {
        let inside = ranks.iter().enumerate().filter(|(_, r)| **r >= from && **r < to);
        Shape::Dots(inside.map(|(i, _)| [x.1[i], y.1[i]]).take(MOST / 3).collect())
    };
    Chart {
        name: "region",
        title: format!("Where {name} is high and where it is low"),
        note: "Each dot is a point of the design, at its values of the two factors that the indicator \
               goes with most; coloured by the third of the points to which its mean belongs."
            .to_owned(),
        x: Axis::numbers(x.0.as_str()),
        y: Axis::numbers(y.0.as_str()),
        marks: vec![
            Mark::new("lowest third", Colour::Wind, of(0.0, third)),
            Mark::new("middle third", Colour::Muted, of(third, 2.0 * third)),
            Mark::new("highest third", Colour::Alarm, of(2.0 * third, f64::INFINITY)),
        ],
        sql: format!(
            "SELECT r.point_id, any_value(r.\"{}\"), any_value(r.\"{}\"), avg(i.value) FROM \
             'runs.parquet' r JOIN 'indicators.parquet' i USING (run_id) WHERE i.scope = 'run' AND \
             i.name = '{name}' GROUP BY 1 ORDER BY 1",
            x.0, y.0
        ),
        height: 420,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_share_ties_and_a_rising_law_has_rank_correlation_one() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 9.0]), [1.5, 0.0, 1.5, 3.0]);
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|v| v.exp()).collect();
        let falls: Vec<f64> = y.iter().map(|v| -v).collect();
        assert!((correlation(&ranks(&x), &ranks(&y)) - 1.0).abs() < 1e-12);
        assert!((correlation(&ranks(&x), &ranks(&falls)) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&ranks(&x), &ranks(&[2.0; 20])), 0.0);
    }
}
