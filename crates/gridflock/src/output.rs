//! What the program says and how: results on stdout, everything else on stderr.
//!
//! - [`say!`], [`write_result`]: results. A reader that has gone ends the program with 141, as
//!   SIGPIPE would, a full device with 1; neither is a panic.
//! - [`note!`], [`insist!`]: a line for people on stderr. A stderr that cannot be written is no
//!   failure.
//! - [`Style`]: JSON, quiet, colours: set once from the command line.
//! - [`report`], [`warn`]: what went wrong, and what is probably not meant.

use crate::cli::{Color, Global};
use gridflock::{Code, Failure};
use keys::Problem;
use serde_json::{Value, json};
use std::fmt::Arguments;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

/// A line of results.
macro_rules! say {
    () => { $crate::output::write_result(format_args!("\n")) };
    ($($part:tt)*) => { $crate::output::write_result(format_args!("{}\n", format_args!($($part)*))) };
}

/// A line for people on stderr; nothing with `--quiet`.
macro_rules! note {
    ($($part:tt)*) => { $crate::output::write_note(format_args!($($part)*)) };
}

/// A line for people on stderr, with `--quiet` too: what they cannot do without.
macro_rules! insist {
    ($($part:tt)*) => { $crate::output::write_for_people(format_args!($($part)*)) };
}

pub(crate) use {insist, note, say};

/// The exit code of a process whose reader has gone: 128 + SIGPIPE.
const READER_GONE: i32 = 141;

/// How the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Errors and warnings as JSON.
    pub json: bool,
    /// Nothing on stderr but errors.
    pub quiet: bool,
    /// Colours on stderr.
    pub colours: bool,
}

static STYLE: OnceLock<Style> = OnceLock::new();

impl Style {
    /// What the command line asks for.
    pub fn of(global: &Global) -> Self {
        Self { json: global.json, quiet: global.quiet, colours: global.color.on_stderr() }
    }

    /// The same for the rest of the program.
    pub fn set(self) {
        let _ = STYLE.set(self);
    }

    /// What was asked for.
    pub fn now() -> Self {
        STYLE.get().copied().unwrap_or_default()
    }
}

impl Color {
    /// Whether stderr has colours. `NO_COLOR` counts as long as nothing is asked for.
    pub fn on_stderr(self) -> bool {
        let wanted = || std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => io::stderr().is_terminal() && wanted(),
        }
    }
}

/// Writes to stdout.
pub fn write_result(text: Arguments<'_>) {
    if let Err(e) = io::stdout().lock().write_fmt(text) {
        leave(&e);
    }
}

/// Everything that was said is where it should be.
pub fn flush() {
    if let Err(e) = io::stdout().lock().flush() {
        leave(&e);
    }
}

/// Ends the program when its results have nowhere to go. Tables and manifests are closed before
/// results are printed.
pub fn leave(e: &io::Error) -> ! {
    if e.kind() == ErrorKind::BrokenPipe {
        std::process::exit(READER_GONE);
    }
    let help = "what was written to files is complete";
    report(&Failure::with_help(Code::Failed, format!("stdout cannot be written: {e}"), help));
    std::process::exit(Code::Failed as i32);
}

/// Writes a line to stderr; with `--json` in the form of errors.
pub fn write_note(text: Arguments<'_>) {
    if !Style::now().quiet {
        write_for_people(text);
    }
}

/// Writes a line to stderr in any case; with `--json` in the form of errors.
pub fn write_for_people(text: Arguments<'_>) {
    let mut err = io::stderr().lock();
    let _ = if Style::now().json {
        writeln!(err, "{}", plain_json("info", "note", &text.to_string(), ""))
    } else {
        writeln!(err, "{text}")
    };
}

/// Says what went wrong, as text or as one line of JSON.
pub fn report(failure: &Failure) {
    let text = if Style::now().json { json_of(failure).to_string() } else { text_of(failure) };
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Says what is allowed but probably not meant; with `strict` it is what went wrong.
///
/// # Errors
/// All warnings, if there are some and `strict` does not allow them.
pub fn warn(warnings: &[Problem], strict: bool) -> Result<(), Failure> {
    if warnings.is_empty() {
        return Ok(());
    }
    if strict {
        return Err(Failure::Problems(keys::Problems { list: warnings.to_vec() }));
    }
    let style = Style::now();
    if style.quiet {
        return Ok(());
    }
    let text = if style.json {
        warnings_json(warnings).to_string()
    } else {
        let all: Vec<String> =
            warnings.iter().map(|w| coloured(&format!("warning: {w}"))).collect();
        all.concat()
    };
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    Ok(())
}

/// Warnings as a list of JSON objects.
pub fn warnings_json(warnings: &[Problem]) -> Value {
    let object = |w: &Problem| {
        let mut object = w.json();
        object["severity"] = json!("warning");
        object
    };
    warnings.iter().map(object).collect()
}

fn json_of(failure: &Failure) -> Value {
    match failure {
        Failure::Problems(problems) => problems.json(),
        Failure::Plain { code, message, help } => plain_json("error", word(*code), message, help),
    }
}

/// Something that concerns no file.
fn plain_json(severity: &str, code: &str, message: &str, help: &str) -> Value {
    json!([{
        "severity": severity, "code": code, "message": message, "file": null, "line": null,
        "column": null, "key": null, "help": help,
    }])
}

fn text_of(failure: &Failure) -> String {
    coloured(&match failure {
        Failure::Problems(problems) => problems.to_string(),
        Failure::Plain { message, help, .. } if help.is_empty() => format!("error: {message}"),
        Failure::Plain { message, help, .. } => format!("error: {message}\n  help: {help}"),
    })
}

/// The words that a line begins with, and the marks under what is meant, in colour.
fn coloured(text: &str) -> String {
    const LABELS: [(&str, &str); 3] =
        [("error:", "\u{1b}[1;31m"), ("warning:", "\u{1b}[1;33m"), ("  help:", "\u{1b}[1;36m")];
    const END: &str = "\u{1b}[0m";
    if !Style::now().colours {
        return text.to_owned();
    }
    let paint = |line: &str| {
        let label = LABELS.iter().find_map(|(l, on)| Some((*l, *on, line.strip_prefix(l)?)));
        let marks = line.trim_start().starts_with("| ") && line.ends_with('^');
        match label {
            Some((label, on, rest)) => format!("{on}{label}{END}{rest}"),
            None if marks => format!("{}{line}{END}", LABELS[0].1),
            None => line.to_owned(),
        }
    };
    text.split('\n').map(paint).collect::<Vec<_>>().join("\n")
}

fn word(code: Code) -> &'static str {
    match code {
        Code::Failed => "failed",
        Code::Usage => "usage",
        Code::Scenario => "scenario",
        Code::Broken => "broken",
        Code::Interrupted => "interrupted",
        Code::Terminated => "terminated",
    }
}
