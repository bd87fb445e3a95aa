//! `[[contrast]]`.

use crate::{Setting, StudyFile};
use keys::{Code, Table, nearest};

/// Which differences are looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Contrast {
    /// A factor's values against one of them, at each combination of the other factors.
    Factor {
        /// The factor's name.
        factor: String,
        /// The value to compare with; the first by default.
        baseline: Option<Setting>,
    },
    /// Every point against one.
    Point {
        /// The point to compare with.
        baseline: u32,
    },
    /// Two treatment arms inside each run: segments of the fleet.
    Segments {
        /// The control arm.
        control: String,
        /// The treated arm.
        treated: String,
    },
}

/// A contrast; none after a report.
pub(super) fn contrast(t: &mut Table<'_>) -> Option<Contrast> {
    let describing = t.is_describing();
    let chosen = t.one_of(&["factor", "point", "segments"], "factor").to_owned();
    if chosen == "segments" || describing {
        let arms = t.any(
            "segments",
            "two segments of the fleet, control and treated, compared inside each run",
        );
        if !describing {
            return arms.and_then(|node| segments(t, &node));
        }
    }
    if chosen == "point" || describing {
        let point = t.count32(
            "point",
            0,
            0..=u32::MAX - 1,
            "",
            "number of the point that all others are compared with",
        );
        if !describing {
            return Some(Contrast::Point { baseline: point });
        }
    }
    let factor = t.required_text(
        "factor",
        "factor whose values are compared, at each combination of the others",
    );
    let baseline = t
        .any("baseline", "value to compare with; by default the first")
        .and_then(|node| Setting::of(&node));
    Some(Contrast::Factor { factor: factor?, baseline })
}

fn segments(t: &Table<'_>, node: &keys::Node) -> Option<Contrast> {
    use keys::Value;
    if let Value::List(items) = &node.value
        && let [Value::Text(control), Value::Text(treated)] =
            &items.iter().map(|n| n.value.clone()).collect::<Vec<_>>()[..]
    {
        return Some(Contrast::Segments { control: control.clone(), treated: treated.clone() });
    }
    t.refuse_as(
        Code::WrongType,
        "segments",
        "`segments` must hold two names",
        "write segments = [\"control\", \"treated\"]",
    );
    None
}

/// Checks the contrasts against factors, points and segments.
pub(super) fn check(t: &Table<'_>, study: &StudyFile, segments: &[String], points: usize) {
    for (k, contrast) in study.contrasts.iter().enumerate() {
        let at = |key: &str| format!("contrast[{k}].{key}");
        match contrast {
            Contrast::Factor { factor, baseline } => {
                match study.factors.iter().find(|f| f.name == *factor) {
                    None => {
                        let near = nearest(factor, study.factors.iter().map(|f| f.name.as_str()));
                        let help = near.map_or_else(
                            || "name a [[factor]]".to_owned(),
                            |near| format!("the nearest factor is `{near}`"),
                        );
                        t.refuse_as(
                            Code::UnknownWord,
                            &at("factor"),
                            format!("there is no factor `{factor}`"),
                            help,
                        );
                    }
                    Some(f) => {
                        let list = f.list();
                        if let Some(value) =
                            baseline.as_ref().filter(|value| !list.iter().any(|x| x.is_same(value)))
                        {
                            let values: Vec<String> =
                                list.iter().map(ToString::to_string).collect();
                            let help = format!("its values: {}", values.join(", "));
                            t.refuse_as(
                                Code::UnknownWord,
                                &at("baseline"),
                                format!("`{factor}` never is {value}"),
                                help,
                            );
                        }
                    }
                }
            }
            Contrast::Point { baseline } => {
                if *baseline as usize >= points {
                    let message = format!("there is no point {baseline}");
                    t.refuse_as(
                        Code::OutOfRange,
                        &at("point"),
                        message,
                        format!("points are counted from 0 to {}", points.saturating_sub(1)),
                    );
                }
            }
            Contrast::Segments { control, treated } => {
                for name in [control, treated] {
                    if !segments.contains(name) {
                        let help = format!("its segments: {}", segments.join(", "));
                        t.refuse_as(
                            Code::UnknownWord,
                            &at("segments"),
                            format!("the scenario has no segment \"{name}\""),
                            help,
                        );
                    }
                }
            }
        }
    }
}
