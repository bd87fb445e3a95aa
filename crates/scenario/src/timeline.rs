//! Policy that changes during a run: `[[timeline]]` of a scenario, and the same change from a
//! command or a program.

use crate::market::market_rules;
use crate::schedule::schedule;
use crate::start::Start;
use domain::Time;
use keys::{Code, Document, Problem, Problems, Table};
use market::{Applies, Change, ChangeError, MarketRules, PolicyKey, Setting};

/// A change of policy at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// When.
    pub at: Time,
    /// In which zone; all if not said.
    pub zone: Option<u16>,
    /// What.
    pub change: Change,
}

/// What an entry of the timeline is checked against.
pub(crate) struct Frame<'a> {
    pub start: &'a Start,
    pub warmup_days: u32,
    pub periods_per_day: u32,
    /// Number of zones; none where a partition makes them.
    pub zones: Option<u32>,
    pub segments: Vec<&'a str>,
}

const WHY: &str = "cannot be changed during a run";

/// `[[timeline]]`: entries in the order of the file.
pub(crate) fn timeline(
    t: &mut Table<'_>,
    d: &MarketRules,
    frame: &Frame<'_>,
) -> Vec<TimelineEntry> {
    let doc = "a policy that changes during the run";
    let entries = t.tables("timeline", doc, |t| entry(t, d, frame));
    entries.into_iter().flatten().collect()
}

fn entry(t: &mut Table<'_>, d: &MarketRules, frame: &Frame<'_>) -> Option<TimelineEntry> {
    let before = t.problem_count();
    let at = instant(t, frame);
    let zone =
        t.optional_count("zone", 1..=65_535, "zone", "the zone in which it holds; all if absent");
    let segment = t.optional_text("segment", "the fleet segment for which it holds; all if absent");
    let words = [
        (
            "new",
            Applies::New,
            "penalty, fees, refund and forfeit of bookings confirmed from then on",
        ),
        ("all", Applies::All, "of open bookings too; their users are told"),
    ];
    let applies = t.word("applies", Applies::New, &words, "to which bookings it applies");
    for table in tables() {
        t.reject(table, "policy keys stand under `set`", "write set = { penalty.scale = 2.0 }");
    }
    let (rules, settings) = t.table("set", "policy keys with their new values", |t| {
        (rules(t, d, frame.periods_per_day), settings(t))
    });
    if let (Some(zone), Some(zones)) = (zone, frame.zones)
        && zone > u64::from(zones)
    {
        t.refuse("zone", format!("there is no zone {zone}"), format!("zones: 1 to {zones}"));
    }
    if let Some(segment) = segment.as_deref().filter(|s| !frame.segments.contains(s)) {
        let message = format!("there is no fleet segment \"{segment}\"");
        t.refuse("segment", message, format!("segments: {}", frame.segments.join(", ")));
    }
    let change = Change::new(settings, rules, applies, segment)
        .inspect_err(|error| refuse(t, *error, before))
        .ok()?;
    if let (Some(key), Some(_), true) = (change.of_the_area(), zone, frame.zones != Some(1)) {
        let message = format!("`{}` is the same in all zones", key.path());
        t.refuse("zone", message, "leave `zone` out");
    }
    let zone = zone.map(|zone| zone as u16);
    (t.problem_count() == before).then_some(TimelineEntry { at, zone, change })
}

fn refuse(t: &Table<'_>, error: ChangeError, before: usize) {
    if t.problem_count() > before {
        return;
    }
    let (key, help) = match error {
        ChangeError::Empty => {
            ("set", format!("keys that it may set: {}", PolicyKey::PATHS.join(", ")))
        }
        ChangeError::NotOfASegment { .. } => ("segment", "leave `segment` out".to_owned()),
    };
    t.refuse(key, error.to_string(), help);
}

/// `at`, inside the run.
fn instant(t: &mut Table<'_>, frame: &Frame<'_>) -> Time {
    let doc = "when: a date and time (without an offset local), or a span after the start such as \"36h\"";
    let Some(text) = t.required_moment("at", doc) else { return Time::START };
    match frame.start.instant(&text) {
        Ok(at) => {
            // What lies beyond the end has no effect, and is told with the warnings.
            if at < Time::midnight(-i64::from(frame.warmup_days)) {
                let message = format!("`at` = {text} lies before the run begins");
                t.refuse("at", message, "set the key itself, without a timeline");
            }
            at
        }
        Err(error) => {
            let shown: String = text.chars().take(40).collect();
            let help = "write 2016-05-30T12:00:00+08:00, or a span after the start such as 36h";
            t.refuse_as(Code::OutOfRange, "at", format!("`at` = {shown} {error}"), help);
            Time::START
        }
    }
}

/// The rules that the policy keys of a table make, `d` where they say nothing.
fn rules(t: &mut Table<'_>, d: &MarketRules, periods_per_day: u32) -> MarketRules {
    t.only(PolicyKey::PATHS, WHY, |t| {
        let (market, _) = market_rules(t, d, periods_per_day);
        let (schedule, _) = schedule(t, d.schedule, periods_per_day);
        MarketRules { schedule, ..market }
    })
}

fn settings(t: &Table<'_>) -> Vec<Setting> {
    let given = t.given_below().into_iter();
    let setting = |(path, value): (String, String)| {
        PolicyKey::of_path(&path).map(|key| Setting { key, value })
    };
    given.filter_map(setting).collect()
}

/// The tables that hold policy keys.
fn tables() -> Vec<&'static str> {
    let mut tables: Vec<_> =
        PolicyKey::PATHS.iter().filter_map(|path| Some(path.split_once('.')?.0)).collect();
    tables.dedup();
    tables
}

/// A change from overrides, `penalty.scale=2.0`, checked like the keys of a scenario.
///
/// ```
/// let sets = ["penalty.scale=2".to_owned(), "tickets.order=lottery".to_owned()];
/// let change = scenario::change(&sets, market::Applies::New, None).unwrap();
/// assert_eq!(change.to_string(), "set penalty.scale=2.0 tickets.order=\"lottery\"");
/// let wrong = scenario::change(&["penalty.k=[1, 1, 1]".to_owned()], market::Applies::New, None);
/// assert!(wrong.unwrap_err().to_string().contains("cannot be changed during a run"));
/// ```
///
/// # Errors
/// What is wrong with them: keys that do not exist or cannot change, values out of range, nothing
/// set, or a key that cannot be set for one segment.
pub fn change(
    sets: &[String],
    applies: Applies,
    segment: Option<String>,
) -> Result<Change, Problems> {
    let d = MarketRules::default();
    let reading =
        Document::new("change of policy", "", sets).read(|t| (rules(t, &d, 96), settings(t)));
    if !reading.problems.is_empty() {
        return Err(reading.problems);
    }
    let (rules, settings) = reading.value;
    Change::new(settings, rules, applies, segment).map_err(|error| {
        let help = format!("keys that may change during a run: {}", PolicyKey::PATHS.join(", "));
        Problem::whole_file(Code::Inconsistent, "change of policy", error.to_string(), help).into()
    })
}
