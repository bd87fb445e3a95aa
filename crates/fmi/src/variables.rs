//! The variables of a unit: what a master sets and gets, by number.
//!
//! A variable's number is its value reference. Time and parameters come first, then zone by zone
//! inputs (`zone[1].in.price`) and outputs (`zone[1].out.p_mw`), named as everywhere else; a feeder has
//! its substation's voltage as input and those of its buses as outputs.

use crate::wire::Kind;
use domain::{BusId, ZoneId};
use simulation::{Input, Output, Prepared};

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Simulated time.
    Time,
    /// The seed.
    Seed,
    /// The directory of the tables, or overrides of the scenario.
    Text,
    /// An input of a zone, by its name.
    Input(ZoneId, &'static str),
    /// An output of a zone.
    Output(ZoneId, Output),
    /// An output of a bus.
    Bus(BusId, BusOutput),
}

/// What is read off a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusOutput {
    /// Net consumption \[MW\].
    PMw,
    /// Reactive net consumption \[Mvar\].
    QMvar,
    /// Voltage \[p.u.\].
    VmPu,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, structured.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its unit; empty for texts and whole numbers. Money is in the scenario's currency.
    pub unit: String,
    /// What it means.
    pub doc: &'static str,
}

impl Variable {
    /// Its kind, as the library inside the unit knows it.
    pub fn kind(&self) -> Kind {
        match self.role {
            Role::Time => Kind::Time,
            Role::Seed => Kind::Number,
            Role::Text => Kind::Text,
            Role::Input(_, "notice") => Kind::Notice,
            Role::Input(..) => Kind::Input,
            Role::Output(..) | Role::Bus(..) => Kind::Output,
        }
    }

    /// Whether it changes in between events: power, energy and what weather does.
    pub fn is_continuous(&self) -> bool {
        matches!(self.unit.as_str(), "s" | "kW" | "MW" | "Mvar" | "kWh" | "degC" | "p.u.")
    }
}

/// All variables of a scenario, by number.
pub fn variables(prepared: &Prepared) -> Vec<Variable> {
    let feeder = matches!(prepared.scenario.model, scenario::Model::Feeder(_));
    let money = prepared.scenario.currency.as_str();
    let in_own = |unit: &str| unit.replace(CURRENCY, money);
    let own = |name: &str, role, unit, doc| Variable {
        name: name.to_owned(),
        role,
        unit: in_own(unit),
        doc,
    };
    let mut all = vec![
        own("time", Role::Time, "s", "Simulated time, from the start of the record on."),
        own("seed", Role::Seed, "", "Seed of all random draws; -1: the scenario's own."),
        own(
            "output_directory",
            Role::Text,
            "",
            "Directory of the tables, which must not exist yet; empty: no tables.",
        ),
        own(
            "overrides",
            Role::Text,
            "",
            "Overrides of the scenario, key.path=VALUE with ; between them; empty: none.",
        ),
    ];
    for zone in (1..=prepared.zones()).map(|zone| ZoneId(zone as u16)) {
        let variable = |dir, name: &str, role, (unit, doc)| Variable {
            name: format!("zone[{}].{dir}.{name}", zone.0),
            role,
            unit: in_own(unit),
            doc,
        };
        let inputs = Input::NAMES.into_iter().filter(|name| !feeder || *name != "vm_pu");
        all.extend(inputs.map(|name| variable("in", name, Role::Input(zone, name), input(name))));
        all.extend(
            Output::ALL.map(|o| variable("out", o.name(), Role::Output(zone, o), output(o))),
        );
    }
    // The voltage of a feeder is its substation's, which belongs to no zone: the DSO works out those
    // of the buses.
    if feeder {
        let doc = "Voltage at the substation; NaN: the scenario's.";
        all.push(own("substation.in.vm_pu", Role::Input(ZoneId(0), "vm_pu"), "p.u.", doc));
    }
    for bus in prepared.buses() {
        for (name, output, unit, doc) in BUS_OUTPUTS {
            let name = format!("bus[{}].out.{name}", bus.0);
            all.push(own(&name, Role::Bus(bus, output), unit, doc));
        }
    }
    all
}

/// The currency that units are written in here.
pub const CURRENCY: &str = "CNY";

/// What is read off every bus of a feeder.
const BUS_OUTPUTS: [(&str, BusOutput, &str, &str); 3] = [
    ("p_mw", BusOutput::PMw, "MW", "Net consumption at the bus, at the end of the step."),
    ("q_mvar", BusOutput::QMvar, "Mvar", "Reactive net consumption at the bus, likewise."),
    ("vm_pu", BusOutput::VmPu, "p.u.", "Voltage at the bus, likewise."),
];

/// Unit and meaning of an input.
fn input(name: &str) -> (&'static str, &'static str) {
    match name {
        "price" => {
            ("CNY/kWh", "Price of grid energy, from the next period on; NaN: the scenario's.")
        }
        "reservation_price" => (
            "CNY/kWh",
            "Published reservation price, from the next period on; NaN: the pricing agent's.",
        ),
        "discharge_price" => (
            "CNY/kWh",
            "Published discharge price, from the next period on; NaN: the pricing agent's.",
        ),
        "ticket_price" => (
            "CNY/kWh",
            "Published ticket price, from the next period on; NaN: the pricing agent's.",
        ),
        "vm_pu" => ("p.u.", "Voltage at the zone's bus; NaN: not known."),
        "pv_kw" => ("kW", "PV available; NaN: the scenario's."),
        "wind_kw" => ("kW", "Wind power available; NaN: the scenario's."),
        "load_kw" => ("kW", "Base load; NaN: the scenario's."),
        "temperature_c" => ("degC", "Air temperature; NaN: the scenario's."),
        "target_p_kw" => ("kW", "Net consumption that the zone is to keep to; NaN: none."),
        _ => (
            "",
            "What happens at the site, once when the text changes, e.g. outage piles=2 hours=3.",
        ),
    }
}

/// Unit and meaning of an output.
fn output(output: Output) -> (&'static str, &'static str) {
    match output {
        Output::PMw => ("MW", "Net consumption at the connection, mean over the last step."),
        Output::QMvar => ("Mvar", "Reactive power of the load."),
        Output::PKw => ("kW", "Net consumption at the connection, mean over the last step."),
        Output::EnergyKwh => ("kWh", "Energy taken at the connection since the start."),
        Output::Plugged => ("1", "Vehicles plugged in."),
        Output::ReservedKw => ("kW", "Power that bookings reserve in the period at hand."),
        Output::FlexUpKw => ("kW", "How much more the plugged-in vehicles could take."),
        Output::FlexDownKw => ("kW", "How much less they could take, discharging included."),
        Output::ReservationPrice => {
            ("CNY/kWh", "Published reservation price of the period at hand.")
        }
        Output::RealPrice => ("CNY/kWh", "Real price of the last settled period."),
        Output::Breaches => ("1", "Breaches of bookings since the start."),
        Output::TicketsAwarded => ("1", "Tickets awarded since the start."),
    }
}
