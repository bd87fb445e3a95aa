//! One instance of a unit: its variables as the master sees them, and where it stands.

use super::engine::{Engine, Trouble, folder};
use super::log::{Level, Log};
use super::wire::{self, Answer, Given, Kind, Reader, Request, Start, Weight, put_real, put_text};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CString, c_char};
use std::io;

/// How a call ends, in the numbers of both standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// Well.
    Ok = 0,
    /// Well, with something to be known.
    Warning = 1,
    /// Not done; the master may go on.
    Discard = 2,
    /// Not done; the instance is of no more use but to be reset.
    Error = 3,
    /// Nothing of it is of any use.
    Fatal = 4,
}

/// Why a call does not do what it is asked for.
pub struct Complaint {
    /// How the call ends.
    pub status: Status,
    /// Why, and what to do.
    pub text: String,
}

impl From<String> for Complaint {
    fn from(text: String) -> Self {
        Self { status: Status::Error, text }
    }
}

impl From<&str> for Complaint {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Where an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Made; parameters may be set.
    Instantiated,
    /// Between entering and leaving the initialisation.
    Initialising,
    /// Steps are done.
    Stepping,
    /// The tables are closed.
    Terminated,
}

impl Mode {
    const ALL: [Self; 4] =
        [Self::Instantiated, Self::Initialising, Self::Stepping, Self::Terminated];
}

/// One instance.
pub struct Instance {
    /// Where messages go.
    pub log: Log,
    /// Whether a step may end before its end.
    pub early_return: bool,
    engine: Engine,
    kinds: Vec<Kind>,
    seen: Seen,
}

/// What a saved state keeps of an instance, beside the run's own.
#[derive(Clone, Debug)]
struct Seen {
    mode: Mode,
    from_s: f64,
    to_s: f64,
    now_s: f64,
    /// Whether a run has been started.
    started: bool,
    /// Whether the run is over.
    over: bool,
    /// Values of real variables, by number.
    reals: Vec<f64>,
    number: i64,
    /// Values of text variables.
    texts: BTreeMap<u32, CString>,
    /// Inputs that were set since the last step.
    set: BTreeSet<u32>,
    /// Inputs that the run has, as bits.
    given: BTreeMap<u32, u64>,
}

/// The seed that stands for the scenario's own.
const OWN_SEED: i64 = -1;
/// Numbers of the parameters, as `variables` of the program counts them.
const SEED: u32 = 1;
const DIRECTORY: u32 = 2;
const OVERRIDES: u32 = 3;

impl Seen {
    fn new(kinds: &[Kind]) -> Self {
        let number = |i: usize| i as u32;
        let is_text = |k: &Kind| matches!(k, Kind::Text | Kind::Notice);
        let texts = kinds.iter().enumerate().filter(|(_, k)| is_text(k));
        Self {
            mode: Mode::Instantiated,
            from_s: 0.0,
            to_s: -1.0,
            now_s: 0.0,
            started: false,
            over: false,
            reals: kinds.iter().map(|k| if *k == Kind::Input { f64::NAN } else { 0.0 }).collect(),
            number: OWN_SEED,
            texts: texts.map(|(i, _)| (number(i), CString::default())).collect(),
            set: BTreeSet::new(),
            given: BTreeMap::new(),
        }
    }
}

impl Instance {
    /// Starts the program among the resources and has it read the scenario.
    pub fn new(log: Log, place: &str, token: &str) -> Result<Self, (Log, String)> {
        let opened = || -> Result<(Engine, Vec<Kind>), String> {
            let resources = folder(place)?;
            let mut engine = Engine::start(&resources)?;
            let request =
                Request::Open { folder: resources.display().to_string(), token: token.to_owned() };
            match engine.ask(&request) {
                Ok(Answer::Opened(kinds)) => Ok((engine, kinds)),
                Ok(_) => Err("the program answers something else".to_owned()),
                Err(Trouble::Refused(why) | Trouble::Gone(why)) => Err(why),
            }
        };
        match opened() {
            Ok((engine, kinds)) => {
                let seen = Seen::new(&kinds);
                Ok(Self { log, early_return: false, engine, kinds, seen })
            }
            Err(why) => Err((log, why)),
        }
    }

    /// Whether the run has come to its end.
    pub fn is_over(&self) -> bool {
        self.seen.over
    }

