//! Who drives: the fleet, its segments, their vehicles.

mod replay;
mod segment;
mod vehicles;

use crate::behaviour;
use crate::law::law;
use keys::{Code, SHARE, Table};
use population::{
    BehaviourParams, FleetError, FleetSpec, Law, SegmentSize, SegmentSpec, Treatments,
};
use replay::replay;
pub use replay::{Align, ReplayRules};
use segment::{habits, segment};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vehicles::vehicles;

/// The fleet of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetRules {
    /// Number and segments.
    pub spec: FleetSpec,
    /// A table of people, one row per person, whose cells stand in the place of draws; relative to
    /// the scenario's folder.
    pub people: Option<PathBuf>,
    /// Recorded sessions whose people come as they came.
    pub replay: Option<ReplayRules>,
    /// A part of a segment that is treated otherwise.
    pub trial: Option<Trial>,
}

/// A part of a segment's people that is treated otherwise, drawn anew in each replication; the rest
/// is the control. Both have figures of their own: the treated ones are a segment beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Number of the segment, from 0.
    pub segment: usize,
    /// Number of the segment of those who are treated.
    pub treated: usize,
    /// Share of the people that is treated, 0..1; a larger share contains the smaller one.
    pub share: f64,
}

/// Defaults that depend on the model.
pub(crate) struct FleetDefault {
    pub evs: u32,
    pub segments: Vec<SegmentSpec>,
}

impl From<FleetSpec> for FleetDefault {
    /// The same fleet with shares in the place of numbers, so that `evs` alone makes it larger or
    /// smaller.
    fn from(spec: FleetSpec) -> Self {
        let share = |size| match size {
            SegmentSize::Evs(n) => SegmentSize::Share(f64::from(n) / f64::from(spec.evs)),
            share @ SegmentSize::Share(_) => share,
        };
        Self {
            evs: spec.evs,
            segments: spec
                .segments
                .iter()
                .map(|s| SegmentSpec { size: share(s.size), ..s.clone() })
                .collect(),
        }
    }
}

/// What other tables say about every segment.
pub(crate) struct Common {
    /// How long before the planned arrival a person plans.
    pub lead: Law,
    /// Hassle of a reservation.
    pub hassle: Law,
    pub behaviour: BehaviourParams,
}

pub(crate) fn fleet(t: &mut Table<'_>, default: &FleetDefault, common: &Common) -> FleetRules {
    t.table(
        "fleet",
        "who drives; what is given here holds for every segment that does not say otherwise",
        |t| {
            let evs_given = t.has("evs");
            let people = t
                .optional_text(
                    "table",
                    "a table of people, one row per person; relative to the scenario's folder",
                )
                .map(PathBuf::from);
            let doc = "a file of laws that `gridflock fit` wrote; its keys complete this file's; relative to the scenario's folder";
            t.optional_text("behaviour", doc);
            let replay = replay(t);
            if replay.is_some() && people.is_some() {
                t.refuse("replay", "`fleet.table` and `fleet.replay` both say who drives", "leave one of them out");
            }
            let pattern = SegmentSpec {
                lead: common.lead.clone(),
                hassle: common.hassle.clone(),
                behaviour: common.behaviour.clone(),
                ..default.segments[0].clone()
            };
            let before = t.problem_count();
            let evs = t.count32("evs", default.evs, 0..=100_000_000, "EVs", "EVs in all");
            let evs_refused = t.problem_count() > before;
            let pattern = habits(t, &pattern);
            let pattern = SegmentSpec { vehicle: vehicles(t, &pattern.vehicle), ..pattern };
            // A segment by default keeps its own comings and goings; what the fleet's table gives
            // replaces the rest.
            let defaults: Vec<SegmentSpec> =
                default.segments.iter().map(|s| segment::with_common(s, &pattern)).collect();
            let before = t.problem_count();
            let segments = t.tables_or(
                "segment",
                &defaults,
                "people who share laws, vehicles and treatment",
                |t, d| segment(t, d, &pattern),
            );
            let named = segments
                .iter()
                .map(|s| if let SegmentSize::Evs(n) = s.size { u64::from(n) } else { 0 })
                .sum::<u64>();
            let all_named = segments.iter().all(|s| matches!(s.size, SegmentSize::Evs(_)))
                && !segments.is_empty();
            // Segments that all name their numbers say how many EVs there are.
            let evs =
                if all_named && !evs_given { named.min(u64::from(u32::MAX)) as u32 } else { evs };
            let mut segments = segments;
            let trial = if t.has("trial") || t.is_describing() {
                t.table("trial", "a part of a segment that is treated otherwise", |t| {
                    trial(t, &mut segments)
                })
            } else {
                None
            };
            let spec = FleetSpec { evs, segments };
            let counted = !evs_refused && t.problem_count() == before;
            check(t, &spec, counted);
            FleetRules { spec, people, replay, trial }
        },
    )
}

