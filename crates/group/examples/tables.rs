//! Tables 2 and 3 of the published case beside ours, and the paper's methods beside the exact ones
//! at a share of participation (0.2 unless told): `cargo run --release -p group --example tables --
//! 0.6`.

use group::{CASE_NAMES, GroupParams, StudyPlan, study};
use std::time::Instant;

/// Uniform numbers in (0, 1) (Knuth's MMIX constants), one stream a fleet.
fn numbers(fleet: usize) -> impl FnMut() -> f64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(fleet as u64 + 1);
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

fn main() -> Result<(), group::GroupError> {
    let start = Instant::now();
    let share = std::env::args().nth(1).and_then(|share| share.parse().ok()).unwrap_or(0.2);
    let params = GroupParams { participation: share, ..GroupParams::default() };
    let found =
        study(&params, StudyPlan::default(), numbers, &mut || start.elapsed().as_secs_f64())?;
    println!(
        "{:<12} {:<15} {}",
        "area",
        "quantity",
        CASE_NAMES.map(|name| format!("{name:>24}")).join("")
    );
    for row in found.figures.chunk_by(|a, b| a.area == b.area && a.quantity == b.quantity) {
        print!("{:<12} {:<15}", row[0].area, row[0].quantity);
        for figure in row {
            let mark = if figure.reached { ' ' } else { '!' };
            print!(
                "{:>9.0} +-{:>4.0} ({:>5.0}){mark}",
                figure.ours.mean, figure.ours.half_width, figure.published
            );
        }
        println!();
    }
    let failed = found.checks.iter().filter(|check| !check.holds);
    println!(
        "{} orderings, failing: {:?}",
        found.checks.len(),
        failed.map(|check| &check.claim).collect::<Vec<_>>()
    );
    println!(
        "energy {:.0} kWh, SOC {:.3} -> {:.3}",
        found.energy_kwh.mean, found.start_soc.mean, found.end_soc[1].mean
    );
    println!(
        "largest violation {:.1e}, {} fleets in {:.1} s",
        found.violation,
        found.fleets,
        start.elapsed().as_secs_f64()
    );
    if let Some(methods) = found.methods {
        let upper = methods.upper;
        println!(
            "NSGA-II at {:.0} %: {:.2} % of the hypervolume ({} points), {:.2} s; exact {:.2} s",
            100.0 * upper.share,
            100.0 * upper.hypervolume_share,
            upper.nsga2.len(),
            upper.seconds[1],
            upper.seconds[0]
        );
        for area in methods.lower {
            println!(
                "{}: {} EVs, RMS SOC error {:.5} exact ({:.2} s), {:.4} swarm ({:.2} s)",
                area.area,
                area.evs,
                area.exact_rms,
                area.seconds[0],
                area.swarm_rms,
                area.seconds[1]
            );
        }
    }
    Ok(())
}
