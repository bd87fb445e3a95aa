//! The command line.

use crate::command::cosim::CosimAction;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use exchange::{Format, OcpiVersion, Partition};
use live::{Address, Pace};
use std::path::PathBuf;

/// Agent-based simulation of electric vehicles in distribution networks: reservations, penalties,
/// tickets, zonal trades.
#[derive(Debug, Parser)]
#[command(name = "gridflock", version, about, max_term_width = 110, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// For every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// More log lines on stderr: -v info, -vv debug.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Nothing on stderr but errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log filter, e.g. `record=debug,info`, in the place of -v and -q.
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Results and errors as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress bar.
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Colours.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A seed, as scenario files can hold it.
pub fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|seed| i64::try_from(*seed).is_ok())
        .ok_or_else(|| format!("a whole number from 0 to {}", i64::MAX))
}

/// One of a list of words, as what it stands for.
fn one_of<T: Clone + Send + Sync + 'static>(
    words: impl IntoIterator<Item = &'static str>,
    meaning: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    // The list has been checked by then.
    PossibleValuesParser::new(words).try_map(move |word| meaning(&word).ok_or("no such word"))
}

/// A number of threads.
pub fn threads(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a whole number; 0 takes what the machine has".to_owned())
}

/// Where a live page is offered.
fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|e| e.to_string())
}

/// How fast simulated time goes.
fn pace(text: &str) -> Result<Pace, String> {
    Pace::parse(text).map_err(|e| e.to_string())
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one scenario and write its tables.
    Run(RunArgs),
    /// Check scenario and study files; all problems at once.
    Validate {
        /// Files or built-in names of scenarios or studies.
        #[arg(required = true)]
        scenarios: Vec<String>,
        /// Warnings are errors (exit code 3).
        #[arg(long)]
        strict: bool,
    },
    /// Print a schema.
    Schema {
        /// Of what.
        #[arg(value_enum)]
        what: SchemaOf,
    },
    /// List, show or copy built-in scenarios.
    Scenario {
        /// What to do with them.
        #[command(subcommand)]
        action: ScenarioAction,
    },
    /// The story of one EV, booking row or ticket, from the facts of a run.
    Trace(TraceArgs),
    /// A paper's tables beside ours.
    Reproduce(ReproduceArgs),
    /// Compare two variants of a scenario by paired runs.
    Compare(CompareArgs),
    /// One day, several futures: runs go to an instant, change policy there and go on with the same
    /// draws; both outcomes of every person.
    Fork(ForkArgs),
    /// Monte Carlo studies, sweeps and designs.
    Study {
        /// What to do.
        #[command(subcommand)]
        action: StudyAction,
    },
    /// One HTML file to look at, of a run or study: pictures, figures, tables.
    Report(ReportArgs),
    /// Pictures of a run or study as SVG or PNG; without a name, which there are.
    Plot(PlotArgs),
    /// Laws of behaviour from recorded charging sessions, scored on those held out.
    Fit(FitArgs),
    /// Give a run or what belongs to it to other tools.
    Export {
        /// What.
        #[command(subcommand)]
        what: ExportAction,
    },
    /// Take what belongs to a scenario from other tools.
    Import {
        /// What.
        #[command(subcommand)]
        what: ImportAction,
    },
    /// Take part in other people's co-simulations.
    Cosim {
        /// In which way.
        #[command(subcommand)]
        action: CosimAction,
    },
    /// Print a completion script.
    Completions {
        /// Shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Validate { .. } => "validate",
            Self::Schema { .. } => "schema",
            Self::Scenario { .. } => "scenario",
            Self::Trace(_) => "trace",
            Self::Reproduce(_) => "reproduce",
            Self::Compare(_) => "compare",
            Self::Fork(_) => "fork",
            Self::Study { .. } => "study",
            Self::Report(_) => "report",
            Self::Plot(_) => "plot",
            Self::Fit(_) => "fit",
            Self::Export { .. } => "export",
            Self::Import { .. } => "import",
            Self::Cosim { .. } => "cosim",
            Self::Completions { .. } => "completions",
        }
    }
}

