//! `[[ratio]]`.

use super::output::refuse_indicator;
use crate::{OwnIndicator, Setting, StudyFile};
use indicators::{DEFINITIONS, Definition};
use keys::{Code, Table};

/// What is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatioKind {
    /// The figure of b over that of a.
    Ratio,
    /// The odds p / (1 - p) of b over those of a.
    Odds,
}

impl RatioKind {
    /// The word in study files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Odds => "odds",
        }
    }
}

/// How many times one policy's figure another's is, beside what a source says.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// What it is called where it is printed.
    pub name: String,
    /// Ratio or odds ratio.
    pub kind: RatioKind,
    /// Indicators of b, added.
    pub of: Vec<String>,
    /// Indicators of a, added.
    pub to: Vec<String>,
    /// What both are divided by before, if anything: means over replications are then divided.
    pub per: Option<String>,
    /// The factor that differs between a and b.
    pub factor: String,
    /// Its value at a; the first by default.
    pub baseline: Option<Setting>,
    /// Its value at b; every other by default.
    pub value: Option<Setting>,
    /// What is expected, lowest and highest.
    pub within: Option<[f64; 2]>,
    /// Where that is from.
    pub source: String,
}

/// A ratio; none after a report.
pub(super) fn ratio(t: &mut Table<'_>, own: &[OwnIndicator]) -> Option<Ratio> {
    let mine = own.iter().map(|o| o.name.as_str());
    let names: Vec<&str> = DEFINITIONS.iter().map(|d| d.name).chain(mine).collect();
    let name = t.text("name", "", "what it is called; by default its indicators");
    let kinds = [
        ("ratio", RatioKind::Ratio, "the figure of b over that of a"),
        ("odds", RatioKind::Odds, "the odds p / (1 - p) of b over those of a"),
    ];
    let kind = t.word("kind", RatioKind::Ratio, &kinds, "what is divided");
    let of = t.words("of", &names, &[], "indicators, added up: of both sides, or of b alone");
    let to = t.words("to", &names, &[], "indicators of a, added up, where they are others");
    let per = t.optional_text(
        "per",
        "indicator that both sides are divided by before, e.g. bookings_closed",
    );
    let factor = t.required_text("factor", "factor that differs between a and b");
    let baseline = t
        .any("baseline", "its value at a; by default the first")
        .and_then(|node| Setting::of(&node));
    let value = t
        .any("value", "its value at b; by default every other")
        .and_then(|node| Setting::of(&node));
    let within =
        t.optional_numbers("within", 2..=2, 0.0.., "1", "what is expected: lowest and highest");
    let source = t.text("source", "", "where that is from");
    if t.is_describing() {
        return None;
    }
    if of.is_empty() {
        t.refuse_as(Code::MissingKey, "of", "`of` is missing", "name at least one indicator");
        return None;
    }
    if let Some(per) = per.as_ref().filter(|per| !names.contains(&per.as_str())) {
        refuse_indicator(t, "per", per);
        return None;
    }
    let within = match within.as_deref() {
        Some([low, high]) if low > high => {
            t.refuse_as(
                Code::OutOfRange,
                "within",
                format!("{low} is above {high}"),
                "give the lower end first",
            );
            return None;
        }
        Some([low, high]) => Some([*low, *high]),
        _ => None,
    };
    let name = if name.is_empty() { of.join(" + ") } else { name };
    let to = if to.is_empty() { of.clone() } else { to };
    Some(Ratio { name, kind, of, to, per, factor: factor?, baseline, value, within, source })
}

/// Checks the ratios against factors, their values, and what is kept.
pub(super) fn check(t: &Table<'_>, study: &StudyFile) {
    for (k, r) in study.ratios.iter().enumerate() {
        let at = |key: &str| format!("ratio[{k}].{key}");
        let needed = [("of", &r.of), ("to", &r.to)];
        let lists = needed.iter().flat_map(|(key, list)| list.iter().map(move |name| (*key, name)));
        for (key, name) in lists.chain(r.per.iter().map(|name| ("per", name))) {
            if !study.output.has(name) {
                let message = format!("`{name}` is not among `output.indicators`");
                t.refuse(&at(key), message, "add it there");
            }
        }
        let no_share =
            |name: &&String| Definition::of(name).is_some_and(|d| d.is_total() || d.unit != "1");
        if r.kind == RatioKind::Odds
            && r.per.is_none()
            && let Some(total) = r.of.iter().chain(&r.to).find(no_share)
        {
            let message = format!("`{total}` is no share: it has no odds");
            t.refuse(&at("of"), message, "name rates, give `per`, or write kind = \"ratio\"");
        }
        let Some(f) = study.factors.iter().find(|f| f.name == r.factor) else {
            let message = format!("there is no factor `{}`", r.factor);
            t.refuse_as(Code::UnknownWord, &at("factor"), message, "name a [[factor]]");
            continue;
        };
        let list = f.list();
        for (key, value) in [("baseline", &r.baseline), ("value", &r.value)] {
            let Some(value) = value.as_ref().filter(|v| !list.iter().any(|x| x.is_same(v))) else {
                continue;
            };
            let values: Vec<String> = list.iter().map(ToString::to_string).collect();
            let (message, help) = (
                format!("`{}` never is {value}", r.factor),
                format!("its values: {}", values.join(", ")),
            );
            t.refuse_as(Code::UnknownWord, &at(key), message, help);
        }
    }
}
