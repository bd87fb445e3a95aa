//! What a run will take: rows, disk and memory. Known from the scenario alone, in no time, so that
//! what cannot fit is refused before anything is built.
//!
//! The figures per EV and day are measured on the built-in scenarios (`park`, `park-million` with
//! 1,000 to 1,000,000 EVs, `feeder`, `group`); rules far from theirs take more or less.

use record::Table;
use scenario::{Model, Scenario};
use std::collections::BTreeMap;

/// What a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes that its tables take.
    pub disk_bytes: u64,
    /// Bytes of memory at the most.
    pub memory_bytes: u64,
}

/// Metadata of a table, and its indices (bytes).
const FOOTER: f64 = 3_000.0;
/// The program with its threads, series and writers (bytes).
const PROGRAM: f64 = 50e6;
/// What the dispatch of a feeder of 33 buses or of a group works with (bytes).
const SOLVERS: f64 = 15e6;
/// Buses of the feeder behind that figure, which grows with their number.
const USUAL_BUSES: f64 = 33.0;
/// What the paths between two buses take while zones are made (bytes).
const PAIR_OF_BUSES: f64 = 40.0;
/// A charge point: its promises, where they begin and end, its bit in 512 periods, who is plugged in
/// (bytes).
const CHARGE_POINT: f64 = 128.0;

/// What one EV comes to on a day of 96 periods: rows, of which `by_period` grow with the number of
/// periods, and memory.
struct PerEv {
    facts: f64,
    facts_by_period: f64,
    stays: f64,
    sessions: f64,
    reservations_by_period: f64,
    ledger: f64,
    /// Its state, its plans and messages (bytes).
    state: f64,
    /// What indicators and tables keep of a day (bytes).
    day: f64,
}

const BOOKING: PerEv = PerEv {
    facts: 9.0,
    facts_by_period: 9.0,
    stays: 1.0,
    sessions: 1.15,
    reservations_by_period: 6.0,
    ledger: 6.0,
    state: 10_000.0,
    day: 1_200.0,
};

const PLUGGED_IN: PerEv = PerEv {
    facts: 4.0,
    facts_by_period: 16.0,
    stays: 1.2,
    sessions: 1.2,
    reservations_by_period: 0.0,
    ledger: 3.0,
    state: 8_500.0,
    day: 1_200.0,
};

/// What a run of a scenario takes.
///
/// ```
/// let small = scenario::Scenario::load("park-small", &[]).unwrap().scenario;
/// let large = scenario::Scenario::load("park", &["fleet.evs=10000000".into()]).unwrap().scenario;
/// assert!(simulation::needs(&small).memory_bytes < 80_000_000);
/// assert!(simulation::needs(&large).memory_bytes > 50_000_000_000);
/// assert!(simulation::needs(&large).disk_bytes > 3_000_000_000);
/// ```
pub fn needs(s: &Scenario) -> Needs {
    // A feeder's zones come from its partition, its buses from its files.
    let (zones, buses) = match &s.model {
        Model::Feeder(_) => (5, USUAL_BUSES as u32),
        Model::Park | Model::Group(_) => (s.zones, 0),
    };
    needs_of_size(s, Size { evs: s.fleet.spec.evs, zones, buses })
}

/// How much of everything a scenario has, once its files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub evs: u32,
    pub zones: u32,
    pub buses: u32,
}

/// What a run of a scenario of some size takes.
pub(crate) fn needs_of_size(s: &Scenario, size: Size) -> Needs {
    let (evs, buses) = (f64::from(size.evs), f64::from(size.buses));
    let days = f64::from(s.days);
    let (per_ev, points) = match s.model {
        Model::Park => (&BOOKING, f64::from(size.zones) * f64::from(s.market.access.piles)),
        Model::Feeder(_) | Model::Group(_) => (&PLUGGED_IN, evs),
    };
    let tables = rows_by_table(s, size, per_ev);
    let written = |table: &Table| s.record.selection.tables.contains(table);
    let (mut rows, mut disk) = (0.0, 0.0);
    for (&table, &n) in tables.iter().filter(|(table, _)| written(table)) {
        rows += n;
        disk += FOOTER + n * bytes_per_row(table);
    }
    let solvers = match s.model {
        Model::Park => 0.0,
        Model::Group(_) => SOLVERS,
        Model::Feeder(_) => SOLVERS * buses / USUAL_BUSES + PAIR_OF_BUSES * buses * buses,
    };
    let memory =
        PROGRAM + solvers + evs * (per_ev.state + per_ev.day * days) + points * CHARGE_POINT;
    Needs { rows: rows as u64, disk_bytes: disk as u64, memory_bytes: memory as u64 }
}

