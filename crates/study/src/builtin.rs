//! Studies that are part of the program: ready questions, each answered by one command.

/// A built-in study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinStudy {
    /// Its name, that of its folder under `scenarios/`.
    pub name: &'static str,
    /// Its text.
    pub toml: &'static str,
}

macro_rules! builtin {
    ($name:literal) => {
        BuiltinStudy {
            name: $name,
            toml: include_str!(concat!("../../../scenarios/", $name, "/study.toml")),
        }
    };
}

/// All built-in studies.
pub const BUILTIN_STUDIES: &[BuiltinStudy] = &[
    builtin!("h1-penalty-no-shows"),
    builtin!("h2-penalty-participation"),
    builtin!("h3-tickets"),
    builtin!("h4-refund-or-penalty"),
    builtin!("h5-allocation"),
    builtin!("h6-reminders"),
    builtin!("h7-lead-time"),
    builtin!("h8-hysteresis"),
    builtin!("h9-interference"),
    builtin!("park-v2g"),
    builtin!("park-grid-price"),
    builtin!("group-participation"),
    builtin!("feeder-forecast-error"),
    builtin!("study-smoke"),
];

impl BuiltinStudy {
    /// The study of a name; a hypothesis is known by its number too.
    ///
    /// ```
    /// use study::BuiltinStudy;
    /// assert_eq!(BuiltinStudy::named("h6"), BuiltinStudy::named("h6-reminders"));
    /// assert!(BuiltinStudy::named("h6").is_some() && BuiltinStudy::named("park").is_none());
    /// ```
    pub fn named(name: &str) -> Option<&'static Self> {
        let is_number = |study: &&Self| {
            study
                .name
                .split_once('-')
                .is_some_and(|(first, _)| first == name && is_hypothesis(first))
        };
        BUILTIN_STUDIES
            .iter()
            .find(|study| study.name == name)
            .or_else(|| BUILTIN_STUDIES.iter().find(is_number))
    }
}

/// `h1`, `h2`, ...
fn is_hypothesis(word: &str) -> bool {
    word.strip_prefix('h')
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}
