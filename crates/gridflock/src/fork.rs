//! A fork: scenario, instant, arms, directory, manifest.

use crate::failure::{Code, Failure};
use crate::run::software;
use record::{Manifest, RunStatus, names, write_atomically};
use scenario::{Loaded, Problem, Scenario};
use simulation::Prepared;
use std::path::Path;
use std::sync::Arc;
use study::{Arm, ForkRequest, Forked};

/// What is forked, as users write it.
#[derive(Clone, Debug, Default)]
pub struct ForkOptions {
    /// When: a date and time, or a span after the start such as `36h`.
    pub at: String,
    /// Names of the arms with their overrides; one without any goes on as it is.
    pub arms: Vec<(String, Vec<String>)>,
    /// Overrides of the scenario.
    pub sets: Vec<String>,
    /// Replications.
    pub n: u32,
    /// Threads; 0 takes what the machine has.
    pub threads: usize,
    /// The command line, for the manifest.
    pub argv: Vec<String>,
}

/// A fork that is ready to run.
pub struct Fork {
    loaded: Loaded,
    prepared: Arc<Prepared>,
    request: ForkRequest,
    argv: Vec<String>,
}

impl Fork {
    /// Loads and checks a scenario, the instant and the arms. An arm that goes on as it is comes
    /// first, and is added as "as is" where there is none: effects are differences against it.
    ///
    /// # Errors
    /// All problems of the scenario; an instant that is none; arms without a name, with the same
    /// name, or that set what cannot change during a run.
    pub fn load(scenario: &str, options: &ForkOptions) -> Result<Self, Failure> {
        let arms = arms(&options.arms)?;
        let loaded = Scenario::load(scenario, &options.sets)?;
        let at = loaded.scenario.start.instant(&options.at).map_err(|error| {
            let help = "write 2016-05-30T12:00:00+08:00, or a span after the start such as 36h";
            let message = format!("the instant of the fork, {}, {error}", options.at);
            Failure::with_help(Code::Scenario, message, help)
        })?;
        let prepared = Arc::new(Prepared::read(&loaded)?);
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let request = ForkRequest { at, arms, n: options.n, threads };
        Ok(Self { loaded, prepared, request, argv: options.argv.clone() })
    }

    /// What is allowed but probably not meant.
    pub fn warnings(&self) -> &[Problem] {
        &self.prepared.warnings
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.loaded.scenario
    }

    /// What is forked.
    pub fn request(&self) -> &ForkRequest {
        &self.request
    }

    /// Persons in a replication.
    pub fn evs(&self) -> u32 {
        self.prepared.evs()
    }

    /// Runs the fork; table `outcomes`, the resolved scenario and a manifest are left in a directory
    /// that is [ready](record::claim_directory). `goes_on` is asked often; what was finished when it
    /// says no is kept.
    ///
    /// # Errors
    /// What ended it; the manifest says the same.
    pub fn execute(
        &self,
        directory: &Path,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Forked, Failure> {
        let clock = std::time::Instant::now();
        let mut manifest = self.manifest();
        manifest.write(directory)?;
        let text = scenario::resolved_toml(&self.loaded);
        write_atomically(&directory.join(names::RESOLVED), text.as_bytes())?;
        let result = study::fork(&self.prepared, &self.request, goes_on).map_err(Failure::from);
        let result = result.and_then(|forked| {
            let provenance = self.prepared.table_options().provenance;
            Ok((forked.write(directory, &provenance)?, forked))
        });
        manifest.ended_at = Some(jiff::Timestamp::now().to_string());
        manifest.wall_s = Some(clock.elapsed().as_secs_f64());
        manifest.status = match &result {
            Ok((_, forked)) if forked.complete => RunStatus::Complete,
            Ok(_) => RunStatus::Interrupted,
            Err(failure) => {
                manifest.error = Some(failure.to_string());
                RunStatus::Failed
            }
        };
        manifest.tables = result.as_ref().map_or_else(|_| vec![], |(table, _)| vec![table.clone()]);
        let written = manifest.write(directory);
        let (_, forked) = result?;
        written?;
        Ok(forked)
    }

    fn manifest(&self) -> Manifest {
        let s = &self.loaded.scenario;
        let mut manifest = Manifest::new("fork", &s.name, &s.hash, software());
        let seeds = self.prepared.seeds(0, false);
        manifest.seeds = [
            ("main", s.seeds.seed),
            ("population", seeds.population),
            ("behaviour", seeds.behaviour),
            ("exogenous", seeds.exogenous),
            ("optimiser", seeds.optimiser),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into();
        manifest.inputs.clone_from(&self.loaded.inputs);
        manifest.argv.clone_from(&self.argv);
        manifest.threads = self.request.threads;
        manifest.started_at = Some(jiff::Timestamp::now().to_string());
        manifest
    }
}

fn arms(given: &[(String, Vec<String>)]) -> Result<Vec<Arm>, Failure> {
    let mut arms: Vec<Arm> = Vec::new();
    for (name, sets) in given {
        if name.is_empty() || name.contains('=') {
            let help = "write NAME:key=V[,key=V], for example fined:penalty.scale=3";
            return Err(Failure::with_help(Code::Usage, format!("`{name}` names no arm"), help));
        }
        if arms.iter().any(|arm| arm.name == *name) {
            let message = format!("two arms are called `{name}`");
            return Err(Failure::with_help(Code::Usage, message, "give each a name of its own"));
        }
        arms.push(Arm::of(name, sets)?);
    }
    match arms.iter().position(|arm| arm.change.is_none()) {
        Some(k) => arms[..=k].rotate_right(1),
        None => arms.insert(0, Arm { name: "as is".to_owned(), change: None }),
    }
    Ok(arms)
}
