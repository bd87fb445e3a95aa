//! One day, several futures: runs go to an instant, fork into arms, change policy there and go on
//! with the same draws. Each person's outcomes are counted in every arm.

use crate::StudyError;
use crate::stats::{PairedDifference, paired_difference};
use domain::{AccountId, Detail, Direction, EvId, FactKind, Rows, Time, ZoneId};
use market::Applies;
use market::ledger::EV_ACCOUNTS;
use record::{ColumnSpec, Kind, OwnTable, Provenance, RecordError, TableFile, Value};
use simulation::{Change, Opening, Prepared, Recording, Simulation, SimulationError};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What may be said of the outcomes of several arms.
pub const IDENTIFIED: &str = "each arm treats everybody: a row is what one person does under that \
    policy, not the effect of treating that person alone; only means are identified, and who \
    changes depends on how the draws of the arms are coupled";

/// A policy under which runs go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// What changes; nothing in an arm that goes on as it is.
    pub change: Option<Change>,
}

impl Arm {
    /// An arm from overrides `key.path=VALUE`; among them may stand `applies=all` (open bookings
    /// too) and `segment=NAME`. Without any it goes on as it is.
    ///
    /// # Errors
    /// [`StudyError::Problems`]: keys that do not exist or cannot change during a run, values out of
    /// range.
    ///
    /// ```
    /// let fined = study::Arm::of("fined", &["penalty.scale=3".to_owned()]).unwrap();
    /// assert_eq!(fined.change.unwrap().to_string(), "set penalty.scale=3.0");
    /// assert!(study::Arm::of("as is", &[]).unwrap().change.is_none());
    /// assert!(study::Arm::of("larger", &["access.piles=99".to_owned()]).is_err());
    /// ```
    pub fn of(name: &str, sets: &[String]) -> Result<Self, StudyError> {
        let (mut keys, mut applies, mut segment) = (Vec::new(), Applies::New, None);
        for set in sets {
            let bare = |value: &'_ str| value.trim().trim_matches('"').to_owned();
            let pair = set.split_once('=').map(|(key, value)| (key.trim(), bare(value)));
            match pair.as_ref().map(|(key, value)| (*key, value.as_str())) {
                Some(("applies", "new")) => applies = Applies::New,
                Some(("applies", "all")) => applies = Applies::All,
                Some(("applies", other)) => {
                    let message = format!("arm `{name}`: `applies` is `new` or `all`, not {other}");
                    return Err(StudyError::invalid(message, ""));
                }
                Some(("segment", of)) => segment = Some(of.to_owned()),
                _ => keys.push(set.clone()),
            }
        }
        let change = match keys.len() {
            0 => None,
            _ => Some(scenario::change(&keys, applies, segment)?),
        };
        Ok(Self { name: name.to_owned(), change })
    }
}

/// What is forked, when, and how often.
#[derive(Clone, Debug)]
pub struct ForkRequest {
    /// When.
    pub at: Time,
    /// Into what; effects are differences against the first one.
    pub arms: Vec<Arm>,
    /// Replications, each with people, weather and draws of its own.
    pub n: u32,
    /// Threads, one replication each.
    pub threads: usize,
}

/// Figures of a person, in the order of [`Outcome::figures`]: name, unit, meaning.
pub const FIGURES: [(&str, &str, &str); 10] = [
    (
        "bookings",
        "",
        "Bookings confirmed from then on, sales and tickets won included (indicator bookings_made).",
    ),
    ("came", "", "Times plugged in for a booking."),
    ("minor", "", "Minor breaches."),
    ("moderate", "", "Moderate breaches."),
    ("severe", "", "Severe breaches."),
    ("no_show", "", "Bookings in severe breach for which the vehicle never came."),
    ("cancelled", "", "Bookings given back."),
    ("charged_kwh", "kWh", "Energy charged, at the pile."),
    ("paid_cny", "CNY", "Paid less received, prepayments and what comes back of them included."),
    ("unmet_kwh", "kWh", "Energy that was missing at departures."),
];

/// What became of one person in one arm of one replication, from the fork on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The arm's place in the request.
    pub arm: u32,
    /// The replication.
    pub replication: u32,
    /// The person.
    pub ev: EvId,
    /// See [`FIGURES`].
    pub figures: [f64; FIGURES.len()],
}

/// The outcomes of a fork.
#[derive(Clone, Debug, PartialEq)]
pub struct Forked {
    /// Names of the arms.
    pub arms: Vec<String>,
    /// Rows by arm, replication, person.
    pub outcomes: Vec<Outcome>,
    /// Persons in a replication.
    pub evs: u32,
    /// Replications.
    pub n: u32,
    /// Whether all of them were run.
    pub complete: bool,
}

/// The mean effect of an arm on a figure: a person's figure there less that in the first arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The arm's place.
    pub arm: u32,
    /// The figure's place in [`FIGURES`].
    pub figure: usize,
    /// Means of replications against those of the first arm, a person \[unit of the figure\].
    pub paired: PairedDifference,
    /// Share of persons, over all replications, whose figure differs.
    pub changed_share: f64,
}

