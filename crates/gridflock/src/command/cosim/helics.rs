//! `gridflock cosim helics`: a scenario, or some of its zones, in a HELICS federation.

use crate::cli::{Changes, Global, threads};
use crate::command::run::{bar, parse_span, print, show};
use crate::command::{argv, interrupted, interruption, watch_signals};
use crate::output::{note, say, warn};
use clap::{Args, ValueEnum};
use cosim::helics::{
    Broker, Connections, CoreType, Crew, CrewSettings, FederationError, HostPlan, Library, Member,
    Role, Settings, Share, Vain, Zones, host_commands,
};
use domain::{Span, ZoneId};
use gridflock::{Code, Failure, Opening, Outcome, Part, Recording, Run, RunOptions, Simulation};
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// `gridflock cosim helics`.
#[derive(Clone, Debug, Args)]
pub struct HelicsArgs {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// The zones of this federate, such as 3, 1-4 or 0,2; 0 is the centre: pricing, DSO and
    /// generation centre, and the record. Federates of the same scenario hold one run together.
    #[arg(long, value_name = "ZONES", required_unless_present = "all_zones", requires = "name")]
    pub zone: Option<Zones>,
    /// The federate's name.
    #[arg(long, value_parser = name, conflicts_with = "all_zones")]
    pub name: Option<String>,
    /// The broker's host and port; without it one on this machine at HELICS' usual port.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "all_zones")]
    pub broker: Option<String>,
    /// How brokers and federates talk; by default zmq, with --hosts tcp_ss.
    #[arg(long, value_enum)]
    pub core: Option<Core>,
    /// Time from one exchange with partners to the next; by default the settlement period.
    #[arg(long, value_name = "SPAN")]
    pub step: Option<String>,
    /// How long anybody is waited for; by default 60s, with --all-zones 600s.
    #[arg(long, value_name = "SPAN")]
    pub timeout: Option<String>,
    /// A federate that must take part. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub partner: Vec<String>,
    /// The bus at which the zone is, in what it publishes and hears; by default the zone's number.
    #[arg(long, conflicts_with = "all_zones")]
    pub bus: Option<u32>,
    /// Who publishes voltages, as GRID/vm_pu[bus].
    #[arg(long, value_name = "NAME", default_value = "GRID", value_parser = name)]
    pub grid: String,
    /// Start a broker and processes that hold all zones between them, and keep the record here.
    #[arg(long)]
    pub all_zones: bool,
    /// How many processes with zones; by default as many as the machine has processors.
    #[arg(long, requires = "all_zones", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub processes: Option<u16>,
    /// The broker's port; by default a free one.
    #[arg(long, requires = "all_zones")]
    pub port: Option<u16>,
    /// Only print the commands that run it on these machines, the record on the first.
    #[arg(long, value_name = "HOST,HOST", value_delimiter = ',', requires = "all_zones")]
    pub hosts: Vec<String>,
    /// Directory of the run; by default output/<scenario>-<seed>.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What is not as its file says.
    #[command(flatten)]
    pub changes: Changes,
    /// Threads of each process; 0 takes what the machine has for all of them.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Give the run values from outside, as `gridflock run` does; to whoever keeps the record.
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
    /// End as soon as standard input is closed.
    #[arg(long, hide = true)]
    pub while_stdin_is_open: bool,
}

/// How brokers and federates talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Core {
    /// ZeroMQ.
    Zmq,
    /// TCP over a single port.
    #[value(name = "tcp_ss")]
    TcpSs,
}

impl From<Core> for CoreType {
    fn from(core: Core) -> Self {
        match core {
            Core::Zmq => Self::Zmq,
            Core::TcpSs => Self::TcpSs,
        }
    }
}

/// A federate's name, as keys and endpoints can hold it.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
    if text.is_empty() || !text.chars().all(plain) {
        return Err("letters, digits and -_.+ make a name".to_owned());
    }
    Ok(text.to_owned())
}

