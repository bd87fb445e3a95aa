//! The ground that all members share: one run that is given values from outside under fixed names,
//! stepped, and read.
//!
//! A step at `t` is the same for every partner: values enter at `t`, everything up to `t` and all of
//! `t` itself happens, figures are read. Nothing here knows a protocol.
//!
//! - [`INPUTS`], [`OUTPUTS`], [`BUS_OUTPUTS`]: the names, with units.
//! - [`Given`], [`joined`], [`input`]: what partners say, as an input of the run.
//! - [`InForce`]: what is news. - [`Member`]: the run. - [`Reading`]: what is read off it.
//! - [`Wanted`], [`Host`]: which run a partner asks for, and who opens and closes it.

use domain::{Span, Time, ZoneId};
use simulation::{BusReading, FeederReading, Input, Output, Simulation, SimulationError};
use std::collections::BTreeMap;

/// A name that partners use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, unit last.
    pub name: &'static str,
    /// Its unit; empty where there is none.
    pub unit: &'static str,
    /// What it means.
    pub about: &'static str,
}

const fn named(name: &'static str, unit: &'static str, about: &'static str) -> Named {
    Named { name, unit, about }
}

/// What a zone is given, in the order in which inputs of one instant act.
pub const INPUTS: [Named; 11] = [
    named("price", "CNY/kWh", "grid price from the next period on; a list is a curve"),
    named("reservation_price", "CNY/kWh", "published reservation price, likewise"),
    named("discharge_price", "CNY/kWh", "published discharge price, likewise"),
    named("ticket_price", "CNY/kWh", "published ticket price, likewise"),
    named("vm_pu", "p.u.", "voltage at the zone's bus; of a feeder the substation's"),
    named("pv_kw", "kW", "PV available"),
    named("wind_kw", "kW", "wind available"),
    named("load_kw", "kW", "base load"),
    named("temperature_c", "degC", "air temperature"),
    named("target_p_kw", "kW", "net consumption that the zone is to keep to"),
    named("notice", "", "something that happens, as text"),
];

/// What is read off a zone.
pub const OUTPUTS: [Named; 13] = [
    named("p_mw", "MW", "net consumption at the connection"),
    named("q_mvar", "Mvar", "reactive power at the connection"),
    named("p_kw", "kW", "net consumption at the connection"),
    named("energy_kwh", "kWh", "energy taken at the connection since the start"),
    named("plugged", "1", "vehicles plugged in"),
    named("reserved_kw", "kW", "power that bookings reserve in the period at hand"),
    named("flex_up_kw", "kW", "how much more the plugged-in vehicles could take"),
    named("flex_down_kw", "kW", "how much less they could take, discharging included"),
    named("reservation_price", "CNY/kWh", "published reservation price of the period at hand"),
    named("real_price", "CNY/kWh", "real price of the last settled period"),
    named("breaches", "1", "breaches of bookings since the start"),
    named("tickets_awarded", "1", "tickets awarded since the start"),
    named("indicators", "", "the indicators of the run so far, by name"),
];

/// What is read off a bus of a feeder.
pub const BUS_OUTPUTS: [Named; 3] = [
    named("p_mw", "MW", "net consumption at the bus"),
    named("q_mvar", "Mvar", "reactive net consumption at the bus"),
    named("vm_pu", "p.u.", "voltage at the bus"),
];

/// A figure of a bus by its name in [`BUS_OUTPUTS`]; NaN for any other.
pub fn bus_figure(bus: &BusReading, name: &str) -> f64 {
    match name {
        "p_mw" => bus.p_kw / 1000.0,
        "q_mvar" => bus.q_kvar / 1000.0,
        "vm_pu" => bus.vm_pu,
        _ => f64::NAN,
    }
}

/// A figure of a whole feeder, `p_mw` or `q_mvar` of its substation; NaN for any other.
pub fn feeder_figure(feeder: &FeederReading, name: &str) -> f64 {
    match name {
        "p_mw" => feeder.import_kw / 1000.0,
        "q_mvar" => feeder.import_kvar / 1000.0,
        _ => f64::NAN,
    }
}

/// A value as a partner gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A number.
    Number(f64),
    /// A list of numbers: for prices a curve by period.
    List(Vec<f64>),
    /// A text: a notice.
    Text(String),
}

