//! A fit as JSON: what was used, left out and found, for programs.

use crate::fit::Fitted;
use crate::score::{QuantityScore, ScoreCard};
use population::Law;
use serde_json::{Value, json};

/// The summary of a fit.
pub fn json_summary(fitted: &Fitted) -> Value {
    let cleaning = &fitted.cleaning;
    let dropped: Vec<Value> = cleaning
        .dropped
        .iter()
        .map(|d| json!({ "reason": d.reason, "rows": d.rows, "first_lines": d.first_lines }))
        .collect();
    let kinds: Vec<Value> = fitted
        .kinds
        .iter()
        .map(|k| {
            json!({
                "kind": k.name, "sessions": k.sessions, "days": k.days,
                "components": k.joint.law.parts.len(), "full": k.joint.full,
                "stay_as_two_normals": two_normals(k.two_normals.as_ref()),
            })
        })
        .collect();
    let departure = fitted
        .departure
        .as_ref()
        .map(|law| [0.05, 0.25, 0.5, 0.75, 0.95].map(|share| law.quantile(share)));
    json!({
        "rows": cleaning.rows, "used": cleaning.used, "dropped": dropped,
        "columns": cleaning.columns, "trained": fitted.trained,
        "day_begins_h": fitted.cut_h, "users": fitted.users.map(|u| u.count),
        "departure_minus_stated_h": departure,
        "kinds": kinds, "scores": fitted.scores.iter().map(score).collect::<Vec<_>>(),
    })
}

fn two_normals(law: Option<&Law>) -> Value {
    let Some(Law::Gmm { parts, .. }) = law else { return Value::Null };
    let one = |p: &population::GaussianPart| json!({ "weight": p.weight, "mean_h": p.mean, "sd_h": p.sd });
    Value::Array(parts.iter().map(one).collect())
}

fn score(card: &ScoreCard) -> Value {
    let of = |q: &QuantityScore| {
        json!({
            "quantity": q.quantity.words().0,
            "log_likelihood": q.log_likelihood[0], "log_likelihood_normal": q.log_likelihood[1],
            "crps": q.crps[0], "crps_normal": q.crps[1], "crps_recorded": q.crps[2],
            "ks": q.ks[0], "ks_p": q.ks[1], "pit": q.pit,
        })
    };
    json!({
        "kind": card.kind, "sessions": card.sessions,
        "quantities": card.quantities.iter().map(of).collect::<Vec<_>>(),
        "joint_log_likelihood": card.joint_log_likelihood[0],
        "joint_log_likelihood_normal": card.joint_log_likelihood[1],
        "coverage_80": card.coverage.share(), "coverage_hours": card.coverage.hours,
        "coverage_days": card.coverage.days, "coverage_half_width": card.coverage.half_width,
    })
}