    /// Where it is \[s\].
    pub fn now_s(&self) -> f64 {
        self.seen.now_s
    }

    /// Takes the times of the run; a negative `to_s`: not said.
    pub fn set_times(&mut self, from_s: f64, to_s: f64) -> Result<(), Complaint> {
        self.need(&[Mode::Instantiated], "times are set")?;
        (self.seen.from_s, self.seen.to_s, self.seen.now_s) = (from_s, to_s, from_s);
        Ok(())
    }

    /// Enters the initialisation.
    pub fn enter_initialisation(&mut self) -> Result<(), Complaint> {
        self.need(&[Mode::Instantiated], "the initialisation begins")?;
        self.seen.mode = Mode::Initialising;
        Ok(())
    }

    /// Leaves the initialisation: from here on steps are done.
    pub fn exit_initialisation(&mut self) -> Result<(), Complaint> {
        self.need(&[Mode::Initialising], "the initialisation ends")?;
        self.start()?;
        self.seen.mode = Mode::Stepping;
        Ok(())
    }

    /// Gives the inputs that have changed, and goes on.
    pub fn step(&mut self, from_s: f64, length_s: f64) -> Result<(), Complaint> {
        self.need(&[Mode::Stepping], "steps are done")?;
        let now = self.seen.now_s;
        if !(length_s > 0.0 && length_s.is_finite()) {
            return Err(format!("a step of {length_s} s goes nowhere; it must be above 0").into());
        }
        // Masters add up their steps: what differs by less than the resolution is the same instant.
        if from_s.is_nan() || (from_s - now).abs() > 1e-6 * now.abs().max(1.0) {
            let why = format!(
                "a step from {from_s} s was asked for, but the unit stands at {now} s; go on from \
                 there, or set a saved state"
            );
            return Err(why.into());
        }
        if self.seen.over {
            let why = format!(
                "the run is over at {now} s, where the scenario ends; set `overrides` to \"days=N\" \
                 for a longer one"
            );
            return Err(Complaint { status: Status::Discard, text: why });
        }
        let given = self.changed();
        let marks: Vec<_> = given.reals.iter().map(|(n, x)| (*n, x.to_bits())).collect();
        self.go(&Request::Step { to_s: from_s + length_s, given })?;
        self.seen.given.extend(marks);
        self.seen.set.clear();
        Ok(())
    }

    /// Closes the tables.
    pub fn terminate(&mut self) -> Result<(), Complaint> {
        let all = [Mode::Instantiated, Mode::Initialising, Mode::Stepping];
        self.need(&all, "the run ends")?;
        self.seen.mode = Mode::Terminated;
        self.ask(&Request::Finish).map(|_| ())
    }

    /// Back to where it was made.
    pub fn reset(&mut self) -> Result<(), Complaint> {
        self.ask(&Request::Reset)?;
        self.seen = Seen::new(&self.kinds);
        Ok(())
    }

    /// Real values by number.
    pub fn reals(&mut self, numbers: &[u32], out: &mut [f64]) -> Result<(), Complaint> {
        for (number, out) in numbers.iter().zip(out) {
            *out = match self.kind(*number)? {
                Kind::Time => self.seen.now_s,
                Kind::Input => self.seen.reals[*number as usize],
                Kind::Output => {
                    if self.seen.mode == Mode::Initialising {
                        self.start()?;
                    }
                    self.seen.reals[*number as usize]
                }
                other => return Err(mismatch(*number, other, "a real")),
            };
        }
        Ok(())
    }

    /// Sets real inputs.
    pub fn set_reals(&mut self, numbers: &[u32], values: &[f64]) -> Result<Status, Complaint> {
        let mut status = Status::Ok;
        for (&number, &value) in numbers.iter().zip(values) {
            match self.kind(number)? {
                Kind::Input => {}
                Kind::Output | Kind::Time => {
                    return Err(format!("variable {number} is no input and cannot be set").into());
                }
                other => return Err(mismatch(number, other, "a real")),
            }
            let had = self.seen.reals[number as usize];
            if value.is_nan() && !had.is_nan() {
                self.log.say(
                    Level::Warning,
                    &format!(
                        "input {number} was set to NaN: what a zone was given cannot be taken back, \
                         its last value {had} stays"
                    ),
                );
                status = Status::Warning;
                continue;
            }
            self.seen.reals[number as usize] = value;
            self.seen.set.insert(number);
        }
        Ok(status)
    }

