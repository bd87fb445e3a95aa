//! The industrial park of P3: Table 2, Figures 7a and 7b.
//!
//! Nothing is tuned to the published figures. What the scenario chooses where the paper is silent
//! (series of a selected day, number of piles, laws of the users, tariffs) is listed in the
//! scenario's README; it holds for all variants alike.

use super::{Figures, Variant, feature, figures, summary};
use crate::cli::{Global, ReproduceArgs};
use crate::command::{figure, table};
use gridflock::Failure;

/// P3 Table 2 (the paper's column heads are exchanged; the first column is "before").
const TABLE_2: [(&str, &str, &str, f64, f64); 5] = [
    ("total cost", "total_cost_cny", "CNY", 28_501.06, 26_150.58),
    ("EV cost", "ev_cost_before_refunds_cny", "CNY", 13_103.71, 8_754.33),
    ("tracking rate", "tracking_rate", "", 0.13, 0.66),
    ("abandonment rate", "abandonment_rate", "", 0.43, 0.24),
    ("purchase rate", "purchase_rate", "", 0.39, 0.18),
];

/// What EVs pay before refunds, less what owners are paid for discharging.
const EV_NET: &str = "ev_cost_before_refunds_less_v2g_cny";

/// "Before": everybody charges on arrival at full power at the retail tariff; battery, then grid.
fn before() -> Variant {
    let sets = [
        "booking.enabled=false",
        "discharge.enabled=false",
        "tickets.enabled=false",
        "fleet.v2g_share=0",
        "schedule.policy=uncontrolled",
        "plant.policy=rule",
        "access.piles=318",
    ];
    Variant::of("park", &sets)
}

/// "After": the reservation market with the published floor price.
fn after() -> Variant {
    Variant::of("park", &["pricing.floor=1.10"])
}

fn after_per_stay() -> Variant {
    after().with("access.mode=per_stay".to_owned()).with("access.piles=318".to_owned())
}

/// Runs and prints everything.
pub fn reproduce(args: &ReproduceArgs, global: &Global) -> Result<(), Failure> {
    let seeds = args.seeds.unwrap_or(5).max(1);
    let on_arrival_dp = Variant {
        sets: before().sets.iter().filter(|s| !s.starts_with("plant.policy")).cloned().collect(),
        ..before()
    };
    let mut variants = vec![
        before(),
        on_arrival_dp,
        after(),
        after_per_stay(),
        after().with("fleet.v2g_share=1".to_owned()),
        after_per_stay().with("fleet.v2g_share=1".to_owned()),
    ];
    let v2g: Vec<f64> = (0..=10).map(|i| f64::from(i) / 10.0).collect();
    let price: Vec<f64> = [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20, 23, 25]
        .iter()
        .map(|&i| f64::from(i) / 10.0)
        .collect();
    let first_v2g = variants.len();
    variants.extend(v2g.iter().map(|x| after_per_stay().with(format!("fleet.v2g_share={x}"))));
    let first_price = variants.len();
    // Figure 7b: the turbine at 1.0 CNY/kWh and the owners' wear cost at 0.75, as documented in the
    // scenario's README.
    let sweep = after_per_stay()
        .with("plant.turbine.cost_cny_per_kwh=1.0".to_owned())
        .with("fleet.owner_wear_cny_per_kwh=0.75".to_owned());
    variants.extend(price.iter().map(|x| sweep.with(format!("tariff.grid.scale={x}"))));
    let mut all = figures(&variants, seeds, args.threads, global)?;
    for run in all.iter_mut().flatten() {
        let of = |name: &str| run.get(name).copied().unwrap_or(f64::NAN);
        let net = of("ev_cost_before_refunds_cny") - of("v2g_payment_cny");
        run.insert(EV_NET.to_owned(), net);
    }
    println!(
        "Industrial park (P3), {seeds} seeds, one day after a day of warm-up; mean ± half the range over the seeds\n"
    );
    table_2(&all[..first_v2g]);
    figure_7a(&v2g, &all[first_v2g..first_price]);
    figure_7b(&price, &all[first_price..]);
    out_of_reach(&all[0], &all[2]);
    Ok(())
}

fn cell(runs: &[Figures], name: &str) -> String {
    let s = summary(runs, name);
    if s.largest - s.least < 1e-9 {
        figure(s.mean)
    } else {
        format!("{} ±{}", figure(s.mean), figure((s.largest - s.least) / 2.0))
    }
}

