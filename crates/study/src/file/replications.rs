//! `[replications]` and `[stop]`.

use crate::design::Design;
use clock::{Group, Seeds};
use indicators::Definition;
use keys::{ABOVE_ZERO, Code, Table};

/// How often each point is run, and by which chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replications {
    /// Replications of each point; of the first batch if there is a stopping rule.
    pub n: u32,
    /// Whether replications come in pairs, the second of which draws 1 - u where the first draws u.
    pub antithetic: bool,
    /// Whether all points see the same people and days in a replication.
    pub common: bool,
    /// Which days replications see.
    pub days: Days,
    /// Seed of all groups in the place of the scenario's.
    pub seed: Option<u64>,
    /// Seeds of single groups in the place of the scenario's: population, behaviour, exogenous,
    /// optimiser.
    pub group_seeds: [Option<u64>; 4],
    /// Groups that see the numbers of replication 0 in every replication: population, behaviour,
    /// exogenous, optimiser.
    pub held: [bool; 4],
}

/// Which days of the series replications see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Those of the scenario.
    Scenario,
    /// A block of its own for each.
    Drawn,
}

/// The groups in the order of [`Replications::group_seeds`].
pub(crate) const GROUPS: [(&str, Group); 4] = [
    ("population", Group::Population),
    ("behaviour", Group::Behaviour),
    ("exogenous", Group::Exogenous),
    ("optimiser", Group::Optimiser),
];

impl Replications {
    /// The seeds of a replication: a function of the study's seeds and the replication's number
    /// alone, so that every point of the design sees the same people, weather and delays (common
    /// random numbers). `scenario` holds the scenario's seeds.
    pub fn seeds(&self, scenario: Seeds, replication: u32) -> Seeds {
        let draws = if self.antithetic { replication / 2 } else { replication };
        let base =
            [scenario.population, scenario.behaviour, scenario.exogenous, scenario.optimiser];
        let seed = |k: usize| self.group_seeds[k].or(self.seed).unwrap_or(base[k]);
        let antithetic = self.antithetic && replication % 2 == 1;
        let holding = self.held.contains(&true);
        // Normally the number of the replication enters every draw by itself. Where some groups are
        // held, the others get seeds of their own for each replication.
        let of =
            |k: usize| if holding && !self.held[k] { derived(seed(k), draws) } else { seed(k) };
        Seeds {
            population: of(0),
            behaviour: of(1),
            exogenous: of(2),
            optimiser: of(3),
            replication: if holding { 0 } else { draws },
            antithetic,
        }
    }
}

/// A seed below 2^63 for a replication; replication 0 keeps the seed itself.
fn derived(seed: u64, replication: u32) -> u64 {
    if replication == 0 {
        return seed;
    }
    Seeds { replication, ..Seeds::new(seed) }
        .draws(Group::Optimiser, crate::design::DRAWS, 0, 0, 0)
        .word64()
        >> 1
}

const DAYS: [(&str, Days, &str); 2] = [
    ("scenario", Days::Scenario, "those of the scenario, the same in every replication"),
    (
        "drawn",
        Days::Drawn,
        "a block of consecutive days for each replication, stratified by month without repeating a day, common to all series and points; in the place of `series.*.repeat` and `first_day`",
    ),
];

pub(super) fn replications(t: &mut Table<'_>, design: Option<&Design>) -> Replications {
    let any = || 0..=i64::MAX as u64;
    let n = t.count32(
        "n",
        10,
        1..=1_000_000,
        "runs",
        "replications of each point; replication i sees the same people and weather at every point",
    );
    let antithetic = t.flag(
        "antithetic",
        false,
        "whether replications come in pairs, of which the second mirrors every draw of the first",
    );
    let own = matches!(design, Some(Design::LatinHypercube { .. } | Design::Cross { .. }));
    let common = t.flag(
        "common",
        !own,
        "whether all points see the same people and days; by default they do, but for those of a Latin hypercube and for the futures of a cross design, which have their own",
    );
    let days = t.word("days", Days::Scenario, &DAYS, "which days of the series replications see");
    let words = GROUPS.map(|(word, _)| word);
    let held = t.words(
        "held",
        &words,
        &[],
        "groups of draws that stay those of replication 0 in every replication",
    );
    let replications = Replications {
        n,
        antithetic,
        common,
        days,
        seed: t.optional_count(
            "seed",
            any(),
            "",
            "seed of all groups of draws in the place of the scenario's",
        ),
        group_seeds: [
            t.optional_count("population", any(), "", "seed of who the users are"),
            t.optional_count("behaviour", any(), "", "seed of what they do"),
            t.optional_count("exogenous", any(), "", "seed of weather, forecast errors, latencies"),
            t.optional_count("optimiser", any(), "", "seed of randomised solvers"),
        ],
        held: words.map(|word| held.iter().any(|h| h == word)),
    };
    if antithetic && n % 2 == 1 {
        t.refuse_as(
            Code::OutOfRange,
            "n",
            format!("{n} replications are no pairs"),
            "give an even number with antithetic = true",
        );
    }
    if antithetic && held.len() < words.len() && !held.is_empty() {
        t.refuse(
            "held",
            "antithetic pairs mirror every group, held ones too",
            "give one of `held` and `antithetic`",
        );
    }
    replications
}