/// Appends those who are treated as a segment.
fn trial(t: &mut Table<'_>, segments: &mut Vec<SegmentSpec>) -> Option<Trial> {
    let name = t.required_text("segment", "the segment whose people are divided");
    let share = t.number(
        "share",
        0.5,
        SHARE,
        "1",
        "share that is treated; a larger share contains the smaller",
    );
    let treatments = t.table("treatment", "what is done otherwise to them", segment::treatments);
    let name = name?;
    let Some(k) = segments.iter().position(|s| s.name == name) else {
        let known: Vec<&str> = segments.iter().map(|s| s.name.as_str()).collect();
        let help = format!("its segments: {}", known.join(", "));
        let message = format!("the scenario has no segment \"{name}\"");
        t.refuse_as(Code::UnknownWord, "segment", message, help);
        return None;
    };
    let own = segments[k].treatments;
    let treated = SegmentSpec {
        name: format!("{name}, treated"),
        size: SegmentSize::Evs(0),
        treatments: Treatments {
            reminder: treatments.reminder.or(own.reminder),
            penalty_scale: treatments.penalty_scale.or(own.penalty_scale),
            tickets: treatments.tickets.or(own.tickets),
            credence: treatments.credence.or(own.credence),
        },
        ..segments[k].clone()
    };
    segments.push(treated);
    Some(Trial { segment: k, treated: segments.len() - 1, share })
}

/// `counted`: no number of EVs was refused; one that was counts as none.
fn check(t: &Table<'_>, spec: &FleetSpec, counted: bool) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (k, segment) in spec.segments.iter().enumerate() {
        if let Some(before) = first.insert(&segment.name, k) {
            let message = format!("segments {before} and {k} are both called \"{}\"", segment.name);
            t.refuse(
                &format!("segment[{k}].name"),
                message,
                "each segment needs a name of its own: draws depend on it",
            );
        }
    }
    if t.problem_count() == 0 {
        // What no single key shows, and what other ways of making a segment are checked by.
        for (k, problem) in spec
            .segments
            .iter()
            .enumerate()
            .flat_map(|(k, s)| s.problems().into_iter().map(move |p| (k, p)))
        {
            t.refuse(
                &format!("segment[{k}].{}", problem.field),
                problem.to_string(),
                "see the schema for what is allowed",
            );
        }
    }
    match spec.head_counts() {
        Ok(_) => {}
        Err(_) if !counted => {}
        Err(error @ FleetError::Empty { .. }) => {
            t.refuse_as(
                Code::OutOfRange,
                "evs",
                format!("{error}"),
                "a fleet needs at least one EV and one segment",
            );
        }
        Err(error @ FleetError::ShareSum { .. }) => {
            let key = if spec.segments.is_empty() {
                "segment".to_owned()
            } else {
                format!("segment[{}].share", spec.segments.len() - 1)
            };
            t.refuse(
                &key,
                format!("{error}"),
                "correct the shares, or give `evs` in the place of a share",
            );
        }
        Err(error) => t.refuse(
            "evs",
            format!("{error}"),
            "the numbers of the segments must add up to `fleet.evs`",
        ),
    }
}

/// `booking.lead`, the law of planning ahead.
pub(crate) fn lead(t: &mut Table<'_>) -> Law {
    law(
        t,
        "lead",
        &SegmentSpec::workers().lead,
        0.0..=168.0,
        "h",
        "how long before the planned arrival a person plans",
    )
}

/// `[behaviour]` with the hassle of reserving.
pub(crate) fn common(t: &mut Table<'_>, lead: Law) -> Common {
    let default = SegmentSpec::workers();
    t.table("behaviour", "how people value, choose and respond", |t| {
        let hassle = law(
            t,
            "hassle",
            &default.hassle,
            0.0..=10_000.0,
            "CNY",
            "hassle of making a reservation",
        );
        Common { lead, hassle, behaviour: behaviour::behaviour(t, &default.behaviour) }
    })
}
