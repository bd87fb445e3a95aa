//! `ODD.md`: the model described after the ODD protocol (Grimm et al. 2020, JASSS 23(2) 7),
//! generated from the keys and laws in force.

use crate::{Factor, Levels, Plan, Role, Setting};
use keys::{Entry, Kind};
use scenario::Model;
use std::fmt::Write;

/// The description of the scenario of a study.
pub(super) fn odd(plan: &Plan) -> String {
    let mut page = String::new();
    let s = &plan.base.scenario;
    heading(&mut page, 1, &format!("ODD description: {}", s.name));
    purpose(&mut page, plan);
    entities(&mut page, plan);
    schedule(&mut page, plan);
    concepts(&mut page, plan);
    initialisation(&mut page, plan);
    inputs(&mut page, plan);
    submodels(&mut page, plan);
    page
}

fn heading(page: &mut String, level: usize, text: &str) {
    let gap = if page.is_empty() || page.ends_with("\n\n") { "" } else { "\n" };
    let _ = writeln!(page, "{gap}{} {text}\n", "#".repeat(level));
}

fn item(page: &mut String, name: &str, text: &str) {
    let _ = writeln!(page, "- **{name}**: {text}");
}

fn purpose(page: &mut String, plan: &Plan) {
    let s = &plan.base.scenario;
    heading(page, 2, "1. Purpose and patterns");
    for text in [&s.description, &plan.study.description] {
        if !text.is_empty() {
            let _ = writeln!(page, "{text}\n");
        }
    }
    let patterns = match &s.model {
        Model::Park => {
            "reservation prices that follow surplus, breaches that answer to penalties and reminders, freed slots that are taken up again by tickets"
        }
        Model::Feeder(_) => {
            "voltages and currents within their limits, targets that zones can keep, trades that the network can carry"
        }
        Model::Group(_) => {
            "peaks that fall and valleys that fill as more owners take part, at a cost to none of them"
        }
    };
    let _ = writeln!(
        page,
        "Patterns that the model is judged by: {patterns}, and balances of energy and money that close to the last unit."
    );
}

fn entities(page: &mut String, plan: &Plan) {
    let s = &plan.base.scenario;
    heading(page, 2, "2. Entities, state variables and scales");
    let segments = &s.fleet.spec.segments;
    let names: Vec<&str> = segments.iter().map(|x| x.name.as_str()).collect();
    let who = if s.fleet.people.is_some() {
        "the people of a table".to_owned()
    } else {
        format!("{} EVs", s.fleet.spec.evs)
    };
    item(
        page,
        "Electric vehicle (EV)",
        &format!(
            "{who} in segments {}: battery and state of charge [kWh], power limits [kW], home zone, behaviour class, tastes [CNY], plan of the day, bookings, memory of past bookings and refunds.",
            names.join(", ")
        ),
    );
    item(
        page,
        "Aggregator of a zone",
        &format!(
            "{} of them, each with {} piles of {} kW: bookings by pile and period, queue of walk-ins, tickets on offer, set points [kW].",
            s.zones, s.market.access.piles, s.market.access.pile_kw
        ),
    );
    item(
        page,
        "Pricing agent",
        "reservation, discharge and ticket prices by period [CNY/kWh], belief about demand.",
    );
    item(
        page,
        "Generation agent",
        "wind, photovoltaics, battery and turbine of each zone: powers [kW], state of charge [kWh], forecasts [kW].",
    );
    if let Model::Feeder(_) = &s.model {
        item(
            page,
            "Distribution system operator (DSO)",
            "network, targets of zones [kW, kvar], voltages [p.u.], currents [A], zonal trades [kWh].",
        );
    }
    item(
        page,
        "Environment",
        "load, wind, photovoltaics [kW] and temperature by settlement period; retail and purchase tariffs [CNY/kWh].",
    );
    item(
        page,
        "Scales",
        &format!(
            "{} after {} of warm-up in {} settlement periods a day; messages between agents at microsecond resolution; zones are places without inner distance.",
            days(s.days),
            days(s.warmup_days),
            s.periods_per_day
        ),
    );
}

fn days(n: u32) -> String {
    if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
}

