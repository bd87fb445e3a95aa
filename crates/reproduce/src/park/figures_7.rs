//! P3 Figures 7a (share of owners who accept V2G) and 7b (factor on the grid price), per stay.

use super::Runs;
use crate::runs::Variant;
use crate::{Cell, Feature, Grid, OverSeeds, Section, Verdict, figure};

/// A sweep over one value.
pub struct Sweep {
    /// Head of the first column.
    pub label: &'static str,
    /// Values.
    pub points: Vec<f64>,
    /// The variant of each value.
    pub variants: Vec<Variant>,
    /// The runs of each value, once done.
    pub runs: Vec<Runs>,
}

/// Figure 7a: V2G from nobody to everybody.
pub fn v2g(base: &Variant) -> Sweep {
    let points: Vec<f64> = (0..=10).map(|i| f64::from(i) / 10.0).collect();
    Sweep::new("V2G share", points, |x| base.with(format!("fleet.v2g_share={x}")))
}

/// Figure 7b: the grid price from 0.2 to 2.5 times the tariff, with the turbine at 1.0 CNY/kWh and
/// the owners' wear cost at 0.75 CNY/kWh (the scenario's README).
pub fn grid_price(base: &Variant) -> Sweep {
    let tenths = [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20, 23, 25];
    let base =
        base.with("plant.turbine.cost_cny_per_kwh=1.0").with("fleet.owner_wear_cny_per_kwh=0.75");
    let points = tenths.map(|i| f64::from(i) / 10.0).to_vec();
    Sweep::new("factor", points, |x| base.with(format!("tariff.grid.scale={x}")))
}

/// The figures of a sweep's table.
const COLUMNS: [(&str, &str); 7] = [
    ("total cost CNY", "total_cost_cny"),
    ("compensation", "compensation_cny"),
    ("EV cost CNY", "ev_cost_cny"),
    ("need met", "need_met_share"),
    ("tracking", "tracking_rate"),
    ("abandonment", "abandonment_rate"),
    ("purchase", "purchase_rate"),
];

impl Sweep {
    fn new(label: &'static str, points: Vec<f64>, variant: impl Fn(f64) -> Variant) -> Self {
        let variants = points.iter().map(|x| variant(*x)).collect();
        Self { label, points, variants, runs: Vec::new() }
    }

    /// With its runs, taken from those of all variants.
    pub fn with_runs(self, all: &mut impl Iterator<Item = Runs>) -> Self {
        let runs = all.take(self.points.len()).collect();
        Self { runs, ..self }
    }

    /// An indicator at every point.
    pub fn of(&self, name: &str) -> Vec<OverSeeds> {
        self.runs.iter().map(|runs| runs.of(name)).collect()
    }

    /// Place of a value of the sweep.
    pub fn at(&self, x: f64) -> usize {
        self.points.iter().position(|p| (p - x).abs() < 1e-9).unwrap_or(0)
    }

    fn table(&self) -> Grid {
        let heads = COLUMNS.iter().map(|c| c.0);
        let mut table = Grid::new(std::iter::once(self.label).chain(heads));
        for (x, runs) in self.points.iter().zip(&self.runs) {
            table.push(figure(*x), COLUMNS.iter().map(|c| Cell::Ours(runs.of(c.1))));
        }
        table
    }

    /// A claim that a figure goes one way over the whole sweep.
    fn goes(claim: &str, series: &[OverSeeds], direction: f64) -> Feature {
        let ours = match series {
            [first, .., last] => {
                format!("{first} -> {last}: {}", last.change_from(first).percent())
            }
            _ => String::new(),
        };
        Feature::new(claim, Verdict::goes(series, direction), ours)
    }