/// Runs to the instant, forks, changes, goes on; `goes_on` is asked often.
///
/// # Errors
/// If a scenario makes no world, the instant lies outside of the run, a change cannot be made, or a
/// run fails.
pub fn fork(
    prepared: &Arc<Prepared>,
    request: &ForkRequest,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Forked, SimulationError> {
    let next = AtomicU32::new(0);
    let stop = AtomicBool::new(false);
    let done: Mutex<Vec<(u32, Vec<Outcome>)>> = Mutex::default();
    let failed: Mutex<Option<(u32, SimulationError)>> = Mutex::default();
    let going = || !stop.load(Ordering::Relaxed) && goes_on();
    let work = || {
        while going() {
            let replication = next.fetch_add(1, Ordering::Relaxed);
            if replication >= request.n {
                break;
            }
            match one(prepared, request, replication, &going) {
                Ok(Some(rows)) => locked(&done).push((replication, rows)),
                Ok(None) => break,
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    let mut failed = locked(&failed);
                    if failed.as_ref().is_none_or(|(other, _)| replication < *other) {
                        *failed = Some((replication, error));
                    }
                }
            }
        }
    };
    let threads = request.threads.clamp(1, request.n.max(1) as usize);
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    if let Some((_, error)) = locked(&failed).take() {
        return Err(error);
    }
    let done = std::mem::take(&mut *locked(&done));
    let complete = done.len() == request.n as usize;
    let mut outcomes: Vec<Outcome> = done.into_iter().flat_map(|(_, rows)| rows).collect();
    outcomes.sort_by_key(|o| (o.arm, o.replication, o.ev));
    Ok(Forked {
        arms: request.arms.iter().map(|arm| arm.name.clone()).collect(),
        outcomes,
        evs: prepared.evs(),
        n: request.n,
        complete,
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One replication in all arms; none if it was told to end.
fn one(
    prepared: &Arc<Prepared>,
    request: &ForkRequest,
    replication: u32,
    going: &dyn Fn() -> bool,
) -> Result<Option<Vec<Outcome>>, SimulationError> {
    let seeds = Some(prepared.seeds(replication, false));
    let opening = Opening { seeds, recording: Recording::Nothing, ..Opening::default() };
    let mut trunk = Simulation::open(prepared.clone(), &opening)?;
    if request.at < trunk.begin() || request.at >= trunk.end() {
        let span = format!("{} h to {} h", trunk.begin().hours(), trunk.end().hours());
        let why = format!("the fork at {} h lies outside of the run, {span}", request.at.hours());
        return Err(SimulationError::BadInput(why));
    }
    if !trunk.advance_while(request.at, &mut |_| going())? {
        return Ok(None);
    }
    let mut outcomes = Vec::new();
    for (k, arm) in request.arms.iter().enumerate() {
        let Some(counts) = go_on(&trunk, arm, prepared.evs(), going)? else { return Ok(None) };
        outcomes.extend(counts.into_iter().zip(1..).map(|(figures, ev)| Outcome {
            arm: k as u32,
            replication,
            ev: EvId(ev),
            figures,
        }));
    }
    Ok(Some(outcomes))
}

/// A run goes on in an arm to its end; the figures of each person. None if it was told to end.
fn go_on(
    trunk: &Simulation,
    arm: &Arm,
    evs: u32,
    going: &dyn Fn() -> bool,
) -> Result<Option<Vec<[f64; FIGURES.len()]>>, SimulationError> {
    let mut run = trunk.fork()?;
    let from = run.now();
    if let Some(change) = &arm.change {
        run.amend(from, ZoneId(0), change.clone())?;
    }
    let counts = Arc::new(Mutex::new(Counts::new(evs)));
    let seen = counts.clone();
    run.watch(Some(Box::new(move |rows| locked(&seen).absorb(rows, from))));
    if !run.advance_while(run.end(), &mut |_| going())? {
        return Ok(None);
    }
    run.finish()?;
    Ok(Some(std::mem::take(&mut *locked(&counts)).finish()))
}

/// Figures of all persons so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    figures: Vec<[f64; FIGURES.len()]>,
    /// Micro-CNY: sums are exact.
    paid: Vec<i64>,
    /// Bookings in severe breach, and those whose users came or were on the way, by their starts.
    severe: Vec<(EvId, Time)>,
    late: BTreeSet<(EvId, Time)>,
}

impl Counts {
    pub fn new(evs: u32) -> Self {
        let n = evs as usize;
        Self { figures: vec![[0.0; FIGURES.len()]; n], paid: vec![0; n], ..Self::default() }
    }

    /// Takes in what happened from an instant on.
    pub fn absorb(&mut self, rows: &Rows, from: Time) {
        for fact in rows.facts.iter().filter(|fact| fact.t >= from) {
            let Some(figures) =
                (fact.ev.0 as usize).checked_sub(1).and_then(|i| self.figures.get_mut(i))
            else {
                continue;
            };
            let mut add = |figure: usize, x: f64| figures[figure] += x;
            match (fact.kind, fact.detail) {
                (FactKind::ReservationConfirmed, _) => add(0, 1.0),
                (FactKind::PluggedIn, _) => add(1, 1.0),
                (FactKind::Breach, Detail::Minor) => add(2, 1.0),
                (FactKind::Breach, Detail::Moderate) => add(3, 1.0),
                (FactKind::Breach, Detail::Severe) => {
                    add(4, 1.0);
                    self.severe.push((fact.ev, fact.period_start));
                }
                (FactKind::TurnedAwayLate, _) => {
                    self.late.insert((fact.ev, fact.period_start));
                }
                (FactKind::Cancelled, _) => add(6, 1.0),
                (FactKind::SetPoint, _) if fact.direction == Some(Direction::Charge) => {
                    add(7, fact.energy);
                }
                (FactKind::EnergyShort, _) => add(9, fact.energy),
                _ => {}
            }
        }
        let person = |account: AccountId| {
            let ev = usize::try_from(account.0 - EV_ACCOUNTS).ok()?;
            ev.checked_sub(1)
        };
        for row in rows.ledger.iter().filter(|row| row.t >= from) {
            for (account, sign) in [(row.debit, 1), (row.credit, -1)] {
                if let Some(paid) = person(account).and_then(|i| self.paid.get_mut(i)) {
                    *paid += sign * row.amount.0;
                }
            }
        }
    }

    pub fn finish(mut self) -> Vec<[f64; FIGURES.len()]> {
        for (ev, _) in self.severe.iter().filter(|booking| !self.late.contains(booking)) {
            if let Some(figures) =
                (ev.0 as usize).checked_sub(1).and_then(|i| self.figures.get_mut(i))
            {
                figures[5] += 1.0;
            }
        }
        for (figures, paid) in self.figures.iter_mut().zip(&self.paid) {
            figures[8] = *paid as f64 / 1e6;
        }
        self.figures
    }
}

impl Forked {
    /// Mean effects of the arms behind the first, figure by figure, over the replications.
    pub fn effects(&self) -> Vec<Effect> {
        let size = self.evs.max(1) as usize;
        let of_arm = |arm: u32| {
            let rows: Vec<&Outcome> = self.outcomes.iter().filter(|o| o.arm == arm).collect();
            rows
        };
        let means = |rows: &[&Outcome], figure: usize| -> Vec<f64> {
            let mean = |r: &[&Outcome]| {
                r.iter().map(|o| o.figures[figure]).sum::<f64>() / r.len().max(1) as f64
            };
            rows.chunks(size).map(mean).collect()
        };
        let base = of_arm(0);
        let mut effects = Vec::new();
        for arm in 1..self.arms.len() as u32 {
            let rows = of_arm(arm);
            for figure in 0..FIGURES.len() {
                let differs = |(a, b): &(&&Outcome, &&Outcome)| {
                    (a.figures[figure] - b.figures[figure]).abs() > 1e-9
                };
                let changed = base.iter().zip(&rows).filter(differs).count();
                let [a, b] = [&base, &rows].map(|rows| means(rows, figure));
                effects.push(Effect {
                    arm,
                    figure,
                    paired: paired_difference(&a, &b, 0.95),
                    changed_share: changed as f64 / base.len().max(1) as f64,
                });
            }
        }
        effects
    }

    /// Writes table `outcomes` into a directory.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(
        &self,
        directory: &Path,
        provenance: &Provenance,
    ) -> Result<TableFile, RecordError> {
        let mut columns = vec![
            ColumnSpec::new("arm", Kind::Text, "", "The arm.").required(),
            ColumnSpec::new("replication", Kind::Int32, "", "The replication, from 0.").required(),
            ColumnSpec::new("ev_id", Kind::Int32, "", "The person's EV.").required(),
        ];
        columns.extend(FIGURES.iter().map(|(name, unit, doc)| {
            let kind = if unit.is_empty() { Kind::Int32 } else { Kind::Float64 };
            ColumnSpec::new(*name, kind, *unit, *doc).required()
        }));
        let doc = "outcome of a person in an arm of a fork, from the fork on";
        let sorted = ["arm", "replication", "ev_id"];
        let mut table = OwnTable::new("outcomes", doc, columns, &sorted, provenance)?;
        for o in &self.outcomes {
            let arm = &self.arms[o.arm as usize];
            let mut row = vec![
                Value::Text(arm),
                Value::Int(i64::from(o.replication)),
                Value::Int(i64::from(o.ev.0)),
            ];
            row.extend(FIGURES.iter().zip(o.figures).map(|((_, unit, _), x)| {
                if unit.is_empty() { Value::Int(x as i64) } else { Value::Real(x) }
            }));
            table.push(&row)?;
        }
        table.write(&directory.join("outcomes.parquet"))
    }
}
