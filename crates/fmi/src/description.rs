//! The texts of a unit: `modelDescription.xml` of both standards, terminals, a page for people.

use crate::export::Standard;
use crate::variables::{CURRENCY, Role, Variable};
use crate::wire::Kind;
use domain::ZoneId;
use scenario::Scenario;
use simulation::Prepared;
use std::fmt::Write;

/// Name of the library inside a unit.
pub const IDENTIFIER: &str = "gridflock";

/// The units of variables and what they are in SI units. Money has none.
const UNITS: [(&str, &str); 9] = [
    ("s", "<BaseUnit s=\"1\"/>"),
    ("1", "<BaseUnit/>"),
    ("p.u.", "<BaseUnit/>"),
    ("kW", "<BaseUnit kg=\"1\" m=\"2\" s=\"-3\" factor=\"1e3\"/>"),
    ("MW", "<BaseUnit kg=\"1\" m=\"2\" s=\"-3\" factor=\"1e6\"/>"),
    ("Mvar", "<BaseUnit kg=\"1\" m=\"2\" s=\"-3\" factor=\"1e6\"/>"),
    ("kWh", "<BaseUnit kg=\"1\" m=\"2\" s=\"-2\" factor=\"3.6e6\"/>"),
    ("degC", "<BaseUnit K=\"1\" offset=\"273.15\"/>"),
    ("CNY/kWh", ""),
];

const LOG_CATEGORIES: [(&str, &str); 4] = [
    ("logStatusWarning", "what is probably not meant"),
    ("logStatusError", "why a call has failed, and what to do"),
    ("logStatusFatal", "why the instance is of no more use"),
    ("logAll", "how files were understood"),
];

/// What a master must hold to make an instance: it changes with scenario, data and version.
pub fn token(scenario: &Scenario) -> String {
    let all = format!("gridflock {} {}", simulation::VERSION, scenario.hash);
    let hex = record::sha256(all.as_bytes());
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{{{}-{}-{}-{}-{}}}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// `modelDescription.xml`.
pub fn model_description(standard: Standard, prepared: &Prepared, all: &[Variable]) -> String {
    let s = &prepared.scenario;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (version, token_name) = match standard {
        Standard::Two => ("2.0", "guid"),
        Standard::Three => ("3.0", "instantiationToken"),
    };
    let _ = writeln!(
        xml,
        "<fmiModelDescription fmiVersion=\"{version}\" modelName=\"{}\" {token_name}=\"{}\" \
         description=\"{}\" generationTool=\"gridflock {}\" \
         variableNamingConvention=\"structured\">",
        escaped(&s.name),
        token(s),
        escaped(&s.description),
        simulation::VERSION,
    );
    xml += &capabilities(standard);
    xml += "  <UnitDefinitions>\n";
    for (name, base) in UNITS {
        let name = name.replace(CURRENCY, &s.currency);
        let _ = writeln!(xml, "    <Unit name=\"{name}\">{base}</Unit>");
    }
    xml += "  </UnitDefinitions>\n  <LogCategories>\n";
    for (name, doc) in LOG_CATEGORIES {
        let _ = writeln!(xml, "    <Category name=\"{name}\" description=\"{doc}\"/>");
    }
    let step_s = 86_400 / s.periods_per_day;
    let _ = writeln!(
        xml,
        "  </LogCategories>\n  <DefaultExperiment startTime=\"0\" stopTime=\"{}\" \
         stepSize=\"{step_s}\"/>",
        u64::from(s.days) * 86_400
    );
    xml += "  <ModelVariables>\n";
    for (number, variable) in all.iter().enumerate() {
        xml += &match standard {
            Standard::Two => variable_2(number, variable),
            Standard::Three => variable_3(number, variable),
        };
    }
    xml += "  </ModelVariables>\n";
    xml += &structure(standard, all);
    xml += "</fmiModelDescription>\n";
    xml
}

fn capabilities(standard: Standard) -> String {
    let (state, derivative) = match standard {
        Standard::Two => (
            "canGetAndSetFMUstate=\"true\" canSerializeFMUstate=\"true\" \
             canNotUseMemoryManagementFunctions=\"true\" canRunAsynchronuously=\"false\"",
            "providesDirectionalDerivative=\"false\"",
        ),
        Standard::Three => (
            "canGetAndSetFMUState=\"true\" canSerializeFMUState=\"true\" hasEventMode=\"false\"",
            "providesDirectionalDerivatives=\"false\"",
        ),
    };
    format!(
        "  <CoSimulation modelIdentifier=\"{IDENTIFIER}\" needsExecutionTool=\"false\" \
         canBeInstantiatedOnlyOncePerProcess=\"false\" \
         canHandleVariableCommunicationStepSize=\"true\" maxOutputDerivativeOrder=\"0\" {state} \
         {derivative}/>\n"
    )
}

fn causality(variable: &Variable) -> &'static str {
    match variable.role {
        Role::Time => "independent",
        Role::Seed | Role::Text => "parameter",
        Role::Input(..) => "input",
        Role::Output(..) | Role::Bus(..) => "output",
    }
}

