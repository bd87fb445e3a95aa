//! Every message has a case: a name that is new in `message.rs` must occur in a case, too.

const MESSAGES: &str = include_str!("../message.rs");
const CASES: [&str; 14] = [
    include_str!("bookings.rs"),
    include_str!("comes.rs"),
    include_str!("forgetting.rs"),
    include_str!("group.rs"),
    include_str!("outages.rs"),
    include_str!("periods.rs"),
    include_str!("policy.rs"),
    include_str!("stays.rs"),
    include_str!("tickets.rs"),
    include_str!("user_attends.rs"),
    include_str!("user_plans.rs"),
    include_str!("protocol.rs"),
    include_str!("selling.rs"),
    include_str!("stakes.rs"),
];

/// Letters that a zone writes and never gets.
const WRITTEN_ONLY: [&str; 4] = ["Report", "Outlook", "Metered", "DayOutlook"];
/// What a zone of a feeder gets; the feeder's own tests run them.
const FEEDER: [&str; 8] =
    ["Answered", "Floated", "Gate", "KeepTarget", "Missed", "Planned", "Target", "Trade"];

/// Names of the variants of an enum of `message.rs`.
fn variants(of: &str) -> Vec<&'static str> {
    let body = MESSAGES.split(&format!("pub enum {of} {{")).nth(1).expect("the enum is there");
    let body = body.split("\n}").next().expect("its end");
    let names = body.lines().filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let name = line.split(['{', '(', ',', ' ']).next()?;
        name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name)
    });
    names.collect()
}

#[test]
fn every_message_and_letter_has_a_case() {
    for of in ["ZoneEvent", "ToUser", "ToAggregator", "Due", "CentreTimer", "Letter"] {
        let names = variants(of);
        assert!(names.len() > 3, "{names:?}");
        for name in names {
            let used = CASES.iter().any(|file| file.contains(&format!("{of}::{name}")));
            let elsewhere = WRITTEN_ONLY.contains(&name) || FEEDER.contains(&name);
            assert!(used || elsewhere, "no case of {of}::{name}");
        }
    }
}