    /// The seed.
    pub fn number(&mut self, number: u32) -> Result<i64, Complaint> {
        match self.kind(number)? {
            Kind::Number => Ok(self.seen.number),
            other => Err(mismatch(number, other, "a whole number")),
        }
    }

    /// Sets the seed.
    pub fn set_number(&mut self, number: u32, value: i64) -> Result<(), Complaint> {
        match self.kind(number)? {
            Kind::Number => self.parameter()?,
            other => return Err(mismatch(number, other, "a whole number")),
        }
        self.seen.number = value;
        Ok(())
    }

    /// A text; it lasts until it is set again.
    pub fn text(&mut self, number: u32) -> Result<*const c_char, Complaint> {
        let kind = self.kind(number)?;
        let text = self.seen.texts.get(&number);
        text.map(|t| t.as_ptr()).ok_or_else(|| mismatch(number, kind, "a text"))
    }

    /// Sets a text.
    pub fn set_text(&mut self, number: u32, value: CString) -> Result<(), Complaint> {
        match self.kind(number)? {
            Kind::Text => self.parameter()?,
            Kind::Notice => {
                // A notice happens when it changes: masters set all inputs at every step.
                if self.seen.texts.get(&number) != Some(&value) {
                    self.seen.set.insert(number);
                }
            }
            other => return Err(mismatch(number, other, "a text")),
        }
        self.seen.texts.insert(number, value);
        Ok(())
    }

    /// Everything, as bytes that another process can go on from.
    pub fn save(&mut self) -> Result<Vec<u8>, Complaint> {
        let mut state = Vec::new();
        if self.seen.started && self.seen.mode != Mode::Terminated {
            match self.ask(&Request::Save)? {
                Answer::Saved(bytes) => state = bytes,
                _ => return Err("the program answers something else".into()),
            }
        }
        let mut w = MARK.to_vec();
        self.seen.put(&mut w);
        wire::put_bytes(&mut w, &state);
        Ok(w)
    }

    /// Goes on from saved bytes.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Complaint> {
        let damaged = |e: io::Error| Complaint::from(format!("the saved state is damaged: {e}"));
        let body = bytes.strip_prefix(MARK).ok_or("the saved state is of something else")?;
        let mut r = Reader(body);
        let seen = Seen::take(&mut r).map_err(damaged)?;
        if seen.reals.len() != self.kinds.len() {
            return Err("the saved state is of another unit".into());
        }
        let state = r.bytes().map_err(damaged)?.to_vec();
        r.end(()).map_err(damaged)?;
        if state.is_empty() {
            self.ask(&Request::Reset)?;
            self.seen = seen;
            return Ok(());
        }
        self.go(&Request::Restore { start: start_of(&seen), state })?;
        self.seen = seen;
        Ok(())
    }

    /// Starts the run, if it is not yet.
    fn start(&mut self) -> Result<(), Complaint> {
        if self.seen.started {
            return Ok(());
        }
        self.go(&Request::Start(start_of(&self.seen)))?;
        self.seen.started = true;
        Ok(())
    }

    /// Parameters are fixed once the run has been started.
    fn parameter(&self) -> Result<(), Complaint> {
        self.need(&[Mode::Instantiated, Mode::Initialising], "parameters are set")?;
        if self.seen.started {
            let why = "the run has been started, its parameters are fixed; set them before outputs \
                       are read";
            return Err(why.into());
        }
        Ok(())
    }

    /// Inputs that were set since the last step and are not what the run has already.
    fn changed(&self) -> Given {
        let mut given = Given::default();
        for &number in &self.seen.set {
            if let Some(text) = self.seen.texts.get(&number) {
                if !text.is_empty() {
                    given.texts.push((number, text.to_string_lossy().into_owned()));
                }
                continue;
            }
            let value = self.seen.reals[number as usize];
            if !value.is_nan() && self.seen.given.get(&number) != Some(&value.to_bits()) {
                given.reals.push((number, value));
            }
        }
        given
    }

    /// Asks for something that moves the run, and takes over where it is.
    fn go(&mut self, request: &Request) -> Result<(), Complaint> {
        let Answer::At { now_s, over, outputs, said } = self.ask(request)? else {
            return Err("the program answers something else".into());
        };
        let numbers = self.kinds.iter().enumerate().filter(|(_, k)| **k == Kind::Output);
        let numbers: Vec<usize> = numbers.map(|(i, _)| i).collect();
        if numbers.len() != outputs.len() {
            return Err("the program answers other outputs".into());
        }
        for (number, value) in numbers.into_iter().zip(outputs) {
            self.seen.reals[number] = value;
        }
        (self.seen.now_s, self.seen.over) = (now_s, over);
        for (weight, text) in said {
            let level = if weight == Weight::Warning { Level::Warning } else { Level::Note };
            self.log.say(level, &text);
        }
        Ok(())
    }

    fn ask(&mut self, request: &Request) -> Result<Answer, Complaint> {
        self.engine.ask(request).map_err(|trouble| match trouble {
            Trouble::Refused(text) => text.into(),
            Trouble::Gone(text) => Complaint { status: Status::Fatal, text },
        })
    }

    fn kind(&self, number: u32) -> Result<Kind, Complaint> {
        let kind = self.kinds.get(number as usize).copied();
        kind.ok_or_else(|| {
            let last = self.kinds.len().saturating_sub(1);
            format!("there is no variable {number}; they are numbered from 0 to {last}").into()
        })
    }

    fn need(&self, modes: &[Mode], what: &str) -> Result<(), Complaint> {
        if modes.contains(&self.seen.mode) {
            return Ok(());
        }
        Err(format!("{what} when it is {modes:?}, but the instance is {:?}", self.seen.mode).into())
    }
}