/// What several sources say about one input of one zone: powers are added up, of anything else the
/// last source by its id counts, whatever the order in which they spoke.
///
/// ```
/// use cosim::member::{Given, joined};
/// let said = [("b.1".to_owned(), Given::Number(2.0)), ("a.1".to_owned(), Given::Number(1.0))];
/// assert_eq!(joined("load_kw", said.clone().into()), Some(Given::Number(3.0)));
/// assert_eq!(joined("vm_pu", said.into()), Some(Given::Number(2.0)));
/// ```
pub fn joined(name: &str, said: BTreeMap<String, Given>) -> Option<Given> {
    let powers = name.ends_with("_kw");
    let mut all = said.into_values();
    if !powers {
        return all.next_back();
    }
    let mut sum = all.next()?;
    for next in all {
        match (&mut sum, next) {
            (Given::Number(sum), Given::Number(next)) => *sum += next,
            // What is no number is refused where it is understood.
            (Given::Number(_), other) => sum = other,
            _ => break,
        }
    }
    Some(sum)
}

/// What a partner gives, as an input of the run at an instant.
///
/// # Errors
/// If there is no such input, or it takes no such value; the message says what is possible.
pub fn input(name: &str, given: &Given, at: Time) -> Result<Input, SimulationError> {
    let bad = |why: String| Err(SimulationError::BadInput(why));
    if !INPUTS.iter().any(|i| i.name == name) {
        let known: Vec<&str> = INPUTS.iter().map(|i| i.name).collect();
        let known = known.join(", ");
        return bad(format!("there is no input `{name}`; there are {known}"));
    }
    let numbers = match given {
        Given::Text(text) if name == "notice" => {
            return simulation::parse_input(name, text, at);
        }
        Given::Text(text) => return bad(format!("input `{name}` takes a number, not `{text}`")),
        _ if name == "notice" => return bad("input `notice` takes a text".to_owned()),
        Given::Number(x) => std::slice::from_ref(x),
        Given::List(list) => list,
    };
    match Input::of_numbers(name, numbers) {
        Some(input) => Ok(input),
        None if numbers.is_empty() => bad(format!("input `{name}` is an empty list")),
        None => bad(format!("input `{name}` takes one number, not a list of {}", numbers.len())),
    }
}

/// What is read off a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A figure; NaN where it is not defined.
    Number(f64),
    /// Figures by name.
    Figures(Vec<(String, f64)>),
}

/// What was given last, by zone and input: a value that is the one in force is no news and is not
/// given again, so that it makes no difference how often a partner repeats it; every notice is news.
#[derive(Debug, Default)]
pub struct InForce(BTreeMap<(u16, usize), Input>);

impl InForce {
    /// Gives a zone (0: all of them) of a run a value at an instant, if it is news; whether it was.
    ///
    /// # Errors
    /// If the run does not take it.
    pub fn give(
        &mut self,
        simulation: &mut Simulation,
        at: Time,
        zone: ZoneId,
        input: &Input,
    ) -> Result<bool, SimulationError> {
        let key = (zone.0, input.number());
        if self.0.get(&key) == Some(input) {
            return Ok(false);
        }
        simulation.inject(at, zone, input.clone())?;
        if !matches!(input, Input::Notice(_)) {
            self.0.insert(key, input.clone());
        }
        Ok(true)
    }
}

/// One run as a member of somebody else's co-simulation.
pub struct Member {
    simulation: Simulation,
    in_force: InForce,
    /// Reservation prices that were given and may be published otherwise.
    asked: BTreeMap<u16, (Time, f64)>,
}

/// How far a step got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The instant.
    Instant,
    /// It was interrupted on the way.
    Interrupted,
}

impl Member {
    /// A run that nobody has given anything yet.
    pub fn new(simulation: Simulation) -> Self {
        Self { simulation, in_force: InForce::default(), asked: BTreeMap::new() }
    }

    /// The run.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The run, to save or to watch it.
    pub fn simulation_mut(&mut self) -> &mut Simulation {
        &mut self.simulation
    }

    /// The run, to be finished.
    pub fn into_simulation(self) -> Simulation {
        self.simulation
    }

    /// A settlement period.
    pub fn period(&self) -> Span {
        self.simulation.world().shared().env.grid.length()
    }

