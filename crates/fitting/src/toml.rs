//! Fitted laws as keys of a scenario, for `[fleet] behaviour = "behaviour.toml"`.

use crate::fit::Fitted;
use crate::kinds::KindFit;
use population::{JointPart, Law};
use std::fmt::Write;

/// Energy stored per energy metered, of the vehicles of a segment unless it says otherwise.
const EFFICIENCY: f64 = 0.95;

/// The text of a behaviour file. `source` names the sessions in its head.
pub fn behaviour_toml(fitted: &Fitted, source: &str) -> String {
    let mut text = format!(
        "# Laws of behaviour from {} sessions of {}, of which {} fitted.\n\
         # Use: [fleet] behaviour = \"this file\". Keys that the scenario gives itself hold.\n\
         # `need` is energy out of the battery: the metered energy times {EFFICIENCY}.\n",
        fitted.cleaning.used,
        source.replace(['\n', '\r'], " "),
        fitted.trained
    );
    if let Some(users) = &fitted.users {
        let [arrival, stay] = users.between;
        let _ = writeln!(
            text,
            "# {} users; of the variance of arrivals {:.0} %, of ln stay {:.0} % lies between them.",
            users.count,
            100.0 * arrival,
            100.0 * stay
        );
    }
    text.push_str(
        "\n[[fleet.segment]]\nname = \"sessions\"\nshare = 1.0\nshortest_stay_h = 0.02\n",
    );
    laws(&mut text, &fitted.kinds[0], fitted.users.map(|u| u.trips[0]));
    if let Some(weekend) = fitted.kinds.get(1) {
        text.push_str("\n[fleet.segment.weekend]\n");
        laws(&mut text, weekend, fitted.users.map(|u| u.trips[1]));
    }
    if let Some(departure) = &fitted.departure {
        let _ = write!(
            text,
            "\n# Actual minus stated departure [h].\n[behaviour.departure]\n{}",
            keys(departure)
        );
    }
    if let Some(delay) = &fitted.delay {
        let _ = write!(
            text,
            "\n# Coming minus booked start [min].\n[behaviour.punctuality.delay]\n{}",
            keys(delay)
        );
    }
    text
}

fn laws(text: &mut String, kind: &KindFit, trips: Option<f64>) {
    if let Some(trips) = trips {
        let _ = writeln!(text, "trip_probability = {}", number(trips.clamp(0.0, 1.0)));
    }
    let joint = &kind.joint.law;
    let stored = |p: &JointPart| JointPart {
        mean: [p.mean[0], p.mean[1], p.mean[2] + EFFICIENCY.ln()],
        ..*p
    };
    let stored = population::JointLaw { parts: joint.parts.iter().map(stored).collect() };
    let _ = writeln!(text, "arrival = {}", inline(&joint.arrival()));
    let _ = writeln!(text, "stay = {}", inline(&joint.stay()));
    let _ = writeln!(text, "need = {}", inline(&stored.energy()));
    let parts: Vec<String> = stored.parts.iter().map(part).collect();
    let _ = writeln!(text, "joint = [\n    {},\n]", parts.join(",\n    "));
}

fn part(p: &JointPart) -> String {
    let [arrival, stay, need] = p.mean.map(number);
    let [arrival_sd, stay_sd, need_sd] = p.sd.map(number);
    let [arrival_stay, arrival_need, stay_need] = p.correlation.map(number);
    format!(
        "{{ weight = {}, arrival_h = {arrival}, ln_stay = {stay}, ln_need = {need}, \
         arrival_sd_h = {arrival_sd}, ln_stay_sd = {stay_sd}, ln_need_sd = {need_sd}, \
         arrival_stay = {arrival_stay}, arrival_need = {arrival_need}, stay_need = {stay_need} }}",
        number(p.weight)
    )
}

/// A law on one line. The laws of a fit are mixtures, lognormal laws and recorded values.
fn inline(law: &Law) -> String {
    match law {
        Law::Gmm { parts, .. } => {
            let one = |p: &population::GaussianPart| {
                format!(
                    "{{ weight = {}, mean = {}, sd = {} }}",
                    number(p.weight),
                    number(p.mean),
                    number(p.sd)
                )
            };
            let parts: Vec<String> = parts.iter().map(one).collect();
            format!("{{ law = \"gmm\", normalise = true, parts = [{}] }}", parts.join(", "))
        }
        Law::Mixture { parts } => {
            let weights = shares(&parts.iter().map(|p| p.weight).collect::<Vec<_>>());
            let one = |(p, weight): (&population::MixturePart, &f64)| match &p.law {
                Law::Lognormal { median, sigma } => format!(
                    "{{ weight = {}, law = \"lognormal\", median = {}, sigma = {} }}",
                    number(*weight),
                    number(*median),
                    number(*sigma)
                ),
                other => format!(
                    "{{ weight = {}, law = \"fixed\", value = {} }}",
                    number(*weight),
                    number(other.mean())
                ),
            };
            let parts: Vec<String> = parts.iter().zip(&weights).map(one).collect();
            format!("{{ law = \"mixture\", parts = [{}] }}", parts.join(", "))
        }
        other => format!("{{ law = \"fixed\", value = {} }}", number(other.mean())),
    }
}

/// Recorded values as keys of their own table.
fn keys(law: &Law) -> String {
    let Law::Empirical { sorted } = law else {
        return format!("law = \"fixed\"\nvalue = {}\n", number(law.mean()));
    };
    let values: Vec<String> = sorted.iter().map(|x| number(*x)).collect();
    format!("law = \"empirical\"\nvalues = [{}]\n", values.join(", "))
}

/// Shares rounded to six digits that still sum to one.
fn shares(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut rounded: Vec<f64> = weights.iter().map(|w| (w / total * 1e6).round() / 1e6).collect();
    let left = 1.0 - rounded.iter().sum::<f64>();
    if let Some(largest) = rounded.iter_mut().max_by(|a, b| a.total_cmp(b)) {
        *largest = ((*largest + left) * 1e6).round() / 1e6;
    }
    rounded
}

/// Six digits, and always a decimal point.
fn number(x: f64) -> String {
    let text = format!("{:.6}", if x == 0.0 { 0.0 } else { x });
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}