fn schedule(page: &mut String, plan: &Plan) {
    let s = &plan.base.scenario;
    heading(page, 2, "3. Process overview and scheduling");
    page.push_str("Events in continuous time. A message has a time, a phase, a zone, a sender and a number; they are handled in that order, so two runs of one seed are the same event by event. In a settlement period:\n\n");
    let steps = [
        "prices are published and users plan: book, cancel, walk in, or do nothing;",
        "reminders reach holders of bookings; users arrive, plug in, come late or stay away;",
        "lateness is graded, penalties are charged, freed slots are offered as tickets and awarded;",
        "set points of piles follow the charging policy and the plant is dispatched;",
        "at the period's end energy is settled: real price, refunds, returns, forfeits, ledger.",
    ];
    for (k, step) in (1..).zip(steps) {
        let _ = writeln!(page, "{k}. {step}");
    }
    let _ = writeln!(page, "\nMechanisms in force: {}.", mechanisms(s));
}

fn mechanisms(s: &scenario::Scenario) -> String {
    let m = &s.market;
    let known = [
        ("bookings", m.booking.enabled),
        ("discharge bookings", m.discharge.enabled),
        ("cancellation", m.cancellation.enabled),
        ("reminders", m.reminder.enabled),
        ("breach grading", m.breach.enabled),
        ("penalties", m.penalty.enabled),
        ("refunds", m.refund.enabled),
        ("walk-ins", m.walk_in.enabled),
        ("tickets", m.tickets.enabled),
    ];
    let of = |wanted: bool| {
        known
            .iter()
            .filter(|(_, on)| *on == wanted)
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (on, off) = (of(true), of(false));
    if off.is_empty() { on } else { format!("{on}; off: {off}") }
}

fn concepts(page: &mut String, plan: &Plan) {
    heading(page, 2, "4. Design concepts");
    let s = &plan.base.scenario;
    let segments = &s.fleet.spec.segments;
    let law = |x: &population::SegmentSpec| {
        format!("{} (`{}`)", x.behaviour.model.about(), x.behaviour.model.word())
    };
    let laws = match &segments[..] {
        [first, rest @ ..] if rest.iter().all(|x| law(x) == law(first)) => law(first),
        all => all.iter().map(|x| format!("{}: {}", x.name, law(x))).collect::<Vec<_>>().join("; "),
    };
    let responds = if value(plan, "behaviour.response").as_deref() == Some("none") {
        "; nobody responds to what is at stake"
    } else {
        ""
    };
    let learns = |x: &&population::SegmentSpec| x.behaviour.model.learns();
    let learners =
        segments.iter().filter(learns).map(|x| x.name.as_str()).collect::<Vec<_>>().join(", ");
    let principle = match &s.model {
        Model::Park => {
            "a market of prepaid charging reservations whose refund passes on the surplus of renewable energy."
        }
        Model::Feeder(_) => {
            "a feeder divided into zones whose operator dispatches plant, zones and trades, and verifies every period by an AC power flow."
        }
        Model::Group(_) => {
            "microgrids under time-of-use prices whose aggregators shape load and share it among vehicles."
        }
    };
    item(page, "Basic principles", principle);
    item(
        page,
        "Emergence",
        "utilisation, breaches, refunds, load curves and prices come out of single decisions; none of them is imposed.",
    );
    item(
        page,
        "Adaptation and objectives",
        &format!(
            "users choose windows by expected cost and value, and whether to honour a booking by the law of their segment ({laws}{responds}); the pricing agent optimises its prices, the aggregator its set points."
        ),
    );
    item(
        page,
        "Learning",
        &if learners.is_empty() {
            "nobody learns: every day is decided by the same laws.".to_owned()
        } else {
            format!(
                "from one booking to the next in segments {learners}: past defaults, norms, attractions or the expected refund."
            )
        },
    );
    item(
        page,
        "Prediction",
        "users expect a refund and a risk of breach; generation is forecast with the errors given under `series`.",
    );
    item(
        page,
        "Sensing",
        "users know published prices, their own bookings and notices sent to them; agents know nothing of each other's state.",
    );
    item(
        page,
        "Interaction",
        "piles are scarce: bookings exclude each other, tickets are competed for, all through messages with latency.",
    );
    item(
        page,
        "Stochasticity",
        "every draw is a function of seed, replication, agent, purpose and number of the decision: two policies under one replication see the same people, weather and delays.",
    );
    item(
        page,
        "Collectives",
        "fleet segments share laws and treatments; zones share piles and plant.",
    );
    item(
        page,
        "Observation",
        &format!(
            "facts, tables and {} indicators by run, zone and segment.",
            plan.study.output.indicators.len()
        ),
    );
}

fn initialisation(page: &mut String, plan: &Plan) {
    let s = &plan.base.scenario;
    heading(page, 2, "5. Initialisation");
    let _ = writeln!(
        page,
        "People are drawn from the laws of their segments (group of draws `population`); the run begins {} before the record opens, with empty piles and no bookings. Seed {}; replications: {}.",
        days(s.warmup_days),
        plan.provenance(domain::Names::default()).seed,
        plan.study.replications.n
    );
    if plan.study.factors.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "\nVaried by the study ({} design, {} points):\n",
        plan.study.design.word(),
        plan.points.len()
    );
    for factor in &plan.study.factors {
        let role = if factor.role == Role::Lever { "lever" } else { "uncertainty" };
        let what = if let Levels::Range { low, high, .. } = &factor.levels {
            format!("{low} to {high}")
        } else {
            factor.list().iter().take(12).map(|x| named(factor, x)).collect::<Vec<_>>().join(", ")
        };
        item(page, &format!("`{}`", factor.name), &format!("{role}: {what}"));
    }
}

