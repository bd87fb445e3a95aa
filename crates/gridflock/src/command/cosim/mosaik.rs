//! `gridflock cosim mosaik`: a member of a mosaik world.

use crate::cli::{Global, MosaikArgs};
use crate::command::{argv, interrupted, interruption, run, watch_signals};
use crate::output::{note, say, warn};
use cosim::member::{Ending, Host, Wanted};
use cosim::mosaik::{End, Limits, MosaikError};
use domain::Time;
use gridflock::{Begun, Code, Failure, Run, RunOptions, Simulation};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where we wait for mosaik if nothing is said.
const MOSAIK_ADDRESS: &str = "127.0.0.1:5678";

/// Takes part in a mosaik world.
pub fn mosaik(args: &MosaikArgs, global: &Global) -> Result<(), Failure> {
    let mut runs = Runs::new(RunOptions {
        directory: args.output.clone(),
        threads: args.threads,
        overwrite: args.overwrite,
        checkpoint_every: args.checkpoint_every.as_deref().map(run::parse_span).transpose()?,
        fed: true,
        argv: argv(),
        ..RunOptions::default()
    });
    watch_signals();
    let ended = if let Some(address) = &args.address {
        cosim::mosaik::connect(&host_port(address)?, Limits::default(), &mut runs)
    } else {
        let address = host_port(args.listen.as_deref().unwrap_or(MOSAIK_ADDRESS))?;
        let mut listening = |at: SocketAddr| told(at, global);
        cosim::mosaik::listen(&address, Limits::default(), &mut runs, &mut listening)
    };
    runs.say(global);
    match ended {
        Ok(End { cut_short: 0, .. }) => Ok(()),
        Ok(End { cut_short, .. }) => {
            note!(
                "mosaik stopped before the end of {cut_short} run(s): their tables hold what was \
                 finished (a run is as long as its scenario's `days`)"
            );
            Ok(())
        }
        Err(MosaikError::Interrupted) => {
            Err(interruption("interrupted; the tables hold what was finished"))
        }
        Err(e @ MosaikError::Address { .. }) => {
            let help = "write HOST:PORT of a free port, or of a mosaik that waits there";
            Err(Failure::with_help(Code::Failed, e.to_string(), help))
        }
        Err(e) => Err(runs.failure.take().unwrap_or_else(|| {
            let help = "the tables hold what was finished";
            Failure::with_help(Code::Failed, e.to_string(), help)
        })),
    }
}

/// Says where we wait; a partner reads it where the port was ours to choose.
fn told(at: SocketAddr, global: &Global) {
    if !at.ip().is_loopback() {
        note!(
            "warning: other machines reach {at}, and the protocol knows no password: whoever comes \
             first is taken for mosaik"
        );
    }
    if global.json {
        say!("{}", serde_json::json!({ "listening": at.to_string() }));
    } else {
        say!("listening on {at}");
    }
    crate::output::flush();
}

/// An address with a host; a port alone is one of this machine.
fn host_port(text: &str) -> Result<String, Failure> {
    let wrong = || {
        let help = "write HOST:PORT, e.g. 127.0.0.1:5678";
        Failure::with_help(Code::Usage, format!("`{text}` is no address"), help)
    };
    let (host, port) = text.rsplit_once(':').unwrap_or(("127.0.0.1", text));
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    port.parse::<u16>().map_err(|_| wrong())?;
    Ok(format!("{host}:{port}"))
}

/// The runs of a member: their directories, manifests and checkpoints.
struct Runs {
    options: RunOptions,
    begun: Vec<Option<Begun>>,
    /// When each writes its next checkpoint.
    next: Vec<Option<Time>>,
    /// Where each left its tables, and whether it is complete.
    left: Vec<(PathBuf, bool)>,
    /// The first failure, with its exit code.
    failure: Option<Failure>,
}

impl Runs {
    fn new(options: RunOptions) -> Self {
        Self { options, begun: Vec::new(), next: Vec::new(), left: Vec::new(), failure: None }
    }

    /// Where a run goes: the second and those after it beside the first.
    fn directory(&self, number: usize) -> Option<PathBuf> {
        let first = self.options.directory.as_ref()?;
        if number == 0 {
            return Some(first.clone());
        }
        let mut name = first.file_name().unwrap_or_default().to_owned();
        name.push(format!("-{}", number + 1));
        Some(first.with_file_name(name))
    }

    fn begin(&mut self, number: usize, wanted: &Wanted) -> Result<(Begun, Simulation), Failure> {
        let options = RunOptions {
            directory: self.directory(number),
            sets: wanted.sets.clone(),
            ..self.options.clone()
        };
        let run = Run::load(&wanted.scenario, &options)?;
        warn(run.warnings(), false)?;
        run.notes().iter().for_each(|text| note!("note: {text}"));
        let (evs, zones, periods) = run.size();
        let plural = if zones == 1 { "" } else { "s" };
        note!("{}: {evs} EVs, {zones} zone{plural}, {periods} periods", run.scenario().name);
        let begun = run.begin()?;
        note!("tables go to {}", begun.0.directory().display());
        Ok(begun)
    }

    fn say(&self, global: &Global) {
        for (directory, complete) in &self.left {
            let status = if *complete { "complete" } else { "not complete" };
            if global.json {
                say!("{}", serde_json::json!({ "directory": directory, "complete": complete }));
            } else {
                say!("{}: {status}", directory.display());
            }
        }
    }
}

impl Host for Runs {
    fn open(&mut self, number: usize, wanted: &Wanted) -> Result<(String, Simulation), String> {
        let (begun, simulation) = self.begin(number, wanted).map_err(|e| e.to_string())?;
        let s = &simulation.prepared().scenario;
        let name = format!("{}-{}", s.name, s.seeds.seed);
        self.next.push(begun.next_checkpoint(Time::START));
        self.begun.push(Some(begun));
        Ok((name, simulation))
    }

    fn stepped(&mut self, number: usize, simulation: &mut Simulation) -> Result<(), String> {
        let now = simulation.now();
        let Some(begun) = self.begun.get_mut(number).and_then(Option::as_mut) else {
            return Ok(());
        };
        begun.keep_inputs(simulation).map_err(|e| e.to_string())?;
        if self.next[number].is_some_and(|next| now >= next) {
            begun.checkpoint(simulation).map_err(|e| e.to_string())?;
            self.next[number] = begun.next_checkpoint(now);
        }
        Ok(())
    }

    fn close(
        &mut self,
        number: usize,
        simulation: Simulation,
        ending: Ending,
    ) -> Result<(), String> {
        let Some(begun) = self.begun.get_mut(number).and_then(Option::take) else { return Ok(()) };
        let failure = match ending {
            Ending::AsItIs => None,
            Ending::Refused(why) => Some(Failure::new(Code::Failed, why)),
            Ending::Failed(error) => Some(error.into()),
        };
        let directory = begun.directory().to_owned();
        match begun.end(simulation, failure) {
            Ok(outcome) => {
                self.left.push((directory, outcome.complete));
                Ok(())
            }
            Err(failure) => {
                let why = failure.to_string();
                self.left.push((directory, false));
                self.failure.get_or_insert(failure);
                Err(why)
            }
        }
    }

    fn interrupted(&self) -> bool {
        interrupted()
    }
}
