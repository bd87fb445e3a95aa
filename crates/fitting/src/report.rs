//! A fit in words: what was dropped, what was fitted, how it does.

use crate::candidate::Quantity;
use crate::fit::Fitted;
use crate::score::{ScoreCard, best};
use population::Law;
use std::fmt::Write;

/// The report, in lines of at most 80 characters but for names of columns.
pub fn text_report(fitted: &Fitted) -> String {
    let mut text = String::new();
    cleaning(&mut text, fitted);
    kinds(&mut text, fitted);
    if let Some(users) = &fitted.users {
        let _ = writeln!(
            text,
            "{} users; a user comes on {:.0} % of workdays and {:.0} % of weekend days.\n\
             Between users lies {:.0} % of the variance of arrivals, {:.0} % of ln stay.\n",
            users.count,
            100.0 * users.trips[0],
            100.0 * users.trips[1],
            100.0 * users.between[0],
            100.0 * users.between[1]
        );
    }
    for (law, what, unit) in [
        (&fitted.departure, "actual minus stated departure", "h"),
        (&fitted.delay, "coming minus booked start", "min"),
    ] {
        if let Some(law) = law {
            let q = |share: f64| law.quantile(share);
            let _ = writeln!(
                text,
                "{what} [{unit}], 5/25/50/75/95 %:\n  {:.2} / {:.2} / {:.2} / {:.2} / {:.2}\n",
                q(0.05),
                q(0.25),
                q(0.5),
                q(0.75),
                q(0.95)
            );
        }
    }
    fitted.scores.iter().for_each(|card| score(&mut text, card));
    if fitted.scores.is_empty() {
        text.push_str("No score: too few sessions after the fitted part.\n");
    }
    text
}

fn cleaning(text: &mut String, fitted: &Fitted) {
    let c = &fitted.cleaning;
    let _ = writeln!(text, "{} rows, {} sessions used", c.rows, c.used);
    for d in &c.dropped {
        let lines: Vec<String> = d.first_lines.iter().map(u64::to_string).collect();
        let more = if d.rows > d.first_lines.len() as u64 { ", ..." } else { "" };
        let _ = writeln!(text, "  {:>6} {} (lines {}{more})", d.rows, d.reason, lines.join(", "));
    }
    for column in &c.columns {
        let _ = writeln!(text, "  {column}");
    }
    if let Some((missed, booked)) = c.no_shows {
        let _ = writeln!(text, "  {missed} of {booked} bookings: nobody came");
    }
    let _ = writeln!(
        text,
        "{} sessions fitted, {} held out; a day begins at {:02.0}:00\n",
        fitted.trained,
        c.used as usize - fitted.trained,
        fitted.cut_h
    );
}

fn kinds(text: &mut String, fitted: &Fitted) {
    for kind in &fitted.kinds {
        let form = if kind.joint.full { "full" } else { "diagonal" };
        let _ = writeln!(
            text,
            "{}: {} sessions on {} days; joint law of {} components, {form} covariances",
            kind.name,
            kind.sessions,
            kind.days,
            kind.joint.law.parts.len()
        );
        if let Some(Law::Gmm { parts, .. }) = &kind.two_normals {
            let shown: Vec<String> = parts
                .iter()
                .map(|p| format!("{:.2} at {:.1} h (sd {:.1})", p.weight, p.mean, p.sd))
                .collect();
            let _ = writeln!(text, "  stay as two normals: {}", shown.join(", "));
        }
        for (quantity, list) in Quantity::ALL.iter().zip(&kind.candidates) {
            let least = list.first().map_or(0.0, |c| c.bic);
            let _ =
                writeln!(text, "  {} alone: {} has the least BIC", quantity.words().0, best(list));
            let shown: Vec<String> = list
                .iter()
                .skip(1)
                .take(3)
                .map(|c| format!("{} +{:.0}", c.name, c.bic - least))
                .collect();
            let _ = writeln!(text, "    then {}", shown.join(", "));
        }
        text.push('\n');
    }
}

fn score(text: &mut String, card: &ScoreCard) {
    let _ = writeln!(text, "{} held out: {} sessions", card.kind, card.sessions);
    let _ = writeln!(
        text,
        "  {:<8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "", "ln L", "normal", "CRPS", "normal", "recorded", "KS", "p"
    );
    for q in &card.quantities {
        let [own, naive] = q.log_likelihood;
        let [crps, crps_naive, crps_recorded] = q.crps;
        let _ = writeln!(
            text,
            "  {:<8} {own:>8.3} {naive:>8.3} {crps:>8.3} {crps_naive:>8.3} {crps_recorded:>8.3} {:>6.3} {:>6.3}",
            q.quantity.words().0,
            q.ks[0],
            q.ks[1]
        );
    }
    let [own, naive] = card.joint_log_likelihood;
    let _ = writeln!(text, "  {:<8} {own:>8.3} {naive:>8.3}", "together");
    for q in &card.quantities {
        let shares: Vec<String> = q.pit.iter().map(|s| format!("{s:.2}")).collect();
        let _ = writeln!(text, "  PIT {:<8} {}", q.quantity.words().0, shares.join(" "));
    }
    let _ = writeln!(
        text,
        "  hours of the load inside its 80 % band: {:.1} % of {} on {} days{}\n",
        100.0 * card.coverage.share(),
        card.coverage.hours,
        card.coverage.days,
        if card.coverage.half_width.is_nan() {
            String::new()
        } else {
            format!(" (95 %: +- {:.1})", 100.0 * card.coverage.half_width)
        }
    );
}
