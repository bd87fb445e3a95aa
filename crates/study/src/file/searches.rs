//! `[calibrate]` and `[optimise]`.

use super::StudyFile;
use crate::search::AbcRule;
use crate::{Factor, Levels, Role};
use indicators::{Better, Definition};
use keys::{ABOVE_ZERO, Code, Table};

/// A figure that runs are to give.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationTarget {
    /// The indicator.
    pub indicator: String,
    /// Its value, in its unit.
    pub value: f64,
    /// Deviation that counts as one, in its unit: how sure the value is, and how much runs vary.
    pub sd: f64,
}

/// Parameters to targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// What runs are to give.
    pub targets: Vec<CalibrationTarget>,
    /// How parameters are looked for.
    pub rule: AbcRule,
}

/// The best values of levers.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimisation {
    /// The indicator.
    pub indicator: String,
    /// Whether more of it is better, or less.
    pub more: bool,
    /// Most runs.
    pub budget: u64,
}

pub(super) fn calibration(t: &mut Table<'_>) -> Calibration {
    let targets = t.tables("target", "what runs are to give", |t| {
        let indicator = t.required_text("indicator", "indicator of the run");
        let value = t.required_number("value", f64::MIN..=f64::MAX, "", "its value, in its unit");
        let sd = t.required_number(
            "sd",
            ABOVE_ZERO,
            "",
            "deviation that counts as one: how sure the value is, and how much runs vary",
        );
        let indicator = indicator?;
        if Definition::of(&indicator).is_none() {
            super::output::refuse_indicator(t, "indicator", &indicator);
            return None;
        }
        Some(CalibrationTarget { indicator, value: value?, sd: sd? })
    });
    let count = targets.len();
    let targets: Vec<CalibrationTarget> = targets.into_iter().flatten().collect();
    if count == 0 {
        t.refuse_as(
            Code::MissingKey,
            "target",
            "there is nothing to calibrate to",
            "give at least one [[calibrate.target]] with indicator, value and sd",
        );
    }
    Calibration {
        targets,
        rule: AbcRule {
            particles: t.count("particles", 100, 20..=100_000, "", "particles of a generation")
                as usize,
            generations: t.count("generations", 5, 1..=100, "", "most generations") as usize,
            budget: t.count(
                "budget",
                3000,
                20..=100_000_000,
                "simulations",
                "most simulations, each of all replications",
            ),
            tolerance: t.number(
                "tolerance",
                0.1,
                0.0..=100.0,
                "1",
                "distance from the targets (root mean square of deviations over `sd`) that is near enough",
            ),
        },
    }
}

pub(super) fn optimisation(t: &mut Table<'_>) -> Option<Optimisation> {
    let indicator = t.required_text("indicator", "indicator of the run that is to be best");
    let directions = [
        ("as defined", None, "the way in which the indicator is better"),
        ("more", Some(true), "the more the better"),
        ("less", Some(false), "the less the better"),
    ];
    let direction = t.word("direction", None, &directions, "which way is better");
    let budget = t.count("budget", 400, 10..=100_000_000, "runs", "most runs");
    let indicator = indicator?;
    let Some(definition) = Definition::of(&indicator) else {
        super::output::refuse_indicator(t, "indicator", &indicator);
        return None;
    };
    let more = direction.or(match definition.better() {
        Better::More => Some(true),
        Better::Less => Some(false),
        Better::Neither => None,
    });
    let Some(more) = more else {
        t.refuse(
            "direction",
            format!("neither more nor less of `{indicator}` is better by itself"),
            "give direction = \"more\" or \"less\"",
        );
        return None;
    };
    Some(Optimisation { indicator, more, budget })
}

/// Reports searches that have nothing to search in.
pub(super) fn check(t: &Table<'_>, study: &StudyFile) {
    let searched = |role: Role| study.factors.iter().filter(move |f| f.role == role);
    let continuous = |f: &Factor| matches!(f.levels, Levels::Range { .. } | Levels::Law { .. });
    for (table, role, word) in
        [("calibrate", Role::Uncertainty, "uncertainty"), ("optimise", Role::Lever, "lever")]
    {
        let asked = match table {
            "calibrate" => study.calibration.is_some(),
            _ => study.optimisation.is_some(),
        };
        if !asked {
            continue;
        }
        if searched(role).next().is_none() {
            t.refuse(
                table,
                format!("there is no [[factor]] with role \"{word}\" to look for"),
                "give one with a range",
            );
        }
        for (k, f) in study.factors.iter().enumerate().filter(|(_, f)| f.role == role) {
            if !continuous(f) {
                t.refuse(
                    &format!("factor[{k}].name"),
                    format!("`{}` is a list: [{table}] looks in ranges and laws", f.name),
                    "give range = [low, high]",
                );
            }
        }
    }
    if let Some(o) = &study.optimisation {
        let points = o.budget / u64::from(study.replications.n);
        let levers = searched(Role::Lever).count() as u64;
        if points < 4 * levers + 4 {
            let needed = (4 * levers + 4) * u64::from(study.replications.n);
            t.refuse(
                "optimise.budget",
                format!(
                    "{} runs are {points} points of {} replications",
                    o.budget, study.replications.n
                ),
                format!("give at least {needed}, or fewer replications"),
            );
        }
    }
}
