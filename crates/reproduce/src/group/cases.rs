//! The five published cases as ours: tables, orderings, effects, and the paper's main result.

use super::published::{AREAS, CASES, COST_CNY, PEAK_VALLEY_KW};
use crate::{Cell, Feature, Grid, OverSeeds, Section, Verdict, figure};

/// Relative difference from a published figure that counts as reached.
const REACH: f64 = 0.15;

/// What a case is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Difference of peak and valley of the net load \[kW\] (P4 Table 2 and 3).
    PeakValley,
    /// Cost of charging of all EVs \[CNY\].
    Cost,
}

impl Quantity {
    /// Both, in the order of the paper.
    pub const ALL: [Self; 2] = [Self::PeakValley, Self::Cost];

    const fn name(self) -> &'static str {
        match self {
            Self::PeakValley => "peak less valley",
            Self::Cost => "EV cost",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::PeakValley => "kW",
            Self::Cost => "CNY",
        }
    }

    const fn published(self) -> [[f64; 5]; 4] {
        match self {
            Self::PeakValley => PEAK_VALLEY_KW,
            Self::Cost => COST_CNY,
        }
    }
}

/// Figures by area and case, each over the seeds.
pub struct Cases {
    /// Where they come from, for titles.
    pub origin: &'static str,
    peak_valley_kw: [[OverSeeds; 5]; 4],
    cost_cny: [[OverSeeds; 5]; 4],
}

impl Cases {
    /// From a function of quantity, area and case.
    pub fn of(origin: &'static str, figure: impl Fn(Quantity, usize, usize) -> OverSeeds) -> Self {
        let all = |quantity| {
            std::array::from_fn(|area| std::array::from_fn(|case| figure(quantity, area, case)))
        };
        Self { origin, peak_valley_kw: all(Quantity::PeakValley), cost_cny: all(Quantity::Cost) }
    }

    /// A figure of an area in a case.
    pub fn at(&self, quantity: Quantity, area: usize, case: usize) -> &OverSeeds {
        match quantity {
            Quantity::PeakValley => &self.peak_valley_kw[area][case],
            Quantity::Cost => &self.cost_cny[area][case],
        }
    }

    /// What a case saves of unordered charging, as a share.
    pub fn saving(&self, quantity: Quantity, area: usize, case: usize) -> OverSeeds {
        self.at(quantity, area, 1).with(self.at(quantity, area, case), |all, left| 1.0 - left / all)
    }

    /// The table of a quantity, with its levels, effects and orderings.
    pub fn section(&self, quantity: Quantity) -> Section {
        let first = match quantity {
            Quantity::PeakValley => 0,
            Quantity::Cost => 1, // nothing is charged without EVs
        };
        let published = quantity.published();
        let mut table = Grid::new(["area"].into_iter().chain(CASES[first..].iter().copied()));
        for (area, name) in AREAS.iter().enumerate() {
            let cell =
                |case| Cell::Both(self.at(quantity, area, case).clone(), published[area][case]);
            table.push(*name, (first..CASES.len()).map(cell));
        }
        let title = format!(
            "Tables 2 and 3, {} [{}], {}; published figure in brackets",
            quantity.name(),
            quantity.unit(),
            self.origin
        );
        let mut section = Section::of_table(title, table);
        for area in 0..AREAS.len() {
            section.features.push(self.levels(quantity, area));
            section.features.push(self.effects(quantity, area));
            section.features.push(self.ordering(quantity, area));
        }
        section
    }

    fn levels(&self, quantity: Quantity, area: usize) -> Feature {
        let near = |case: usize| {
            let paper = quantity.published()[area][case];
            let ours = self.at(quantity, area, case);
            let off = format!("{} {:+.0} %", CASES[case], 100.0 * (ours.mean() - paper) / paper);
            (Verdict::within(ours, (1.0 - REACH) * paper, (1.0 + REACH) * paper), off)
        };
        let (verdicts, texts): (Vec<_>, Vec<_>) = (1..CASES.len()).map(near).unzip();
        Feature::new(
            format!("{}: {} within 15 % of the paper's", AREAS[area], quantity.name()),
            Verdict::all(verdicts),
            texts.join(", "),
        )
    }

    /// What ordering saves of unordered charging, beside what it saves in the paper.
    fn effects(&self, quantity: Quantity, area: usize) -> Feature {
        let published = quantity.published()[area];
        let near = |case: usize| {
            let paper = 1.0 - published[case] / published[1];
            let ours = self.saving(quantity, area, case);
            let text = format!("{} {} ({:+.1} %)", CASES[case], ours.percent(), 100.0 * paper);
            (Verdict::within(&ours, (1.0 - REACH) * paper, (1.0 + REACH) * paper), text)
        };
        let (verdicts, texts): (Vec<_>, Vec<_>) = (2..CASES.len()).map(near).unzip();
        Feature::new(
            format!("{}: saving of {} within 15 % of the paper's", AREAS[area], quantity.name()),
            Verdict::all(verdicts),
            texts.join(", "),
        )
    }

    /// Unordered charging is worst, and more participation is better.
    fn ordering(&self, quantity: Quantity, area: usize) -> Feature {
        let mut pairs = vec![(1, 2), (2, 3), (3, 4)];
        if quantity == Quantity::PeakValley {
            pairs.insert(0, (1, 0));
        }
        let above = |(larger, smaller): (usize, usize)| {
            let gap = self.at(quantity, area, larger).less(self.at(quantity, area, smaller));
            (Verdict::above(&gap, 0.0), format!("{} - {}: {gap}", CASES[larger], CASES[smaller]))
        };
        let (verdicts, texts): (Vec<_>, Vec<_>) = pairs.into_iter().map(above).unzip();
        Feature::new(
            format!("{}: {} worst unordered, better with each step", AREAS[area], quantity.name()),
            Verdict::all(verdicts),
            texts.join(", "),
        )
    }

    /// The paper's main result: with 20 % of the EVs ordered the difference of peak and valley is
    /// smaller than without any EV.
    pub fn main_result(&self) -> Section {
        let below = |area: usize| {
            let gap = |case: usize| {
                let q = Quantity::PeakValley;
                self.at(q, area, case).less(self.at(q, area, 0))
            };
            let paper = PEAK_VALLEY_KW[area];
            let text = format!(
                "{} kW (paper {}); at 40 % {} ({}), at 60 % {} ({})",
                gap(2),
                figure(paper[2] - paper[0]),
                gap(3),
                figure(paper[3] - paper[0]),
                gap(4),
                figure(paper[4] - paper[0])
            );
            let claim = format!("{}: 20 % ordered lies below no EV", AREAS[area]);
            Feature::new(claim, Verdict::below(&gap(2), 0.0), text)
        };
        Section::of_features(
            format!("The main result, {}: peak less valley against no EV", self.origin),
            (0..AREAS.len()).map(below).collect(),
        )
    }
}
