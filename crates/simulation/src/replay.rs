//! Recorded sessions as the people of a scenario: one EV per user, or per session where the file
//! names nobody or one user's sessions overlap.
//!
//! A recorded session is a stay whose need is the recorded energy: `soc_arrival = target - energy x
//! efficiency / battery`. Power is the file's, else the least standard power that delivers the
//! energy. Without decisions of their own, people charge on arrival, a pile for each.

use agents::RecordedStay;
use domain::Time;
use fitting::{Session, Source, read_sessions};
use market::{AccessMode, SchedulePolicy};
use population::{Law, TablePerson, people_from_columns};
use scenario::{Align, ReplayRules, Scenario};
use std::collections::BTreeMap;

const DAY_US: i64 = 86_400_000_000;
/// Energy stored per energy metered, and the band of the battery that people use.
const EFFICIENCY: f64 = 0.95;
const TARGET_SOC: f64 = 0.9;
const FLOOR_SOC: f64 = 0.1;
/// Least battery of a person of whom nothing is known \[kWh\].
const LEAST_BATTERY_KWH: f64 = 50.0;
/// What rounding in a file may add to the energy that its power delivers.
const SLIGHT: f64 = 1.02;
/// Standard powers \[kW\].
const POWERS_KW: [f64; 9] = [2.3, 3.7, 7.4, 11.0, 22.0, 50.0, 100.0, 150.0, 350.0];

/// The people of a file, and when they come.
pub struct Replayed {
    /// A row per EV.
    pub people: Vec<TablePerson>,
    /// The stays of each EV, in order.
    pub stays: Vec<Vec<RecordedStay>>,
    /// How the file was understood.
    pub notes: Vec<String>,
}

/// A session on the scenario's clock.
struct Placed<'a> {
    session: &'a Session,
    arrival: Time,
    departure: Time,
}

/// Reads the sessions that a scenario replays.
///
/// # Errors
/// A file that cannot be read, energy that no power of the file delivers, no session in the
/// scenario's days.
pub fn replayed(rules: &ReplayRules, s: &Scenario) -> Result<Replayed, Vec<String>> {
    let path = s.folder.join(&rules.file);
    let source = Source { path: &path, map: &[], time_zone: rules.time_zone.as_deref() };
    let cleaned = read_sessions(&source).map_err(|e| vec![e])?;
    check_power(&cleaned.sessions, &path.display().to_string())?;
    let placed = placed(&cleaned.sessions, rules.align, s);
    let inside = |p: &Placed<'_>| {
        p.arrival >= Time::midnight(-i64::from(s.warmup_days))
            && p.arrival < Time::midnight(i64::from(s.days))
    };
    let kept: Vec<Placed<'_>> = placed.into_iter().filter(inside).collect();
    if kept.is_empty() {
        return Err(vec![format!(
            "{}: none of {} sessions falls into the scenario's days; set `start` to a recorded day, or `fleet.replay.align` = \"weekday\"",
            path.display(),
            cleaned.sessions.len()
        )]);
    }
    let mut notes: Vec<String> = cleaned
        .cleaning
        .dropped
        .iter()
        .map(|d| {
            format!(
                "{}: {} sessions left out, {} (first in line {})",
                path.display(),
                d.rows,
                d.reason,
                d.first_lines.first().copied().unwrap_or(0)
            )
        })
        .collect();
    let groups = vehicles(&kept);
    notes.push(format!(
        "{}: {} of {} sessions in the scenario's days, {} EVs",
        path.display(),
        kept.len(),
        cleaned.sessions.len(),
        groups.len()
    ));
    let period_us = DAY_US / i64::from(s.periods_per_day);
    let short = kept.iter().filter(|p| {
        (p.arrival.0 + period_us - 1).div_euclid(period_us) * period_us >= p.departure.0
    });
    let short = short.count();
    if short > 0 {
        notes.push(format!(
            "{}: {short} sessions begin and end within one settlement period, in which nothing is charged; take more `periods_per_day`",
            path.display()
        ));
    }
    let people = people(&groups, s)?;
    let stays = groups.iter().map(|g| g.iter().map(|p| recorded(p)).collect()).collect();
    Ok(Replayed { people, stays, notes })
}

fn check_power(sessions: &[Session], file: &str) -> Result<(), Vec<String>> {
    let problems: Vec<String> = sessions
        .iter()
        .filter_map(|s| {
            let most = s.power_kw? * s.stay_h() * SLIGHT + 0.05;
            (s.energy_kwh > most).then(|| {
                format!(
                    "{file}:{}: {} kWh are more than {} kW deliver in {:.2} h",
                    s.line,
                    s.energy_kwh,
                    s.power_kw.unwrap_or(0.0),
                    s.stay_h()
                )
            })
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn placed<'a>(sessions: &'a [Session], align: Align, s: &Scenario) -> Vec<Placed<'a>> {
    let first_day = -i64::from(s.warmup_days);
    let weekday = (i64::from(s.start.weekday()) + first_day).rem_euclid(7);
    let first = sessions.first().map_or(0, |x| x.plug_in.day());
    // The first recorded day of the weekday on which the scenario begins; 1970-01-01 was a Thursday.
    let opens = first + (weekday - (first + 3)).rem_euclid(7);
    let arrival = |x: &Session| match align {
        Align::Date => Time(x.plug_in.utc_us - s.start.unix_us),
        Align::Weekday => Time(x.plug_in.local_us - (opens - first_day) * DAY_US),
    };
    let place = |session: &'a Session| {
        let arrival = arrival(session);
        let stay_us = session.plug_out.utc_us - session.plug_in.utc_us;
        Placed { session, arrival, departure: Time(arrival.0 + stay_us) }
    };
    sessions.iter().map(place).collect()
}