    /// Gives a zone (0: all of them) a value at an instant, if it is news ([`InForce`]).
    ///
    /// # Errors
    /// If the run does not take it.
    pub fn give(&mut self, at: Time, zone: ZoneId, input: &Input) -> Result<(), SimulationError> {
        let news = self.in_force.give(&mut self.simulation, at, zone, input)?;
        if let Input::ReservationPrice(prices) = input
            && let [price] = prices[..]
            && news
        {
            let grid = self.simulation.world().shared().env.grid;
            // It is published with the next period, and known soon after.
            self.asked.insert(zone.0, (grid.end(grid.ceil(at)), price));
        }
        Ok(())
    }

    /// Everything up to `t` and all of `t` itself happens, as long as `goes_on` says so; it is asked
    /// a few times a settlement period.
    ///
    /// # Errors
    /// If time would go back, or the run cannot go on.
    pub fn step(
        &mut self,
        t: Time,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Reached, SimulationError> {
        if !self.simulation.advance_while(t, &mut |_| goes_on())? {
            return Ok(Reached::Interrupted);
        }
        self.simulation.advance_through(t)?;
        self.warn_of_bounds();
        Ok(Reached::Instant)
    }

    /// The run goes on to its end, as long as `goes_on` says so.
    ///
    /// # Errors
    /// If the run cannot go on.
    pub fn complete(
        &mut self,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Reached, SimulationError> {
        let end = self.simulation.end();
        let there = self.simulation.advance_while(end, &mut |_| goes_on())?;
        Ok(if there { Reached::Instant } else { Reached::Interrupted })
    }

    /// Reads a figure off a zone, by its name in [`OUTPUTS`]. It changes nothing.
    ///
    /// # Errors
    /// If there is no such zone or figure.
    pub fn read(&self, zone: ZoneId, name: &str) -> Result<Reading, SimulationError> {
        if name == "indicators" {
            let rows = self.simulation.indicators().unwrap_or_default();
            let of_run = rows.into_iter().filter(|r| r.scope == domain::Scope::Run);
            return Ok(Reading::Figures(of_run.map(|r| (r.name, r.value)).collect()));
        }
        let Some(output) = Output::from_name(name) else {
            let known: Vec<&str> = OUTPUTS.iter().map(|o| o.name).collect();
            let known = known.join(", ");
            return Err(SimulationError::NotThere(format!(
                "there is no figure `{name}`; there are {known}"
            )));
        };
        self.simulation.read(zone, output).map(Reading::Number)
    }

    /// Says once where a price that was given is published as another one, since the rules set its
    /// bounds.
    fn warn_of_bounds(&mut self) {
        let now = self.simulation.now();
        let (simulation, asked) = (&self.simulation, &mut self.asked);
        asked.retain(|&zone, &mut (due, price)| {
            if now < due {
                return true;
            }
            let seen = simulation.snapshot(ZoneId(zone.max(1)));
            if let Ok(seen) = seen
                && seen.reservation_price != price
                && seen.reservation_price.is_finite()
            {
                let published = seen.reservation_price;
                tracing::warn!(
                    "zone {zone}: the reservation price {price} is published as {published}, \
                     within floor and cap"
                );
            }
            false
        });
    }
}

/// Which run a partner asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// A scenario file or a built-in name.
    pub scenario: String,
    /// Overrides `key.path=VALUE`, the seed among them.
    pub sets: Vec<String>,
}

/// How a run of a member ends.
#[derive(Debug)]
pub enum Ending {
    /// At its end, or wherever it is: then it was interrupted.
    AsItIs,
    /// The partner asked for what cannot be, and went.
    Refused(String),
    /// It cannot go on.
    Failed(SimulationError),
}

/// Who opens the runs of a member, keeps their records and closes them.
pub trait Host {
    /// Opens a run; the number is its name for the other calls. Its name for people comes back
    /// with it.
    ///
    /// # Errors
    /// Why it cannot be opened, for the partner to read.
    fn open(&mut self, number: usize, wanted: &Wanted) -> Result<(String, Simulation), String>;

    /// A step is over: time for a checkpoint.
    ///
    /// # Errors
    /// Why none can be written.
    fn stepped(&mut self, number: usize, simulation: &mut Simulation) -> Result<(), String>;

    /// Closes a run and its tables.
    ///
    /// # Errors
    /// Why they cannot be closed.
    fn close(
        &mut self,
        number: usize,
        simulation: Simulation,
        ending: Ending,
    ) -> Result<(), String>;

    /// Whether the user wants the program to end.
    fn interrupted(&self) -> bool;
}
