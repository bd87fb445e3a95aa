//! The microgrid group of P4: Tables 2 and 3, the orderings that they show, and what the methods
//! reach.

use super::feature;
use crate::cli::{Global, ReproduceArgs};
use crate::command::{figure, table};
use clock::{Group, Seeds};
use gridflock::{Code, Failure};
use group::{CASE_NAMES, GroupParams, GroupStudy, MethodProbe, PUBLISHED_MEAN_SOC, StudyPlan};
use std::time::Instant;

/// Runs and prints everything.
pub fn reproduce(args: &ReproduceArgs, global: &Global) -> Result<(), Failure> {
    let fleets = args.seeds.unwrap_or(12).max(2) as usize;
    let plan = StudyPlan { fleets, ..StudyPlan::default() };
    // Fleet i is replication i of seed 1; the stream's numbers belong to no agent of a run.
    let numbers = |fleet: usize| {
        let seeds = Seeds { replication: fleet as u32, ..Seeds::new(1) };
        let mut draws = seeds.draws(Group::Population, 0, 0, 0, 0);
        move || draws.uniform()
    };
    let start = Instant::now();
    let bar = super::super::run::bar(global);
    bar.set_message(format!("{fleets} fleets"));
    let found =
        group::study(&GroupParams::default(), plan, numbers, &mut || start.elapsed().as_secs_f64());
    bar.finish_and_clear();
    let found = found.map_err(|e| Failure::new(Code::Failed, e.to_string()))?;
    println!(
        "Microgrid group (P4), {fleets} fleets of 500 EVs; mean ± half of the 95 % interval, published figure in brackets\n"
    );
    print_figures(&found, "peak_valley_kw", "Table 2. Difference of peak and valley [kW]");
    print_figures(&found, "cost_cny", "Table 3. Cost of charging [CNY]");
    print_checks(&found);
    if let Some(methods) = &found.methods {
        print_methods(methods);
    }
    println!("Out of reach");
    println!(
        "  the published step pattern (large, small, large) with participation; half of the 60 % saving at 20 %;"
    );
    println!(
        "  the office saving most and the residents least under one tariff; unordered 9651 and 20307 together"
    );
    println!("  (9156 + 6772 + 4379 = 20307: two digits of 9651 are most likely exchanged)");
    Ok(())
}

fn print_figures(found: &GroupStudy, quantity: &str, title: &str) {
    println!("{title}");
    let mut head = vec!["area"];
    head.extend(CASE_NAMES);
    let mut out = table(&head, &[1, 2, 3, 4, 5]);
    let rows: Vec<_> = found.figures.iter().filter(|f| f.quantity == quantity).collect();
    for row in rows.chunk_by(|a, b| a.area == b.area) {
        let mut cells = vec![row[0].area.clone()];
        for case in CASE_NAMES {
            cells.push(row.iter().find(|f| f.case == case).map_or_else(String::new, |f| {
                format!(
                    "{} ±{} ({})",
                    figure(f.ours.mean.round()),
                    figure(f.ours.half_width.round()),
                    figure(f.published)
                )
            }));
        }
        out.add_row(cells);
    }
    println!("{out}");
    for f in rows.iter().filter(|f| f.case != "no EV") {
        let off = 100.0 * (f.ours.mean - f.published) / f.published;
        if !f.reached {
            feature(
                &format!("{} {} within 15 %", f.area, f.case),
                false,
                &format!("{off:+.0} % off the paper"),
            );
        }
    }
    let reached = rows.iter().filter(|f| f.reached).count();
    println!("  {reached} of {} sizes within 15 %\n", rows.len());
}

fn print_checks(found: &GroupStudy) {
    println!("Orderings");
    for c in &found.checks {
        let sure = if c.significant { "" } else { ", within the noise of the fleets" };
        feature(
            &c.claim,
            c.holds,
            &format!(
                "difference {} ±{}{sure}",
                figure(c.difference.mean),
                figure(c.difference.half_width)
            ),
        );
    }
    let end = found.end_soc.get(1).map_or(f64::NAN, |e| e.mean);
    let ours = format!(
        "{:.3} -> {end:.3}, published {} -> {}",
        found.start_soc.mean, PUBLISHED_MEAN_SOC[0], PUBLISHED_MEAN_SOC[1]
    );
    let near = (found.start_soc.mean - PUBLISHED_MEAN_SOC[0]).abs() < 0.02
        && (end - PUBLISHED_MEAN_SOC[1]).abs() < 0.02;
    feature("mean SOC before and after within 0.02", near, &ours);
    feature(
        "every EV within its limits and windows",
        found.violation < 1e-6,
        &format!("largest violation {:.1e}", found.violation),
    );
    println!();
}

fn print_methods(methods: &MethodProbe) {
    println!("Methods, on one fleet");
    let u = &methods.upper;
    let ours = format!(
        "{:.2} % in {:.2} s (the exact front in {:.2} s)",
        100.0 * u.hypervolume_share,
        u.seconds[1],
        u.seconds[0]
    );
    feature(
        "NSGA-II reaches 97 % of the exact front's hypervolume in 100 generations",
        u.hypervolume_share >= 0.97,
        &ours,
    );
    for a in &methods.lower {
        let ours = format!(
            "{:.4} against {:.4} exact; {:.2} s against {:.2} s",
            a.swarm_rms, a.exact_rms, a.seconds[1], a.seconds[0]
        );
        feature(
            &format!("{}: the swarm's RMS SOC error is at most 0.08 above the exact one", a.area),
            a.swarm_rms <= a.exact_rms + 0.08,
            &ours,
        );
    }
    println!();
}