/// Sessions by vehicle, each in order and without overlap. Sessions are in the order of their
/// beginnings.
fn vehicles<'a, 'b>(placed: &'b [Placed<'a>]) -> Vec<Vec<&'b Placed<'a>>> {
    let mut all: Vec<Vec<&Placed<'_>>> = Vec::new();
    let mut of_user: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for p in placed {
        let free = |k: &&usize| all[**k].last().is_none_or(|last| last.departure < p.arrival);
        let own = p.session.user.as_deref().map(|user| of_user.entry(user).or_default());
        match own {
            Some(list) => {
                if let Some(k) = list.iter().find(free).copied() {
                    all[k].push(p);
                } else {
                    list.push(all.len());
                    all.push(vec![p]);
                }
            }
            None => all.push(vec![p]),
        }
    }
    all
}

/// The power of a session: the file's or a standard one, more where it must be for the energy to be
/// in by the departure, as charging begins with the next settlement period.
fn power_kw(p: &Placed<'_>, period_us: i64) -> f64 {
    let s = p.session;
    let given = s.power_kw.unwrap_or_else(|| {
        let needed = s.energy_kwh / s.stay_h();
        POWERS_KW.into_iter().find(|kw| *kw >= needed).unwrap_or(needed)
    });
    let begins = (p.arrival.0 + period_us - 1).div_euclid(period_us) * period_us;
    let left_h = (p.departure.0 - begins) as f64 / 3.6e9;
    if left_h > 0.0 { given.max(1.001 * s.energy_kwh / left_h) } else { given }
}

fn people(groups: &[Vec<&Placed<'_>>], s: &Scenario) -> Result<Vec<TablePerson>, Vec<String>> {
    let column = |name: &str, of: &dyn Fn(&Vec<&Placed<'_>>) -> String| {
        (name.to_owned(), groups.iter().map(of).collect::<Vec<String>>())
    };
    let battery = |g: &Vec<&Placed<'_>>| {
        let most = g.iter().map(|p| p.session.energy_kwh).fold(0.0, f64::max);
        (most * EFFICIENCY / (TARGET_SOC - FLOOR_SOC) * 1.001).clamp(LEAST_BATTERY_KWH, 10_000.0)
    };
    let period_us = DAY_US / i64::from(s.periods_per_day);
    let charge = |g: &Vec<&Placed<'_>>| {
        g.iter().map(|p| power_kw(p, period_us)).fold(0.0, f64::max).clamp(1.0, 1000.0)
    };
    let segment = s.fleet.spec.segments.first().map(|x| x.name.clone()).unwrap_or_default();
    let columns = [
        column("name", &|g| g[0].session.user.clone().unwrap_or_default()),
        column("segment", &|_| segment.clone()),
        column("battery_kwh", &|g| battery(g).to_string()),
        column("charge_kw", &|g| charge(g).to_string()),
        column("charge_efficiency", &|_| EFFICIENCY.to_string()),
        column("target_soc", &|_| TARGET_SOC.to_string()),
        column("floor_soc", &|_| FLOOR_SOC.to_string()),
    ];
    let lines: Vec<u64> = groups.iter().map(|g| g[0].session.line).collect();
    people_from_columns(&columns, &lines, &s.fleet.spec.segments).map_err(|list| {
        list.iter()
            .map(|p| {
                format!(
                    "{}: {p}",
                    s.fleet
                        .replay
                        .as_ref()
                        .map_or_else(String::new, |r| r.file.display().to_string())
                )
            })
            .collect()
    })
}

fn recorded(p: &Placed<'_>) -> RecordedStay {
    RecordedStay {
        day: p.arrival.0.div_euclid(DAY_US),
        arrival: p.arrival,
        departure: p.departure,
        need_kwh: p.session.energy_kwh * EFFICIENCY,
    }
}

/// What a replay changes in its scenario: the first segment's laws are those of the sessions, and
/// without decisions everybody has a pile and charges on arrival.
pub fn apply(s: &mut Scenario, stays: &[Vec<RecordedStay>], decide: bool) {
    let all: Vec<&RecordedStay> = stays.iter().flatten().collect();
    let step = all.len().div_ceil(1000).max(1);
    let some: Vec<&RecordedStay> = all.into_iter().step_by(step).collect();
    let law =
        |of: &dyn Fn(&RecordedStay) -> f64| Law::empirical(some.iter().map(|r| of(r)).collect());
    if let Some(segment) = s.fleet.spec.segments.first_mut() {
        segment.arrival = law(&|r| (r.arrival - Time::midnight(r.day)).hours().value());
        segment.departure =
            population::DepartureLaw::Stay(law(&|r| (r.departure - r.arrival).hours().value()));
        segment.need = population::NeedLaw::EnergyKwh(law(&|r| r.need_kwh));
        segment.joint = None;
        segment.trip_probability = 1.0;
        segment.weekend = None;
    }
    if decide {
        return;
    }
    s.market.access.mode = AccessMode::PerStay;
    s.market.access.piles = stays.len() as u32;
    s.market.access.pile_kw = 1000.0;
    s.market.booking.enabled = false;
    s.market.walk_in.enabled = true;
    s.market.schedule.policy = SchedulePolicy::Uncontrolled;
    s.schedule.taper = domain::Taper::OFF;
}