fn variability(variable: &Variable) -> &'static str {
    match variable.role {
        Role::Seed | Role::Text => "fixed",
        _ if variable.is_continuous() => "continuous",
        _ => "discrete",
    }
}

/// Type, start value and unit of a variable, as far as both standards agree.
fn parts(variable: &Variable) -> (&'static str, String, String) {
    let unit = match variable.unit.as_str() {
        "" => String::new(),
        unit => format!(" unit=\"{unit}\""),
    };
    let start = match variable.kind() {
        Kind::Input => " start=\"NaN\"".to_owned(),
        Kind::Number => " start=\"-1\"".to_owned(),
        _ => String::new(),
    };
    let kind = match variable.kind() {
        Kind::Number => "whole",
        Kind::Text | Kind::Notice => "text",
        Kind::Time | Kind::Input | Kind::Output => "real",
    };
    (kind, unit, start)
}

fn variable_2(number: usize, v: &Variable) -> String {
    let element = match parts(v) {
        ("whole", _, start) => format!("<Integer{start}/>"),
        ("text", ..) => "<String start=\"\"/>".to_owned(),
        (_, unit, start) => format!("<Real{unit}{start}/>"),
    };
    format!(
        "    <ScalarVariable name=\"{}\" valueReference=\"{number}\" causality=\"{}\" \
         variability=\"{}\" description=\"{}\">{element}</ScalarVariable>\n",
        v.name,
        causality(v),
        variability(v),
        escaped(v.doc)
    )
}

fn variable_3(number: usize, v: &Variable) -> String {
    let common = format!(
        "name=\"{}\" valueReference=\"{number}\" causality=\"{}\" variability=\"{}\" \
         description=\"{}\"",
        v.name,
        causality(v),
        variability(v),
        escaped(v.doc)
    );
    match parts(v) {
        ("whole", _, start) => format!("    <Int64 {common}{start}/>\n"),
        ("text", ..) => format!("    <String {common}><Start value=\"\"/></String>\n"),
        (_, unit, start) => format!("    <Float64 {common}{unit}{start}/>\n"),
    }
}