fn rows_by_table(s: &Scenario, size: Size, per_ev: &PerEv) -> BTreeMap<Table, f64> {
    let (evs, days) = (f64::from(size.evs), f64::from(s.days));
    let periods = f64::from(s.periods_per_day);
    let ev_days = evs * days;
    let by_period = ev_days * periods / 96.0;
    let kinds = s.record.selection.kinds.len() as f64 / domain::FactKind::ALL.len() as f64;
    let (zones, buses) = (f64::from(size.zones), f64::from(size.buses));
    let booking = f64::from(u8::from(s.market.booking.enabled));
    let zone_periods = zones * periods * days;
    let park = matches!(s.model, Model::Park);
    BTreeMap::from([
        (Table::Facts, kinds * (ev_days * per_ev.facts + by_period * per_ev.facts_by_period)),
        (Table::Evs, evs),
        // Half of the EVs are there when the record opens.
        (Table::Stays, ev_days * per_ev.stays + 0.5 * evs),
        (Table::Sessions, ev_days * per_ev.sessions + 0.1 * evs),
        (Table::Reservations, booking * by_period * per_ev.reservations_by_period),
        (Table::Ledger, ev_days * per_ev.ledger),
        (Table::Accounts, evs + 9.0 * zones),
        (Table::Prices, zone_periods * if park { 15.0 } else { 10.0 }),
        (Table::Balance, zone_periods),
        (Table::Voltages, buses * periods * days),
        (Table::Branches, buses * periods * days),
        (Table::Indicators, 150.0 * (2.0 + zones)),
        (Table::Tickets, booking * 0.05 * ev_days),
    ])
}

/// Bytes of a row on disk, as measured.
fn bytes_per_row(table: Table) -> f64 {
    match table {
        Table::Facts => 18.0,
        Table::Stays => 72.0,
        Table::Sessions => 30.0,
        Table::Evs | Table::Reservations => 24.0,
        Table::Ledger => 9.0,
        Table::Balance => 120.0,
        Table::Tickets => 45.0,
        Table::Voltages | Table::Branches => 26.0,
        _ => 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scenario: &str, sets: &[&str]) -> Needs {
        let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
        needs(&Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}")).scenario)
    }

    /// Whether an estimate is within a factor of 1.5 of what was measured.
    fn check(name: &str, estimate: u64, measured: f64) {
        let off = estimate as f64 / measured;
        assert!((1.0 / 1.5..=1.5).contains(&off), "{name}: {estimate} of {measured}");
    }

    #[test]
    fn estimates_are_near_what_runs_have_taken() {
        // VmHWM and bytes of the directory in MB, all tables, two threads.
        let seen: [(&str, &[&str], [f64; 2]); 8] = [
            ("park", &[], [56.7, 0.319]),
            ("park-million", &["fleet.evs=1000", "zones=1", "access.piles=150"], [65.4, 0.662]),
            ("park-million", &["fleet.evs=10000", "zones=3"], [183.6, 6.44]),
            ("park-million", &["fleet.evs=10000", "zones=3", "days=3"], [208.4, 15.8]),
            ("park-million", &["fleet.evs=30000", "zones=8"], [401.6, 21.7]),
            ("feeder-small", &[], [73.4, 0.303]),
            ("feeder-small", &["fleet.evs=3000"], [94.6, 1.08]),
            ("group-small", &["fleet.evs=1000"], [73.6, 0.449]),
        ];
        for (scenario, sets, [memory, disk]) in seen {
            let (name, needs) = (format!("{scenario} {sets:?}"), of(scenario, sets));
            check(&format!("memory of {name}"), needs.memory_bytes, memory * 1e6);
            check(&format!("disk of {name}"), needs.disk_bytes, disk * 1e6);
        }
    }

    #[test]
    fn what_is_not_recorded_takes_no_disk() {
        let all = of("park", &[]);
        let few = of("park", &["record.tables=[\"indicators\"]"]);
        assert!(few.disk_bytes < all.disk_bytes / 10 && few.rows < all.rows / 10);
    }
}