/// What must be narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopTarget {
    /// The interval of the mean at every point.
    Mean,
    /// The interval of the difference of every contrast.
    Contrast,
}

/// Runs on until a confidence interval is narrow enough.
#[derive(Clone, Debug, PartialEq)]
pub struct StopRule {
    /// Indicator (of the run) whose interval is looked at.
    pub indicator: String,
    /// Half-width that is narrow enough, in the indicator's unit.
    pub half_width: f64,
    /// Confidence level.
    pub confidence: f64,
    /// What must be narrow.
    pub target: StopTarget,
    /// Replications of every batch after the first. It is decided between batches only, so threads
    /// do not matter.
    pub batch: u32,
    /// Most replications of a point.
    pub max: u32,
}

pub(super) fn stop(t: &mut Table<'_>, replications: &Replications) -> Option<StopRule> {
    let indicator =
        t.required_text("indicator", "indicator whose confidence interval is looked at");
    let half_width = t.required_number(
        "half_width",
        ABOVE_ZERO,
        "",
        "half-width that is narrow enough, in the indicator's unit",
    );
    let targets = [
        ("mean", StopTarget::Mean, "the mean at every point"),
        ("contrast", StopTarget::Contrast, "the paired difference of every contrast"),
    ];
    let rule = StopRule {
        indicator: indicator.clone().unwrap_or_default(),
        half_width: half_width.unwrap_or_default(),
        confidence: t.number("confidence", 0.95, 0.5..=0.9999, "1", "confidence level"),
        target: t.word("of", StopTarget::Mean, &targets, "what must be narrow"),
        batch: t.count32(
            "batch",
            replications.n,
            1..=1_000_000,
            "runs",
            "replications of every batch after the first",
        ),
        max: t.count32(
            "max",
            replications.n.saturating_mul(10),
            2..=10_000_000,
            "runs",
            "most replications of a point",
        ),
    };
    if let Some(name) = indicator.filter(|name| Definition::of(name).is_none()) {
        super::output::refuse_indicator(t, "indicator", &name);
    }
    if rule.max < replications.n {
        let message = format!(
            "`stop.max` = {} is less than the {} replications of the first batch",
            rule.max, replications.n
        );
        t.refuse("max", message, "raise `stop.max` or lower `replications.n`");
    }
    if replications.antithetic && (rule.batch % 2 == 1 || rule.max % 2 == 1) {
        t.refuse("batch", "antithetic pairs need even `batch` and `max`", "give even numbers");
    }
    (half_width.is_some()).then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replications(antithetic: bool, held: [bool; 4]) -> Replications {
        Replications {
            n: 4,
            antithetic,
            common: true,
            days: Days::Scenario,
            seed: None,
            group_seeds: [None, Some(9), None, None],
            held,
        }
    }

    #[test]
    fn a_replication_is_known_by_its_number_and_groups_have_seeds_of_their_own() {
        let seeds = replications(false, [false; 4]).seeds(Seeds::new(3), 2);
        assert_eq!(seeds, Seeds { behaviour: 9, replication: 2, ..Seeds::new(3) });
    }

    #[test]
    fn antithetic_pairs_share_their_number() {
        let r = replications(true, [false; 4]);
        let pairs: Vec<(u32, bool)> = (0..4)
            .map(|i| r.seeds(Seeds::new(3), i))
            .map(|s| (s.replication, s.antithetic))
            .collect();
        assert_eq!(pairs, [(0, false), (0, true), (1, false), (1, true)]);
    }

    #[test]
    fn held_groups_draw_the_same_in_every_replication_and_the_others_do_not() {
        let r = replications(false, [true, false, false, false]);
        let [a, b] = [0, 1].map(|i| r.seeds(Seeds::new(3), i));
        let draw = |s: &Seeds, group| s.draws(group, 1, 1, 1, 1).word64();
        assert_eq!(draw(&a, Group::Population), draw(&b, Group::Population));
        assert_ne!(draw(&a, Group::Behaviour), draw(&b, Group::Behaviour));
        assert_ne!(draw(&a, Group::Exogenous), draw(&b, Group::Exogenous));
        assert_eq!(
            a,
            Seeds { behaviour: 9, ..Seeds::new(3) },
            "replication 0 is the run of the scenario itself"
        );
    }
}