fn mismatch(number: u32, kind: Kind, wanted: &str) -> Complaint {
    format!("variable {number} is no {}: it is {kind:?}", wanted.trim_start_matches("a ")).into()
}

/// How the run of an instance is started.
fn start_of(seen: &Seen) -> Start {
    let text = |number: u32| {
        seen.texts.get(&number).map(|t| t.to_string_lossy().into_owned()).unwrap_or_default()
    };
    debug_assert_eq!(SEED + 1, DIRECTORY);
    Start {
        from_s: seen.from_s,
        to_s: seen.to_s,
        seed: seen.number,
        directory: text(DIRECTORY),
        overrides: text(OVERRIDES),
    }
}

/// What every saved state begins with.
const MARK: &[u8] = b"gridflock unit 1\n";

impl Seen {
    fn put(&self, w: &mut Vec<u8>) {
        w.extend([self.mode as u8, u8::from(self.started), u8::from(self.over)]);
        [self.from_s, self.to_s, self.now_s].iter().for_each(|x| put_real(w, *x));
        w.extend(self.number.to_le_bytes());
        wire::put_count(w, self.reals.len());
        self.reals.iter().for_each(|x| put_real(w, *x));
        wire::put_count(w, self.texts.len());
        for (number, text) in &self.texts {
            w.extend(number.to_le_bytes());
            put_text(w, &text.to_string_lossy());
        }
        wire::put_count(w, self.set.len());
        self.set.iter().for_each(|n| w.extend(n.to_le_bytes()));
        wire::put_count(w, self.given.len());
        for (number, bits) in &self.given {
            w.extend(number.to_le_bytes());
            w.extend(bits.to_le_bytes());
        }
    }

    fn take(r: &mut Reader<'_>) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it has no such mode");
        let mode = Mode::ALL.get(usize::from(r.byte()?)).copied().ok_or_else(wrong)?;
        let (started, over) = (r.byte()? != 0, r.byte()? != 0);
        let (from_s, to_s, now_s) = (r.real()?, r.real()?, r.real()?);
        let number = i64::from_le_bytes(r.array()?);
        let reals = r.list(Reader::real)?;
        let text = |r: &mut Reader<'_>| {
            let number = r.number()?;
            let text = CString::new(r.text()?).map_err(|_| wrong())?;
            Ok((number, text))
        };
        let texts = r.list(text)?.into_iter().collect();
        let set: BTreeSet<u32> = r.list(Reader::number)?.into_iter().collect();
        let bits = |r: &mut Reader<'_>| Ok((r.number()?, u64::from_le_bytes(r.array()?)));
        let given = r.list(bits)?.into_iter().collect();
        if set.iter().any(|n| *n as usize >= reals.len()) {
            return Err(wrong());
        }
        Ok(Self { mode, from_s, to_s, now_s, started, over, reals, number, texts, set, given })
    }
}
