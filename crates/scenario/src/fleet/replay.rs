//! `[fleet.replay]`: the people of a file of sessions come as they came.

use keys::Table;
use std::path::PathBuf;

/// Recorded sessions in the place of drawn days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRules {
    /// The sessions, relative to the scenario's folder.
    pub file: PathBuf,
    /// Zone of their local times.
    pub time_zone: Option<String>,
    /// Whether the market's decisions are still people's own.
    pub decide: bool,
    /// Which of their days is the scenario's first.
    pub align: Align,
}

/// How recorded days lie on the scenario's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// By the instant.
    Date,
    /// The first recorded day of the same weekday is the scenario's first.
    Weekday,
}

/// None where the table is absent.
pub(super) fn replay(t: &mut Table<'_>) -> Option<ReplayRules> {
    if !t.has("replay") && !t.is_describing() {
        return None;
    }
    t.table("replay", "recorded sessions in the place of drawn days", |t| {
        let file = t.required_text("file", "a file of sessions, as `gridflock fit` reads them");
        let time_zone = t.optional_text("time_zone", "zone of local times, e.g. Europe/Oslo; by default UTC");
        let decide = t.flag("decide", false, "whether booking, cancelling and tickets are still people's own; otherwise everybody charges on arrival until the recorded energy is in");
        let words = [
            ("date", Align::Date, "by the instant"),
            ("weekday", Align::Weekday, "the first recorded day of the same weekday comes first"),
        ];
        let align = t.word("align", Align::Date, &words, "how recorded days lie on the scenario's");
        Some(ReplayRules { file: file?.into(), time_zone, decide, align })
    })
}
