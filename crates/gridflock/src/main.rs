//! The command line of gridflock. Results go to stdout, logs and progress to stderr; exit codes are
//! in [`gridflock::Code`].

mod cli;
mod command;
mod output;

use clap::{ColorChoice, CommandFactory, FromArgMatches};
use cli::{Cli, Color, Command, Global};
use gridflock::{Code, Failure};
use output::{Style, report};
use std::process::ExitCode;

/// It asks the system for large pages: agents lie all over the memory, and looking up small pages
/// is a seventh of a run's time.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(e) => return misread(&e),
    };
    Style::of(&cli.global).set();
    let done = start(&cli.global).and_then(|()| dispatch(&cli));
    match done {
        Ok(()) => {
            output::flush();
            ExitCode::SUCCESS
        }
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.code() as u8)
        }
    }
}

/// The command line. What it says about colours and JSON holds for its own mistakes too, so these
/// two are looked for before it is understood.
fn parse() -> Result<Cli, clap::Error> {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    let options = || words.iter().take_while(|w| *w != "--");
    let color = options()
        .zip(words.iter().skip(1).map(Some).chain([None]))
        .filter_map(|(word, next)| match word.strip_prefix("--color") {
            Some("") => next.map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        })
        .last();
    let (choice, color) = match color {
        Some("always") => (ColorChoice::Always, Color::Always),
        Some("never") => (ColorChoice::Never, Color::Never),
        _ => (ColorChoice::Auto, Color::Auto),
    };
    let json = options().any(|w| w == "--json");
    let parsed = Cli::command()
        .color(choice)
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    if parsed.is_err() {
        Style { json, quiet: false, colours: color.on_stderr() }.set();
    }
    parsed
}

/// A wrong command line, or one that asks for help or the version.
fn misread(e: &clap::Error) -> ExitCode {
    if !e.use_stderr() {
        if let Err(e) = e.print() {
            output::leave(&e);
        }
        output::flush();
        return ExitCode::SUCCESS;
    }
    if Style::now().json {
        let text = e.render().to_string();
        let (message, help) = text.split_once('\n').unwrap_or((&text, ""));
        let message = message.trim_start_matches("error: ").trim();
        report(&Failure::with_help(Code::Usage, message, help.trim()));
    } else {
        let _ = e.print();
    }
    ExitCode::from(Code::Usage as u8)
}

/// What must stand before a command begins.
fn start(global: &Global) -> Result<(), Failure> {
    record::outlive_file_size_limit()
        .map_err(|e| Failure::new(Code::Failed, format!("signals cannot be handled: {e}")))?;
    start_log(global)
}

fn dispatch(cli: &Cli) -> Result<(), Failure> {
    let began = std::time::Instant::now();
    tracing::info!("gridflock {} begins: {}", gridflock::VERSION, cli.command.name());
    let done = match &cli.command {
        Command::Run(args) => command::run::run(args, &cli.global),
        Command::Validate { scenarios, strict } => {
            command::scenario::validate(scenarios, *strict, &cli.global)
        }
        Command::Schema { what } => command::scenario::schema(*what),
        Command::Scenario { action } => command::scenario::scenario(action, &cli.global),
        Command::Trace(args) => command::trace::trace(args, &cli.global),
        Command::Reproduce(args) => command::reproduce::reproduce(args, &cli.global),
        Command::Fork(args) => command::fork::fork(args, &cli.global),
        Command::Compare(args) => command::study::compare(args, &cli.global),
        Command::Study { action } => command::study::study(action, &cli.global),
        Command::Report(args) => command::look::report(args, &cli.global),
        Command::Cosim { action } => command::cosim::cosim(action, &cli.global),
        Command::Export { what } => command::export::export(what, &cli.global),
        Command::Import { what: cli::ImportAction::Ocpi(args) } => {
            command::ocpi::import(args, &cli.global)
        }
        Command::Plot(args) => command::look::plot(args, &cli.global),
        Command::Fit(args) => command::fit::run(args, &cli.global),
        Command::Completions { shell } => {
            command::completions(*shell, &cli.global);
            Ok(())
        }
    };
    tracing::info!("{} ends after {:.2} s", cli.command.name(), began.elapsed().as_secs_f64());
    done
}

fn start_log(global: &Global) -> Result<(), Failure> {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (_, 0) => "warn",
        (_, 1) => "info",
        _ => "debug",
    };
    let filter = match &global.log {
        None => tracing_subscriber::EnvFilter::new(level),
        Some(text) => tracing_subscriber::EnvFilter::try_new(text).map_err(|e| {
            let help = "write a level (error, warn, info, debug, trace) or e.g. record=debug,info";
            Failure::with_help(Code::Usage, format!("`--log {text}` is no filter: {e}"), help)
        })?,
    };
    // A stderr that cannot be written must not end the program: the subscriber would complain there.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(global.color.on_stderr())
        .log_internal_errors(false)
        .without_time();
    if global.json {
        log.json().init();
    } else {
        log.init();
    }
    Ok(())
}