/// What of a scenario is not as its file says.
#[derive(Clone, Debug, Args)]
pub struct Changes {
    /// Seed of all random draws.
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Override a value, e.g. --set penalty.scale=2. May be repeated.
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Recorded days.
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub days: Option<u32>,
}

impl Changes {
    /// All of it as overrides `key.path=VALUE`.
    pub fn sets(&self) -> Vec<String> {
        let mut sets = self.set.clone();
        sets.extend(self.seed.map(|s| format!("seed={s}")));
        sets.extend(self.days.map(|d| format!("days={d}")));
        sets
    }
}

/// `gridflock run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// A scenario file or a built-in name.
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    pub scenario: Option<String>,
    /// Go on with an interrupted run from its last checkpoint.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "seed", "set", "days", "overwrite"])]
    pub resume: Option<PathBuf>,
    /// Directory of the run; by default output/<scenario>-<seed>.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What is not as its file says.
    #[command(flatten)]
    pub changes: Changes,
    /// Threads; 0 takes what the machine has. The tables do not depend on it.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Give the run values from outside: table `inputs` of a run, which is then repeated, or a CSV
    /// file with columns t, zone_id, name, value.
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Fail with exit code 4 unless an indicator holds, e.g. 'tracking_rate>0.4'. May be repeated.
    #[arg(long, value_name = "INDICATOR<VALUE")]
    pub assert: Vec<String>,
    /// Save the whole state every so much simulated time, e.g. 6h.
    #[arg(long, value_name = "SPAN")]
    pub checkpoint_every: Option<String>,
    /// Write report.html beside the tables.
    #[arg(long)]
    pub report: bool,
    /// Offer a page to look at the run while it goes, on a free port of the loopback or at ADDRESS
    /// (PORT or IP:PORT).
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = address)]
    pub live: Option<Address>,
    /// Simulated time goes so many times as fast as real time, e.g. 60x; warm-up goes at full speed.
    #[arg(long, value_name = "TIMES", requires = "live", conflicts_with = "step", allow_negative_numbers = true, value_parser = pace)]
    pub pace: Option<Pace>,
    /// Wait where the record begins until the page says to go on, step by step.
    #[arg(long, requires = "live")]
    pub step: bool,
    /// Print all figures, not the most telling ones.
    #[arg(long)]
    pub all: bool,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
}

/// `gridflock fit`.
#[derive(Clone, Debug, Args)]
pub struct FitArgs {
    /// Sessions: CSV, Parquet, JSON of ACN-Data, sessions or CDRs of OCPI (JSON or JSON Lines), or a
    /// table `sessions`.
    pub sessions: PathBuf,
    /// Where the laws go.
    #[arg(short, long, value_name = "FILE", default_value = "behaviour.toml")]
    pub output: PathBuf,
    /// A column of the file under the name that is looked for, e.g. --map start=plug_in. May be
    /// repeated.
    #[arg(long, value_name = "COLUMN=NAME")]
    pub map: Vec<String>,
    /// Zone of local times and of the fitted hours, e.g. Europe/Oslo or +08:00; by default UTC.
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub time_zone: Option<String>,
    /// The first day that is held out for the score; by default a fifth of the sessions is.
    #[arg(long, value_name = "DATE")]
    pub train_until: Option<String>,
    /// Write the report with pictures beside the laws, as HTML.
    #[arg(long)]
    pub report: bool,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
}

/// `gridflock export`.
#[derive(Clone, Debug, Subcommand)]
pub enum ExportAction {
    /// The network of a feeder, with its nominal loads.
    Network(ExportNetworkArgs),
    /// An object-centric event log (OCEL 2.0) for process mining: bookings from the request on.
    Ocel(ExportOcelArgs),
    /// All tables as a documented dataset: Croissant, Data Package, RO-Crate, README.
    Dataset(ExportDatasetArgs),
    /// Bookings, sessions, CDRs and tariffs as OCPI has them, one object a line; of a scenario its
    /// tariff and booking terms.
    #[command(disable_version_flag = true)]
    Ocpi(ExportOcpiArgs),
}