fn table_2(all: &[Vec<Figures>]) {
    let [before, dp, booking, stay, booking_100, stay_100] = all else { return };
    println!(
        "Table 2. \"before\": on arrival, plant by rule. \"after\": reservation market, floor 1.10 CNY/kWh"
    );
    let head = [
        "figure",
        "paper\nbefore",
        "before",
        "on arrival,\nDP plant",
        "paper\nafter",
        "per booking\nV2G 72 %",
        "per stay\nV2G 72 %",
        "per booking\nV2G 100 %",
        "per stay\nV2G 100 %",
    ];
    let mut out = table(&head, &[1, 2, 3, 4, 5, 6, 7, 8]);
    for (label, name, unit, paper_before, paper_after) in TABLE_2 {
        out.add_row([
            format!("{label} {unit}"),
            figure(paper_before),
            cell(before, name),
            cell(dp, name),
            figure(paper_after),
            cell(booking, name),
            cell(stay, name),
            cell(booking_100, name),
            cell(stay_100, name),
        ]);
    }
    for (label, name) in [
        ("plant cost CNY", "plant_cost_cny"),
        ("V2G pay CNY", "v2g_payment_cny"),
        ("compensation CNY", "compensation_cny"),
        ("refunds CNY", "refund_cost_cny"),
        ("penalties CNY", "penalty_revenue_cny"),
        ("EV cost after refunds CNY", "ev_cost_cny"),
        ("need met", "need_met_share"),
    ] {
        let blank = String::new;
        out.add_row([
            label.to_owned(),
            blank(),
            cell(before, name),
            cell(dp, name),
            blank(),
            cell(booking, name),
            cell(stay, name),
            cell(booking_100, name),
            cell(stay_100, name),
        ]);
    }
    println!("{out}");
    for (label, name, _, paper_before, paper_after) in TABLE_2 {
        let (b, p, s) =
            (summary(before, name).mean, summary(booking, name).mean, summary(stay, name).mean);
        let direction = (paper_after - paper_before).signum();
        let change = |x: f64| format!("{:+.1} %", 100.0 * (x - b) / b.abs());
        let paper = format!("{:+.1} %", 100.0 * (paper_after - paper_before) / paper_before);
        let ours = format!("paper {paper}, per booking {}, per stay {}", change(p), change(s));
        feature(
            &format!("{label} {}", if direction < 0.0 { "falls" } else { "rises" }),
            (p - b) * direction > 0.0 && (s - b) * direction > 0.0,
            &ours,
        );
        let off = |ours: f64, paper: f64| format!("{:+.0} %", 100.0 * (ours - paper) / paper);
        let near = (b - paper_before).abs() <= 0.15 * paper_before
            && ((p - paper_after).abs() <= 0.15 * paper_after
                || (s - paper_after).abs() <= 0.15 * paper_after);
        let sizes = format!(
            "before {}, per booking {}, per stay {} off the paper",
            off(b, paper_before),
            off(p, paper_after),
            off(s, paper_after)
        );
        feature(&format!("{label} within 15 % of both published figures"), near, &sizes);
    }
    println!();
}

fn means(all: &[Vec<Figures>], name: &str) -> Vec<f64> {
    all.iter().map(|runs| summary(runs, name).mean).collect()
}

const COLUMNS: [(&str, &str); 6] = [
    ("total cost CNY", "total_cost_cny"),
    ("EV cost CNY", "ev_cost_before_refunds_cny"),
    ("EV cost less V2G pay", EV_NET),
    ("tracking", "tracking_rate"),
    ("abandonment", "abandonment_rate"),
    ("purchase", "purchase_rate"),
];

fn print_sweep(label: &str, points: &[f64], all: &[Vec<Figures>]) {
    let mut head = vec![label];
    head.extend(COLUMNS.iter().map(|c| c.0));
    let mut out = table(&head, &[0, 1, 2, 3, 4, 5, 6]);
    for (x, runs) in points.iter().zip(all) {
        let mut row = vec![figure(*x)];
        row.extend(COLUMNS.iter().map(|c| figure(summary(runs, c.1).mean)));
        out.add_row(row);
    }
    println!("{out}");
}

/// Whether a series goes one way by at least half a percent, small steps back of `slack` of its
/// range apart.
fn goes(values: &[f64], direction: f64, slack: f64) -> bool {
    let range = values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - values.iter().copied().fold(f64::INFINITY, f64::min);
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    (last - first) * direction > 0.005 * first.abs()
        && values.windows(2).all(|w| (w[1] - w[0]) * direction >= -slack * range)
}