/// A value of a factor; an option with what it sets.
fn named(factor: &Factor, value: &Setting) -> String {
    let Levels::Options(_) = &factor.levels else { return value.to_string() };
    let sets = factor.sets(value);
    if sets.is_empty() {
        format!("{value} (as it is)")
    } else {
        format!("{value} ({})", sets.join("; "))
    }
}

fn inputs(page: &mut String, plan: &Plan) {
    heading(page, 2, "6. Input data");
    if !plan.inputs.is_empty() {
        page.push_str("| file | key | SHA-256 |\n|---|---|---|\n");
        for file in &plan.inputs {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            let _ = writeln!(page, "| `{name}` | `{}` | `{}` |", file.key, file.sha256);
        }
        page.push('\n');
    }
    table_of(page, plan, |e| e.path.starts_with("series.") || e.path == "fleet.table");
}

fn submodels(page: &mut String, plan: &Plan) {
    heading(page, 2, "7. Submodels");
    page.push_str("Every law and parameter in force, by part of the model.\n");
    let entries = &plan.base.sheet().entries;
    let mut parts: Vec<&str> = Vec::new();
    for entry in entries {
        let part = part_of(&entry.path);
        if !parts.contains(&part)
            && entry.path.contains('.')
            && part != "series"
            && part != "record"
        {
            parts.push(part);
        }
    }
    for part in parts {
        let about = entries.iter().find(|e| e.path == part).map_or("", |e| e.doc.as_str());
        heading(page, 3, part);
        if !about.is_empty() {
            let _ = writeln!(page, "{about}.\n");
        }
        table_of(page, plan, |e| part_of(&e.path) == part && e.path.contains('.'));
    }
}

fn part_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

fn value(plan: &Plan, path: &str) -> Option<String> {
    let entry = plan.base.sheet().entries.iter().find(|e| e.path == path)?;
    entry.value.as_ref().map(|text| text.trim_matches('"').to_owned())
}

fn table_of(page: &mut String, plan: &Plan, wanted: impl Fn(&Entry) -> bool) {
    page.push_str("| key | value | unit | meaning | origin |\n|---|---|---|---|---|\n");
    let leaf = |e: &&Entry| !matches!(e.kind, Kind::Table | Kind::Tables);
    for entry in plan.base.sheet().entries.iter().filter(leaf).filter(|e| wanted(e)) {
        let Some(value) = &entry.value else { continue };
        let unit = if entry.unit.is_empty() || entry.unit == "1" { "-" } else { entry.unit };
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {unit} | {} | {} |",
            entry.path,
            value.replace('|', "\\|"),
            entry.doc.replace('|', "\\|"),
            entry.origin
        );
    }
}