/// `gridflock import`.
#[derive(Clone, Debug, Subcommand)]
pub enum ImportAction {
    /// An operator's tariff and booking terms (OCPI) as keys of a scenario.
    Ocpi(ImportOcpiArgs),
}

/// `gridflock export ocpi`.
#[derive(Clone, Debug, Args)]
pub struct ExportOcpiArgs {
    /// Directory of a run or study, a scenario file or a built-in name.
    #[arg(value_name = "DIR|SCENARIO")]
    pub source: String,
    /// New directory; by default DIR.ocpi beside it, of a scenario NAME.ocpi here.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Run of a study.
    #[arg(long, value_name = "ID")]
    pub run: Option<i64>,
    /// Version of OCPI; 2.3.0 comes with the Bookings module.
    #[arg(long = "version", default_value = "2.3.0", value_parser = one_of(OcpiVersion::ALL.map(OcpiVersion::word), OcpiVersion::from_word))]
    pub ocpi_version: OcpiVersion,
}

/// `gridflock import ocpi`.
#[derive(Clone, Debug, Args)]
pub struct ImportOcpiArgs {
    /// JSON or JSON Lines with tariffs, booking locations or bookings, or directories of them.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Where the keys go.
    #[arg(short, long, value_name = "FILE", default_value = "terms.toml")]
    pub output: PathBuf,
    /// Which tariff, if there are several.
    #[arg(long, value_name = "ID")]
    pub tariff: Option<String>,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
}

/// `gridflock export network`.
#[derive(Clone, Debug, Args)]
pub struct ExportNetworkArgs {
    /// Directory of a run, a scenario file or a built-in name.
    #[arg(value_name = "DIR|SCENARIO")]
    pub source: String,
    /// Of which tool.
    #[arg(long, value_enum)]
    pub format: NetworkFormat,
    /// Where it goes; by default <scenario>_network.json or .m here.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
}

/// Formats of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NetworkFormat {
    /// pandapower's JSON.
    Pandapower,
    /// A MATPOWER case.
    Matpower,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Scenario files (JSON Schema).
    Scenario,
    /// Study files (JSON Schema).
    Study,
    /// Tables of a run (JSON).
    Tables,
    /// Columns of a table of people (JSON), with a sample file.
    People,
}

/// `gridflock scenario`.
#[derive(Clone, Debug, Subcommand)]
pub enum ScenarioAction {
    /// Names and what they are about.
    List,
    /// A file with every key, its value, unit and meaning.
    Show {
        /// Built-in name.
        name: String,
    },
    /// Copy a built-in scenario into a folder, to be changed.
    Init {
        /// Built-in name; with --blank a model: park, feeder or group.
        name: String,
        /// Without the plant of any paper, with sample files and the keys that matter.
        #[arg(long)]
        blank: bool,
        /// Folder; by default the scenario's name.
        dir: Option<PathBuf>,
    },
}

/// `gridflock trace`.
#[derive(Clone, Debug, Args)]
pub struct TraceArgs {
    /// Directory of a run.
    pub dir: PathBuf,
    /// Which agent or thing.
    #[command(flatten)]
    pub who: TraceWho,
}

/// Whose story.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TraceWho {
    /// An EV.
    #[arg(long, value_name = "ID")]
    pub ev: Option<u32>,
    /// A booked period, with its whole booking.
    #[arg(long, value_name = "ID")]
    pub reservation: Option<i64>,
    /// A ticket.
    #[arg(long, value_name = "ID")]
    pub ticket: Option<i64>,
}

/// `gridflock cosim mosaik`.
#[derive(Clone, Debug, Args)]
pub struct MosaikArgs {
    /// Where mosaik waits for us, if it starts us: `%(addr)s` in its configuration.
    #[arg(value_name = "HOST:PORT", conflicts_with = "listen")]
    pub address: Option<String>,
    /// Wait here for mosaik to connect; 127.0.0.1:5678 if nothing is said. Port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Directory of the run; by default output/<scenario>-<seed>. A second run of the same world
    /// goes to DIR-2.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Threads; 0 takes what the machine has. The tables do not depend on it.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Save the whole state every so much simulated time, e.g. 6h; `gridflock run --resume` goes on
    /// from it.
    #[arg(long, value_name = "SPAN")]
    pub checkpoint_every: Option<String>,
}

