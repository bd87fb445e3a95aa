//! A runner without a simulation: an indicator that is a function of seeds and overrides.

use crate::{Job, Plan, RunFailure, RunResult, Runner, StudyFile};
use clock::Group;
use domain::{Actor, Fact, FactKind, IndicatorRow, Names, Phase, Rows, Scope, Time, ZoneId};
use std::path::Path;
use std::sync::Mutex;

/// What a toy run does besides.
#[derive(Default)]
pub struct Toy {
    /// Runs that were asked for.
    pub asked: Mutex<Vec<u64>>,
    /// Run that fails.
    pub fails: Option<u64>,
    /// Run that panics.
    pub panics: Option<u64>,
}

impl Runner for Toy {
    fn names(&self) -> Names {
        let segments = vec!["first".to_owned(), "second".to_owned()];
        Names { segments, ..Names::default() }
    }

    /// no_show_rate = noise of the replication + 0.1 x penalty.scale; refund_cost_cny by segment 0
    /// and 1.
    fn run(&self, job: &Job<'_>) -> Result<RunResult, RunFailure> {
        self.asked.lock().expect("no panic inside").push(job.run_id);
        if self.fails == Some(job.run_id) {
            return Err("nobody came".to_owned().into());
        }
        assert!(self.panics != Some(job.run_id), "the toy broke");
        let noise = job.seeds.draws(Group::Behaviour, 1, 1, 1, 1).uniform();
        let own = job.seeds.draws(Group::Behaviour, 1, 2, u64::from(job.point_id), 1).uniform();
        let scale = job
            .sets
            .iter()
            .find_map(|s| s.strip_prefix("penalty.scale="))
            .and_then(|v| v.parse().ok())
            .unwrap_or(0.0);
        let value = noise + 0.1 * own + 0.1 * scale;
        let row = |name: &str, value, scope, scope_id| IndicatorRow {
            name: name.into(),
            unit: "1".into(),
            value,
            scope,
            scope_id,
        };
        let indicators = vec![
            row("no_show_rate", value, Scope::Run, 0),
            row("refund_cost_cny", 2.0 * value, Scope::Run, 0),
            row("refund_cost_cny", noise, Scope::Segment, 0),
            row("refund_cost_cny", noise + 1.0, Scope::Segment, 1),
            row("evs", 1.0, Scope::Segment, 0),
            row("evs", 1.0, Scope::Segment, 1),
        ];
        let facts = (0..3)
            .map(|k| Fact::new(Time(k), Phase::Deliver, FactKind::Arrived, Actor::Ev, 1, ZoneId(1)))
            .collect();
        Ok(RunResult {
            indicators,
            rows: Rows { facts, ..Rows::default() },
            ..RunResult::default()
        })
    }
}

/// The plan of a study's text.
pub fn plan(text: &str) -> Plan {
    let study = StudyFile::parse("study.toml", text, Path::new(""), &[]).expect("a good study");
    Plan::new(study).expect("a plan")
}

/// Penalty scales 0 and 2 of the small park, 20 replications: 40 runs.
pub const TWO_BY_TWENTY: &str = "
[scenario]
base = 'park-small'
[[factor]]
name = 'penalty.scale'
values = [0.0, 2.0]
[replications]
n = 20
[[contrast]]
factor = 'penalty.scale'
[[contrast]]
segments = ['workers', 'residents']
";