/// Which outputs there are. An output depends on no input of its own instant: inputs act in the
/// step that follows.
fn structure(standard: Standard, all: &[Variable]) -> String {
    let outputs: Vec<usize> = (0..all.len()).filter(|i| all[*i].kind() == Kind::Output).collect();
    let mut xml = String::from("  <ModelStructure>\n");
    match standard {
        Standard::Two => {
            // Variables count from 1 there.
            let unknown =
                |i: &usize, more: &str| format!("      <Unknown index=\"{}\"{more}/>\n", i + 1);
            xml += "    <Outputs>\n";
            xml.extend(outputs.iter().map(|i| unknown(i, " dependencies=\"\"")));
            xml += "    </Outputs>\n    <InitialUnknowns>\n";
            xml.extend(outputs.iter().map(|i| unknown(i, "")));
            xml += "    </InitialUnknowns>\n";
        }
        Standard::Three => {
            let one = |word: &str, i: &usize, more: &str| {
                format!("    <{word} valueReference=\"{i}\"{more}/>\n")
            };
            xml.extend(outputs.iter().map(|i| one("Output", i, " dependencies=\"\"")));
            xml.extend(outputs.iter().map(|i| one("InitialUnknown", i, "")));
        }
    }
    xml + "  </ModelStructure>\n"
}

/// `terminalsAndIcons.xml` of FMI 3: each zone's connection to the grid and its market, and the buses
/// of a feeder.
pub fn terminals(prepared: &Prepared, all: &[Variable]) -> String {
    const CONNECTION: [&str; 3] = ["p_mw", "q_mvar", "vm_pu"];
    const MARKET: [&str; 5] =
        ["price", "reservation_price", "discharge_price", "ticket_price", "real_price"];
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<fmiTerminalsAndIcons fmiVersion=\"3.0\">\n  \
         <Terminals>\n",
    );
    for zone in (1..=prepared.zones()).map(|zone| ZoneId(zone as u16)) {
        for (terminal, what, names) in [
            ("connection", "Connection of the zone to the grid", &CONNECTION[..]),
            ("market", "Prices of the zone", &MARKET[..]),
        ] {
            let _ = writeln!(
                xml,
                "    <Terminal name=\"zone{}_{terminal}\" matchingRule=\"bus\" \
                 description=\"{what}.\">",
                zone.0
            );
            for v in all {
                let (of, member, side) = match v.role {
                    Role::Input(of, name) => (of, name, "in"),
                    Role::Output(of, output) => (of, output.name(), "out"),
                    _ => continue,
                };
                if of == zone && names.contains(&member) {
                    let _ = writeln!(
                        xml,
                        "      <TerminalMemberVariable variableName=\"{}\" \
                         memberName=\"{side}.{member}\" variableKind=\"signal\"/>",
                        v.name
                    );
                }
            }
            xml += "    </Terminal>\n";
        }
    }
    for bus in prepared.buses() {
        let _ = writeln!(xml, "    <Terminal name=\"bus{}\" matchingRule=\"bus\">", bus.0);
        for v in all.iter().filter(|v| matches!(v.role, Role::Bus(of, _) if of == bus)) {
            let member = v.name.split_once("].").map_or("", |(_, member)| member);
            let _ = writeln!(
                xml,
                "      <TerminalMemberVariable variableName=\"{}\" memberName=\"{member}\" \
                 variableKind=\"signal\"/>",
                v.name
            );
        }
        xml += "    </Terminal>\n";
    }
    xml + "  </Terminals>\n</fmiTerminalsAndIcons>\n"
}

/// `documentation/index.html`.
pub fn page(prepared: &Prepared, all: &[Variable]) -> String {
    let s = &prepared.scenario;
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         </head>\n<body><h1>{0}</h1><p>{1}</p>\n\
         <p>A scenario of gridflock {2}. Time 0 is {3}, the start of the record; the warm-up is \
         run while the unit is initialised. Inputs act from the instant at which a step begins; \
         powers are means over the last step. An input that is not set, or is NaN, is the \
         scenario's.</p>\n\
         <table><tr><th>variable</th><th>unit</th><th>meaning</th></tr>\n",
        escaped(&s.name),
        escaped(&s.description),
        simulation::VERSION,
        escaped(&s.start.text),
    );
    for v in all {
        let _ = writeln!(
            html,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            v.name,
            v.unit,
            escaped(v.doc)
        );
    }
    html + "</table></body></html>\n"
}

/// A text as an attribute or as text of XML; what XML has no place for is a blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