/// Takes part.
///
/// # Errors
/// What went wrong, with its exit code.
pub fn helics(args: &HelicsArgs, global: &Global) -> Result<(), Failure> {
    let step = args.step.as_deref().map(parse_span).transpose()?;
    let patience = args.timeout.as_deref().map(parse_span).transpose()?;
    let patience = patience.map(|p| Duration::from_micros(p.0.unsigned_abs()));
    let helper = args.while_stdin_is_open;
    if helper {
        end_with_stdin();
    }
    let options = RunOptions {
        directory: args.output.clone(),
        sets: args.changes.sets(),
        threads: args.threads,
        overwrite: args.overwrite,
        inputs: args.inputs.clone(),
        fed: args.zone.is_some() || !args.partner.is_empty(),
        argv: argv(),
        ..RunOptions::default()
    };
    let run = Run::load(&args.scenario, &options)?;
    if !helper {
        warn(run.warnings(), args.strict)?;
    }
    watch_signals();
    let task = Task { args, global, step, patience };
    match (&args.zone, &args.name) {
        (Some(zones), Some(name)) => task.federate(run, zones.clone(), name),
        _ => task.all_zones(run),
    }
}

/// What is asked for.
struct Task<'a> {
    args: &'a HelicsArgs,
    global: &'a Global,
    step: Option<Span>,
    patience: Option<Duration>,
}