/// `gridflock report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Directory of a run or study.
    pub dir: PathBuf,
    /// Where the file goes; by default report.html in the directory.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show it in the browser.
    #[arg(long)]
    pub open: bool,
}

/// `gridflock plot`.
#[derive(Clone, Debug, Args)]
pub struct PlotArgs {
    /// Directory of a run or study.
    pub dir: PathBuf,
    /// Which picture; without it, the list.
    pub name: Option<String>,
    /// Where it goes, ending in .svg or .png; by default NAME.svg here.
    #[arg(short, long, value_name = "FILE", requires = "name")]
    pub output: Option<PathBuf>,
}

/// `gridflock export ocel`.
#[derive(Clone, Debug, Args)]
pub struct ExportOcelArgs {
    /// Directory of a run, or of a study that keeps table `facts`.
    pub dir: PathBuf,
    /// New directory; by default DIR.ocel beside it.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Run of a study.
    #[arg(long, value_name = "ID")]
    pub run: Option<i64>,
    /// Kinds of facts, e.g. plugged_in; all by default. May be repeated.
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// A zone.
    #[arg(long, value_name = "ID")]
    pub zone: Option<i64>,
}

/// `gridflock export dataset`.
#[derive(Clone, Debug, Args)]
pub struct ExportDatasetArgs {
    /// Directory of a run or study.
    pub dir: PathBuf,
    /// New directory; by default DIR.dataset beside it.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Format of the tables.
    #[arg(long, default_value = "parquet", value_parser = one_of(Format::ALL.map(Format::word), Format::from_word))]
    pub format: Format,
    /// Add table `wide`: one row a run, its figures as columns.
    #[arg(long)]
    pub wide: bool,
    /// Cut tables into folders (zone_id=1/part-0.parquet); a day is one of local time.
    /// Tables without such a column stay whole.
    #[arg(long, value_parser = one_of(Partition::ALL.map(Partition::word), Partition::from_word))]
    pub partition: Option<Partition>,
    /// SPDX name of the licence.
    #[arg(long, default_value = "CC-BY-4.0", value_name = "NAME")]
    pub licence: String,
    /// Who publishes it.
    #[arg(long, default_value = "The users of gridflock", value_name = "NAME")]
    pub author: String,
}

/// `gridflock reproduce`.
#[derive(Clone, Debug, Args)]
pub struct ReproduceArgs {
    /// Which paper's model.
    #[arg(value_enum)]
    pub model: Model,
    /// Write a page with the paper's tables and figures beside ours; where it goes, by default
    /// reproduce-MODEL.html here.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub report: Option<PathBuf>,
    /// Seeds (or fleets) over which means are taken.
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub seeds: Option<u32>,
    /// Threads; 0 takes what the machine has.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
}

/// The papers' models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// The industrial park.
    Park,
    /// The distribution feeder.
    Feeder,
    /// The microgrid group.
    Group,
}

/// `gridflock compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// Overrides of variant A: key=V[,key=V].
    #[arg(long, value_name = "KEY=V[,KEY=V]", required = true)]
    pub a: String,
    /// Overrides of variant B.
    #[arg(long, value_name = "KEY=V[,KEY=V]", required = true)]
    pub b: String,
    /// Pairs of runs.
    #[arg(short, default_value_t = 30, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub n: u32,
    /// Run until the paired difference of an indicator is known this well, e.g. ev_cost_cny:50.
    #[arg(long, value_name = "INDICATOR:HALF_WIDTH")]
    pub until_ci: Option<String>,
    /// Only say how many runs that needs, CPU time and disk.
    #[arg(long)]
    pub plan: bool,
    /// Directory of the study; by default output/compare-<scenario>.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Seed.
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Threads; 0 takes what the machine has.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Write report.html beside the tables.
    #[arg(long)]
    pub report: bool,
    /// Offer a page with runs done and intervals that narrow, on a free port of the loopback or at
    /// ADDRESS (PORT or IP:PORT).
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = address)]
    pub live: Option<Address>,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
}