fn ends(values: &[f64]) -> String {
    format!("{} -> {}", figure(values[0]), figure(values[values.len() - 1]))
}

fn figure_7a(points: &[f64], all: &[Vec<Figures>]) {
    println!("Figure 7a. Share of owners who accept V2G (per stay)");
    print_sweep("V2G share", points, all);
    let [total, ev, ev_net, tracking, abandonment, purchase] = COLUMNS.map(|c| means(all, c.1));
    let slack = 0.15;
    feature("total cost falls", goes(&total, -1.0, slack), &ends(&total));
    feature("EV cost falls (prepaid and walk-in)", goes(&ev, -1.0, slack), &ends(&ev));
    feature(
        "EV cost falls (less what is paid for V2G)",
        goes(&ev_net, -1.0, slack),
        &ends(&ev_net),
    );
    feature("abandonment falls", goes(&abandonment, -1.0, slack), &ends(&abandonment));
    feature("purchase falls", goes(&purchase, -1.0, slack), &ends(&purchase));
    let best = (0..tracking.len()).fold(0, |b, i| if tracking[i] > tracking[b] { i } else { b });
    feature(
        "tracking rises, then falls",
        best > 0 && best + 1 < tracking.len(),
        &format!("{}, largest at {}", ends(&tracking), points[best]),
    );
    println!();
}

fn figure_7b(points: &[f64], all: &[Vec<Figures>]) {
    println!(
        "Figure 7b. Factor on the grid price (per stay; turbine at 1.0 CNY/kWh, owners' wear cost 0.75 CNY/kWh)"
    );
    print_sweep("factor", points, all);
    let [total, ev, _, tracking, _, purchase] = COLUMNS.map(|c| means(all, c.1));
    let at = |x: f64| points.iter().position(|p| (p - x).abs() < 1e-9).unwrap_or(0);
    let slope = |v: &[f64], a: f64, b: f64| (v[at(b)] - v[at(a)]) / (b - a);
    feature("total cost rises", goes(&total, 1.0, 0.05), &ends(&total));
    let (early, late) = (slope(&total, 1.0, 1.8), slope(&total, 2.0, 2.5));
    feature(
        "total cost slows at x2",
        late < 0.7 * early,
        &format!("{} CNY per unit of factor before, {} after x2", figure(early), figure(late)),
    );
    let flat = slope(&total, 2.3, 2.5);
    feature(
        "total cost is flat from x2.3",
        flat.abs() < 0.1 * early.abs(),
        &format!("{} CNY per unit of factor", figure(flat)),
    );
    feature("purchase falls", goes(&purchase, -1.0, 0.15), &ends(&purchase));
    let jump = tracking[at(0.7)] - tracking[at(0.6)];
    let range = tracking.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - tracking.iter().copied().fold(f64::INFINITY, f64::min);
    feature(
        "tracking jumps at x0.7",
        jump > 0.2 * range,
        &format!("{} at x0.6, {} at x0.7", figure(tracking[at(0.6)]), figure(tracking[at(0.7)])),
    );
    let below = (tracking[at(0.3)] - tracking[at(0.2)]).abs();
    feature(
        "below x0.3 no effect on tracking",
        below < 0.05 * range.max(1e-9) || below < 0.01,
        &format!("{} apart", figure(below)),
    );
    feature(
        "EV cost falls near x2",
        ev[at(2.3)] < ev[at(1.8)],
        &format!("{} at x1.8, {} at x2.3", figure(ev[at(1.8)]), figure(ev[at(2.3)])),
    );
    println!();
}

/// What cannot be reached on this park, whatever the market does, with by how much.
fn out_of_reach(before: &[Figures], after: &[Figures]) {
    println!("Out of reach, and by how much");
    let gross = summary(before, "abandonment_rate_available").mean;
    println!(
        "  abandonment 0.43 of all wind and PV: these shapes have {gross:.2} before; more than 0.35 is not to be had on real days"
    );
    let all_periods = summary(after, "tracking_rate_all_periods").mean;
    println!(
        "  tracking 0.66 over all periods: {all_periods:.2} here; vehicles cannot take a surplus that comes when they are away"
    );
    println!(
        "  purchase that falls with V2G (7a): discharging displaces the cheaper gas turbine before it displaces purchase"
    );
    println!(
        "  EV cost that falls at high grid prices (7b): prepayments follow the capped tariff upwards"
    );
}
