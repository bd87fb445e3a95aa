//! The command line of gridflock. Results go to stdout, logs and progress to stderr; exit codes are
//! in [`gridflock::Code`].

mod cli;
mod command;

use clap::Parser;
use cli::{Cli, Color, Command, Global};
use gridflock::{Code, Failure};
use std::io::Write;
use std::process::ExitCode;

/// It asks the system for large pages: agents lie all over the memory, and looking up small pages
/// is a seventh of a run's time.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    leave_with_the_reader();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { Code::Usage as u8 } else { 0 });
        }
    };
    if let Err(e) = record::outlive_file_size_limit() {
        eprintln!("error: signals cannot be handled: {e}");
        return ExitCode::from(Code::Failed as u8);
    }
    start_log(&cli.global);
    match dispatch(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure, &cli.global);
            ExitCode::from(failure.code() as u8)
        }
    }
}

/// Ends the program, without a word, when whoever read its output has gone: `gridflock study run h1
/// | head` is no failure of ours. The code is that of a process that SIGPIPE ended.
fn leave_with_the_reader() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let gone = |text: &String| {
            text.starts_with("failed printing to stdout") && text.contains("Broken pipe")
        };
        if panic.payload().downcast_ref::<String>().is_some_and(gone) {
            std::process::exit(141);
        }
        report(panic);
    }));
}

fn dispatch(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Run(args) => command::run::run(args, &cli.global),
        Command::Validate { scenarios } => command::scenario::validate(scenarios, &cli.global),
        Command::Schema { what } => command::scenario::schema(*what),
        Command::Scenario { action } => command::scenario::scenario(action, &cli.global),
        Command::Trace(args) => command::trace::trace(args, &cli.global),
        Command::Reproduce(args) => command::reproduce::reproduce(args, &cli.global),
        Command::Compare(args) => command::study::compare(args, &cli.global),
        Command::Study { action } => command::study::study(action, &cli.global),
        Command::Report(args) => command::look::report(args, &cli.global),
        Command::Plot(args) => command::look::plot(args, &cli.global),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            clap_complete::generate(*shell, &mut command, "gridflock", &mut std::io::stdout());
            Ok(())
        }
    }
}

fn start_log(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (_, 0) => "warn",
        (_, 1) => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_new(global.log.as_deref().unwrap_or(level))
        .unwrap_or_else(|_| level.into());
    let ansi = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::IsTerminal::is_terminal(&std::io::stderr()),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .without_time()
        .init();
}

/// Says what went wrong, as text or as one JSON object a line.
fn report(failure: &Failure, global: &Global) {
    let mut err = std::io::stderr().lock();
    let _ = match failure {
        Failure::Problems(problems) if global.json => writeln!(err, "{}", problems.json()),
        Failure::Problems(problems) => write!(err, "{problems}"),
        Failure::Plain { code, message, help } if global.json => {
            let object = serde_json::json!([{ "code": word(*code), "message": message, "file": null, "line": null, "column": null, "help": help }]);
            writeln!(err, "{object}")
        }
        Failure::Plain { message, help, .. } if help.is_empty() => {
            writeln!(err, "error: {message}")
        }
        Failure::Plain { message, help, .. } => writeln!(err, "error: {message}\n  help: {help}"),
    };
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
