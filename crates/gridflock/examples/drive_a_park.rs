//! A program drives a park and takes the reservation price over: it is cheap while the wind blows,
//! dear in the evening. Beside it runs the same park with the built-in pricing agent.
//!
//! `cargo run --release -p gridflock --example drive_a_park`

use domain::{Scope, Span, ZoneId};
use gridflock::{Input, Opening, Output, Prepared, Recording, Simulation};
use std::error::Error;
use std::sync::Arc;

const ZONE: ZoneId = ZoneId(1);

/// The price of the coming hour, from what can be seen at the zone's connection.
fn price(hour: f64, net_kw: f64) -> f64 {
    let evening = (17.0..22.0).contains(&hour);
    match (net_kw > 0.0, evening) {
        (_, true) => 1.30,
        (true, false) => 1.10,
        (false, false) => 0.95,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let loaded = scenario::Scenario::load("park", &["days=2".to_owned()])
        .map_err(|problems| problems.to_string())?;
    let prepared = Arc::new(Prepared::read(&loaded)?);
    let opening = Opening { recording: Recording::Indicators, ..Opening::default() };
    let mut run = Simulation::open(prepared, &opening)?;
    // The first day warms up; then a second run goes on from the same instant on its own.
    run.advance_through(domain::Time::START)?;
    let mut built_in = run.fork()?;

    println!("{:>6} {:>10} {:>10} {:>8} {:>8}", "hour", "net kW", "meter kWh", "plugged", "price");
    while run.now() < run.end() {
        let now = run.now();
        let net_kw = run.read(ZONE, Output::PKw)?;
        let price = price(now.hour_of_day(), net_kw);
        run.inject(now + Span::SECOND, ZONE, Input::ReservationPrice(vec![price]))?;
        run.advance_through(now + Span::HOUR)?;
        if now.hours() % 6.0 == 0.0 {
            let seen = run.snapshot(ZONE)?;
            println!(
                "{:>6.0} {net_kw:>10.1} {:>10.0} {:>8} {price:>8.2}",
                now.hours(),
                seen.energy_kwh,
                seen.plugged
            );
        }
    }
    built_in.advance(built_in.end())?;

    let (ours, theirs) = (run.finish()?, built_in.finish()?);
    for name in ["bookings", "tracking_rate", "ev_paid_cny", "no_show_rate"] {
        let of = |all: &[domain::IndicatorRow]| {
            let found = all.iter().find(|i| i.scope == Scope::Run && i.name == name);
            found.map_or(f64::NAN, |i| i.value)
        };
        println!(
            "{name:<16} {:>10.3} driven {:>10.3} built in",
            of(&ours.indicators),
            of(&theirs.indicators)
        );
    }
    Ok(())
}