impl Task<'_> {
    /// One federate.
    fn federate(&self, run: Run, zones: Zones, name: &str) -> Result<(), Failure> {
        let args = self.args;
        let settings = Settings {
            name: name.to_owned(),
            core: args.core.map_or(CoreType::Zmq, CoreType::from),
            broker: args.broker.clone(),
            patience: self.patience.unwrap_or(Duration::from_mins(1)),
            partners: args.partner.clone(),
        };
        let (_, of, _) = run.size();
        if zones.holds(ZoneId(0)) || is_whole(&zones, of as u16) {
            // Where tables cannot go, nobody else need begin.
            run.prepare()?;
        }
        self.take_part(run, zones, settings, Box::new(|| None))
    }

    /// A broker, the processes with the zones, and here the centre and the record.
    fn all_zones(&self, run: Run) -> Result<(), Failure> {
        let args = self.args;
        let (_, zones, _) = run.size();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let processes = args.processes.map_or(processors, usize::from);
        let blocks = Zones::blocks(zones as u16, processes);
        // A single port passes firewalls between machines; inside one there are none.
        let usual = if args.hosts.is_empty() { CoreType::Zmq } else { CoreType::TcpSs };
        let core = args.core.map_or(usual, CoreType::from);
        if !args.hosts.is_empty() {
            let waits = args.timeout.iter().flat_map(|t| ["--timeout".to_owned(), t.clone()]);
            let waits = waits.collect();
            let plan = HostPlan {
                hosts: args.hosts.clone(),
                blocks,
                core,
                command: [vec!["gridflock".to_owned()], self.common(args.threads), waits].concat(),
                of_recorder: self.of_recorder(),
                partners: args.partner.len(),
            };
            let script = host_commands(&plan);
            if self.global.json {
                say!("{}", serde_json::json!({ "script": script }));
            } else {
                say!("{}", script.trim_end());
            }
            return Ok(());
        }
        run.prepare()?;
        let failed = |what: &str, e: String| Failure::new(Code::Failed, format!("{what}: {e}"));
        let library = Library::open().map_err(|e| failure(e.into()))?;
        let port = match args.port {
            Some(port) => port,
            None => free_port().map_err(|e| failed("there is no free port", e.to_string()))?,
        };
        let federates = blocks.len() + 1 + args.partner.len();
        let options = format!("--port={port}");
        let name = format!("broker-{}", std::process::id());
        let broker = Broker::start(library, core, &name, federates, &options)
            .map_err(|e| failure(e.into()))?;
        tracing::info!(
            "a {} broker at {} for {federates} federates",
            core.word(),
            broker.address()
        );
        let threads = match args.threads {
            0 => (processors / blocks.len()).max(1),
            n => n,
        };
        let address = format!("127.0.0.1:{port}");
        let mut arguments = self.common(threads);
        arguments.extend(["--quiet", "--no-progress", "--broker", &address].map(str::to_owned));
        arguments.extend(["--core", core.word(), "--timeout"].map(str::to_owned));
        let patience = self.patience.unwrap_or(Duration::from_mins(10));
        arguments.push(format!("{}s", patience.as_secs().max(1)));
        if self.global.json {
            arguments.push("--json".to_owned());
        }
        let program = std::env::current_exe()
            .map_err(|e| failed("this program is not found", e.to_string()))?;
        let crew = Crew::start(&CrewSettings { program, arguments, blocks })
            .map_err(|e| failed("a process cannot be started", e.to_string()))?;
        let crew = Arc::new(Mutex::new(crew));
        let watched = crew.clone();
        let vain: Vain =
            Box::new(move || watched.lock().unwrap_or_else(PoisonError::into_inner).failure());
        let settings = Settings {
            name: "centre".to_owned(),
            core,
            broker: Some(address),
            patience,
            partners: args.partner.clone(),
        };
        let done = self.take_part(run, std::iter::once(0).collect(), settings, vain);
        crew.lock().unwrap_or_else(PoisonError::into_inner).disband();
        drop(broker);
        done
    }

    /// From joining to leaving.
    fn take_part(
        &self,
        run: Run,
        zones: Zones,
        settings: Settings,
        vain: Vain,
    ) -> Result<(), Failure> {
        let (_, of, _) = run.size();
        let scenario = run.scenario();
        let connections = self.connections(&run, &zones, of as u16);
        let share = Share {
            zones,
            of: of as u16,
            run: format!(
                "{}-{}",
                &scenario.hash[..scenario.hash.len().min(12)],
                gridflock::VERSION
            ),
            connections,
            grid: self.args.grid.clone(),
        };
        let every =
            self.step.unwrap_or_else(|| Span(Span::DAY.0 / i64::from(scenario.periods_per_day)));
        let (mut member, role) =
            Member::join(settings, &share, Box::new(interrupted), vain).map_err(failure)?;
        for key in &member.unheard {
            tracing::info!("nobody publishes {key}: this voltage stays 1 p.u.");
        }
        let warnings = run.warnings().to_vec();
        let currency = run.scenario().currency.clone();
        let outcome = match role {
            Role::Whole => self.record(run, &mut member, every),
            Role::Recorder(part) => self.record(run.in_part(part), &mut member, every),
            Role::Helper(part, recorder) => {
                self.say_what_is_idle(&recorder);
                self.help(&run, part, &mut member, every)
            }
        }?;
        member.leave().map_err(failure)?;
        match outcome {
            Some(outcome) if !outcome.complete => {
                let where_to = outcome.directory.display();
                let what = format!("interrupted; the tables in {where_to} hold what was finished");
                Err(interruption(&what))
            }
            Some(outcome) => {
                print(&outcome, &warnings, (false, &currency), self.global);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// At which buses the zones are: those of the network, where they are a whole feeder.
    fn connections(&self, run: &Run, zones: &Zones, of: u16) -> Connections {
        let args = self.args;
        // A process of --all-zones has the zones, but not the centre.
        let whole = is_whole(zones, of) && !args.while_stdin_is_open;
        match run.prepared().substation().filter(|_| whole) {
            Some(substation) => {
                if args.bus.is_some() {
                    note!("note: --bus has no effect: a feeder has the buses of its network");
                }
                Connections::Feeder { buses: run.prepared().buses(), substation }
            }
            None => Connections::Zones(args.bus),
        }
    }

    /// Keeps the record of a run, or of a part with the centre.
    fn record(
        &self,
        run: Run,
        member: &mut Member,
        every: Span,
    ) -> Result<Option<Outcome>, Failure> {
        let (evs, zones, periods) = run.size();
        note!("{}: {evs} EVs, {zones} zones, {periods} periods", run.scenario().name);
        let begun = run.begin();
        let (begun, mut simulation) = begun.inspect_err(|e| member.fail(&e.to_string()))?;
        note!("tables go to {}", begun.directory().display());
        let driven = self.drive(member, &mut simulation, every);
        let tell = driven.as_ref().err().is_some_and(|e| !e.is_heard());
        let ended = begun.end(simulation, driven.err().map(failure));
        ended.map(Some).inspect_err(|e| {
            if tell {
                member.fail(&e.to_string());
            }
        })
    }

    /// Drives a part without the centre; nothing is recorded here.
    fn help(
        &self,
        run: &Run,
        part: Part,
        member: &mut Member,
        every: Span,
    ) -> Result<Option<Outcome>, Failure> {
        let recording = Recording::Nothing;
        let opening = Opening { threads: self.args.threads, recording, ..Opening::default() };
        let opened = Simulation::open_part(run.prepared().clone(), &opening, part);
        let mut simulation = opened.inspect_err(|e| member.fail(&e.to_string()))?;
        let driven = self.drive(member, &mut simulation, every);
        let finished = simulation.finish();
        match (driven, finished) {
            (Err(e), _) => {
                if !e.is_heard() {
                    member.fail(&e.to_string());
                }
                Err(failure(e))
            }
            (Ok(()), Err(e)) => {
                member.fail(&e.to_string());
                Err(e.into())
            }
            // Whoever keeps the record says so.
            (Ok(()), Ok(finished)) if finished.complete || self.args.while_stdin_is_open => {
                Ok(None)
            }
            (Ok(()), Ok(_)) => Err(interruption("interrupted")),
        }
    }

    /// Says which options another federate would have used.
    fn say_what_is_idle(&self, recorder: &str) {
        let args = self.args;
        let idle = [
            ("--output", args.output.is_some()),
            ("--inputs", args.inputs.is_some()),
            ("--overwrite", args.overwrite),
        ];
        for (option, _) in idle.iter().filter(|(_, given)| *given) {
            note!("note: {option} has no effect here: {recorder} keeps the record");
        }
    }

    fn drive(
        &self,
        member: &mut Member,
        simulation: &mut Simulation,
        every: Span,
    ) -> Result<(), FederationError> {
        let bar = bar(self.global);
        let driven = member.drive(simulation, every, &mut |p| {
            show(&bar, p);
            !interrupted()
        });
        bar.finish_and_clear();
        driven.map(|_| ())
    }

    /// `cosim helics SCENARIO` with the options that all processes have.
    fn common(&self, threads: usize) -> Vec<String> {
        let args = self.args;
        let mut words = ["cosim", "helics", &args.scenario].map(str::to_owned).to_vec();
        for set in args.changes.sets() {
            words.extend(["--set".to_owned(), set]);
        }
        words.extend(["--grid".to_owned(), args.grid.clone()]);
        if let Some(step) = &args.step {
            words.extend(["--step".to_owned(), step.clone()]);
        }
        if threads > 0 {
            words.extend(["--threads".to_owned(), threads.to_string()]);
        }
        words
    }

    /// Options of whoever keeps the record.
    fn of_recorder(&self) -> Vec<String> {
        let args = self.args;
        let mut words = Vec::new();
        if let Some(directory) = &args.output {
            words.extend(["-o".to_owned(), directory.display().to_string()]);
        }
        if let Some(inputs) = &args.inputs {
            words.extend(["--inputs".to_owned(), inputs.display().to_string()]);
        }
        if args.overwrite {
            words.push("--overwrite".to_owned());
        }
        for partner in &args.partner {
            words.extend(["--partner".to_owned(), partner.clone()]);
        }
        words
    }
}

/// What ended a federate, as the program says it.
fn failure(e: FederationError) -> Failure {
    match e {
        FederationError::Simulation(e) => e.into(),
        FederationError::Interrupted(_) => interruption(&e.to_string()),
        FederationError::Waiting { .. } => {
            let help = "start what is missing, name the broker with --broker, or wait longer with \
                        --timeout";
            Failure::with_help(Code::Failed, e.to_string(), help)
        }
        other => Failure::new(Code::Failed, other.to_string()),
    }
}

/// Whether all zones are there, the centre aside.
fn is_whole(zones: &Zones, of: u16) -> bool {
    (1..=of).all(|zone| zones.holds(ZoneId(zone)))
}

/// A port that nobody uses.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Ends the process as soon as standard input is closed: whoever started it has gone.
fn end_with_stdin() {
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        while matches!(std::io::stdin().read(&mut nothing), Ok(n) if n > 0) {}
        cosim::helics::leave(Code::Terminated as i32);
    });
}
