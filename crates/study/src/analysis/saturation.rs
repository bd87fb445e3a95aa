//! What treating some does to the others: a saturation design (Baird, Bohren, McIntosh and Oezler
//! 2018, Rev. Econ. Stat. 100, 844-860). A replication is the unit of inference.
//!
//! With Y1(s) and Y0(s) the mean figure of the treated and of the untreated where a share s is
//! treated: direct effect Y1(s) - Y0(s), spillover Y0(s) - Y0(0), effect of the policy Y1(1) - Y0(0).

use super::contrasts::{ContrastPair, ContrastRow, at_point, difference};
use super::figures::{Figure, Figures};
use super::inference::Inference;
use crate::Plan;
use crate::design::Design;
use domain::Scope;
use indicators::Definition;
use std::sync::Arc;

/// One arm at one share: its point and whether it is treated.
#[derive(Clone, Copy)]
struct Arm {
    point: u32,
    share: f64,
    treated: bool,
}

impl Arm {
    fn label(self) -> String {
        let who = if self.treated { "treated" } else { "untreated" };
        format!("{who} where {} are treated", self.share)
    }
}

/// All effects, at each combination of the other factors; none unless the design is a saturation
/// one. Totals are per EV.
pub(super) fn saturation_contrasts(
    plan: &Plan,
    figures: &Figures,
    replications: u32,
) -> Option<Vec<ContrastRow>> {
    let Design::Saturation { segment, shares } = &plan.study.design else { return None };
    let segments = &plan.base.scenario.fleet.spec.segments;
    let control = segments.iter().position(|s| s.name == *segment)? as u32;
    // Those who are treated are the segment after all others.
    let treated = segments.len() as u32 - u32::from(plan.base.scenario.fleet.trial.is_some());
    let combinations = plan.points.len() / shares.len();
    let mut rows = Vec::new();
    for other in 0..combinations {
        let arm = |k: usize, treated| Arm {
            point: (k * combinations + other) as u32,
            share: shares[k],
            treated,
        };
        let mut effects: Vec<(&str, Arm, Arm)> = Vec::new();
        for (k, share) in shares.iter().enumerate() {
            if (0.0..1.0).contains(share) && *share > 0.0 {
                effects.push(("direct effect", arm(k, false), arm(k, true)));
                effects.push(("spillover", arm(0, false), arm(k, false)));
            }
            if *share == 1.0 {
                effects.push(("policy", arm(0, false), arm(k, true)));
            }
        }
        let common = plan.label_without(other as u32, Some(0));
        for (contrast, a, b) in effects {
            let pair = Arc::new(ContrastPair {
                contrast: contrast.to_owned(),
                point_a: a.point,
                point_b: b.point,
                common: common.clone(),
                side_a: a.label(),
                side_b: b.label(),
                label_a: a.label(),
                label_b: b.label(),
            });
            let of_control =
                figures.iter().filter(|(f, _)| f.scope == Scope::Segment && f.scope_id == control);
            for (figure, _) in of_control {
                let values = |arm: Arm| {
                    let segment = if arm.treated { treated } else { control };
                    per_head(plan, figures, &figure.name, segment, arm.point, replications)
                };
                let (Some(of_a), Some(of_b)) = (values(a), values(b)) else { continue };
                let is_total = Definition::of(&figure.name).is_some_and(Definition::is_total);
                let (name, unit) = if is_total {
                    (format!("{}_per_ev", figure.name), format!("{}/EV", figure.unit))
                } else {
                    (figure.name.clone(), figure.unit.clone())
                };
                rows.push(ContrastRow {
                    pair: pair.clone(),
                    figure: Figure { scope: Scope::Run, scope_id: 0, name, unit },
                    difference: difference(plan, &of_a, &of_b),
                    inference: Inference::NONE,
                });
            }
        }
    }
    Some(rows)
}

/// A segment's figure by replication at a point, totals per EV; not finite where it has no EVs.
fn per_head(
    plan: &Plan,
    figures: &Figures,
    name: &str,
    segment: u32,
    point: u32,
    replications: u32,
) -> Option<Vec<f64>> {
    let of = |name: &str| {
        figures.of_segment(name, segment).map(|v| at_point(plan, v, point, replications))
    };
    let (mut values, evs) = (of(name)?, of("evs")?);
    let is_total = Definition::of(name).is_some_and(Definition::is_total);
    for (x, n) in values.iter_mut().zip(&evs) {
        if *n == 0.0 {
            *x = f64::NAN;
        } else if is_total {
            *x /= n;
        }
    }
    Some(values)
}