/// `gridflock fork`.
#[derive(Clone, Debug, Args)]
pub struct ForkArgs {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// When: a date and time (local without an offset), or a span after the start such as 36h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: String,
    /// An arm: NAME:key=V[,key=V], with applies=all for open bookings too; NAME alone goes on as it
    /// is. May be repeated.
    #[arg(long, value_name = "NAME:KEY=V", required = true)]
    pub arm: Vec<String>,
    /// Directory of the outcomes; by default output/fork-<scenario>.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Replications, each with people, weather and draws of its own.
    #[arg(short, default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub n: u32,
    /// What is not as its file says.
    #[command(flatten)]
    pub changes: Changes,
    /// Threads; 0 takes what the machine has. The outcomes do not depend on it.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of a search.
#[derive(Args, Clone, Debug)]
pub struct SearchArgs {
    /// A study file.
    pub study: String,
    /// Directory; by default output/<study>-calibrated or -optimised.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Threads; 0 takes what the machine has.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub threads: usize,
    /// Replace an existing directory.
    #[arg(long)]
    pub overwrite: bool,
    /// Warnings are errors (exit code 3).
    #[arg(long)]
    pub strict: bool,
}

/// `gridflock study`.
#[derive(Clone, Debug, Subcommand)]
pub enum StudyAction {
    /// Names of the built-in studies and the questions they answer.
    List,
    /// The text of a built-in study, to be changed.
    Show {
        /// Built-in study, e.g. h1.
        name: String,
    },
    /// Run a study.
    Run {
        /// A study file, or a built-in study, e.g. h1.
        study: String,
        /// Directory; by default output/<study>.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
        /// Threads; 0 takes what the machine has.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
        threads: usize,
        /// Only part i of n, e.g. 2/5; also taken from the environment of Slurm arrays and
        /// Kubernetes indexed jobs.
        #[arg(long, value_name = "I/N")]
        shard: Option<String>,
        /// Only say how many runs, CPU time and disk.
        #[arg(long)]
        dry_run: bool,
        /// Write report.html beside the tables.
        #[arg(long)]
        report: bool,
        /// Offer a page with runs done and intervals that narrow, on a free port of the loopback or
        /// at ADDRESS (PORT or IP:PORT).
        #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = address)]
        live: Option<Address>,
        /// Replace an existing directory.
        #[arg(long)]
        overwrite: bool,
        /// Warnings are errors (exit code 3).
        #[arg(long)]
        strict: bool,
    },
    /// Find the uncertainties under which runs give the targets of a study's [calibrate].
    Calibrate(SearchArgs),
    /// Find the values of levers at which the indicator of a study's [optimise] is best.
    Optimise(SearchArgs),
    /// Say how long a warm-up has to be: MSER-5 on the primary outcome by day, at each point.
    Warmup {
        /// A study file, or a built-in study, e.g. h1.
        study: String,
        /// Days that are looked at, from an empty start.
        #[arg(long, default_value_t = 40, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(10..=366))]
        days: u32,
        /// Threads; 0 takes what the machine has.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
        threads: usize,
    },
    /// Go on with an interrupted study, or do the failed runs of a finished one again.
    Resume {
        /// Its directory.
        dir: PathBuf,
        /// Threads; 0 takes what the machine has.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
        threads: usize,
        /// Write report.html beside the tables.
        #[arg(long)]
        report: bool,
        /// Offer a page with runs done and intervals that narrow, on a free port of the loopback or
        /// at ADDRESS (PORT or IP:PORT).
        #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = address)]
        live: Option<Address>,
    },
    /// Join the shards of a study.
    Merge {
        /// Directories of the shards.
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// Directory of the whole.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// Replace an existing directory.
        #[arg(long)]
        overwrite: bool,
    },
    /// How far a study has come.
    Status {
        /// Its directory.
        dir: PathBuf,
    },
}