    /// Figure 7a.
    pub fn section_7a(&self) -> Section {
        let title = "Figure 7a. Share of owners who accept V2G (per stay)";
        let mut section = Section::of_table(title, self.table());
        let net: Vec<OverSeeds> = self.runs.iter().map(Runs::ev_cost_less_v2g).collect();
        section.features = vec![
            Self::goes("total cost falls", &self.of("total_cost_cny"), -1.0),
            Self::goes("EV cost falls", &self.of("ev_cost_cny"), -1.0),
            Self::goes("EV cost less what is paid for V2G falls", &net, -1.0),
            Self::goes("abandonment falls", &self.of("abandonment_rate"), -1.0),
            Self::goes("purchase falls", &self.of("purchase_rate"), -1.0),
            self.rises_then_falls("tracking", &self.of("tracking_rate")),
        ];
        section
    }

    /// Rises, then falls: both the rise to the largest mean and the fall after it exceed their
    /// intervals.
    fn rises_then_falls(&self, name: &str, series: &[OverSeeds]) -> Feature {
        let claim = format!("{name} rises, then falls");
        let (Some(first), Some(last)) = (series.first(), series.last()) else {
            return Feature::new(claim, Verdict::NotReached, "no points");
        };
        let best = (0..series.len())
            .fold(0, |best, i| if series[i].mean() > series[best].mean() { i } else { best });
        let (rise, fall) = (series[best].less(first), series[best].less(last));
        let text = format!(
            "largest at {}: {rise} above the first, {fall} above the last",
            figure(self.points[best])
        );
        Feature::new(
            claim,
            Verdict::all([Verdict::above(&rise, 0.0), Verdict::above(&fall, 0.0)]),
            text,
        )
    }

    /// Figure 7b.
    pub fn section_7b(&self) -> Section {
        let title = "Figure 7b. Factor on the grid price (per stay; turbine at 1.0 CNY/kWh, owners' wear cost 0.75 CNY/kWh)";
        let mut section = Section::of_table(title, self.table());
        let (total, tracking) = (self.of("total_cost_cny"), self.of("tracking_rate"));
        let slope = |from: f64, to: f64| {
            total[self.at(to)].less(&total[self.at(from)]).map(|x| x / (to - from))
        };
        let (early, late, flat) = (slope(1.0, 1.8), slope(2.0, 2.5), slope(2.3, 2.5));
        // Slopes are compared seed by seed, so that their common noise cancels.
        let slower = early.map(|x| 0.7 * x).less(&late);
        let nearly_flat = early.map(|x| 0.1 * x.abs()).less(&flat.map(f64::abs));
        let jump = tracking[self.at(0.7)].less(&tracking[self.at(0.6)]);
        let means: Vec<f64> = tracking.iter().map(OverSeeds::mean).collect();
        let range = means.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            - means.iter().copied().fold(f64::INFINITY, f64::min);
        let below = tracking[self.at(0.3)].less(&tracking[self.at(0.2)]);
        let ev = self.of("ev_cost_cny");
        let ev_fall = ev[self.at(1.8)].less(&ev[self.at(2.3)]);
        let still = (0.05 * range).max(0.01);
        section.features = vec![
            Self::goes("total cost rises", &total, 1.0),
            Feature::new(
                "total cost slows at x2 (below 0.7 of the slope before)",
                Verdict::above(&slower, 0.0),
                format!("{early} CNY per unit of factor before, {late} after x2"),
            ),
            Feature::new(
                "total cost is flat from x2.3 (below 0.1 of the slope before)",
                Verdict::above(&nearly_flat, 0.0),
                format!("{flat} CNY per unit of factor"),
            ),
            Self::goes("purchase falls", &self.of("purchase_rate"), -1.0),
            Feature::new(
                "tracking jumps at x0.7 (by a fifth of its range)",
                Verdict::above(&jump, 0.2 * range),
                format!("{jump} from x0.6 to x0.7, range {}", figure(range)),
            ),
            Feature::new(
                "below x0.3 no effect on tracking (a twentieth of its range, or 0.01)",
                Verdict::within(&below, -still, still),
                format!("{below} from x0.2 to x0.3"),
            ),
            Feature::new(
                "EV cost falls near x2",
                Verdict::above(&ev_fall, 0.0),
                format!("{} at x1.8, {} at x2.3", ev[self.at(1.8)], ev[self.at(2.3)]),
            ),
        ];
        section
    }
}
