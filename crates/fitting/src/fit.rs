//! The fit of a file: training part and held-out part, one law per kind of day.

use crate::cleaning::{Cleaned, Cleaning, Session};
use crate::kinds::{KindFit, Users, cut_hour, day, kind, numbers, on_weekend, users};
use crate::load_curve::coverage;
use crate::score::{ScoreCard, score};
use population::Law;
use std::collections::BTreeMap;

/// Fewest sessions of a weekend that make laws of its own.
const OWN_WEEKEND: usize = 50;
/// Fewest held-out sessions that make a score.
const FEWEST_HELD: usize = 20;
/// Values that an empirical law keeps.
const KEPT: usize = 400;

/// What to fit on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FitOptions {
    /// The first day that is held out, counted from 1970-01-01; by default the day before which
    /// four fifths of the sessions begin.
    pub train_until: Option<i64>,
}

/// Fitted laws, and how they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// What became of the rows.
    pub cleaning: Cleaning,
    /// Workdays first.
    pub kinds: Vec<KindFit>,
    /// Scores on the held-out part, for kinds with enough sessions in it.
    pub scores: Vec<ScoreCard>,
    /// Actual minus stated departure \[h\], where departures are stated.
    pub departure: Option<Law>,
    /// Coming minus the booked start \[min\], where bookings are in the file.
    pub delay: Option<Law>,
    /// What the names of users tell.
    pub users: Option<Users>,
    /// Hour at which a day begins.
    pub cut_h: f64,
    /// The first held-out day, counted from 1970-01-01.
    pub held_from: i64,
    /// Sessions of the training part.
    pub trained: usize,
}

/// Fits the laws of behaviour.
///
/// # Errors
/// Too few sessions.
pub fn fit(cleaned: &Cleaned, options: FitOptions) -> Result<Fitted, String> {
    let sessions = &cleaned.sessions;
    let cut_h = cut_hour(sessions);
    let held_from =
        options.train_until.unwrap_or_else(|| day(&sessions[sessions.len() * 4 / 5], cut_h));
    let (train, held): (Vec<&Session>, Vec<&Session>) =
        sessions.iter().partition(|s| day(s, cut_h) < held_from);
    if train.is_empty() {
        return Err("no session begins before the held-out part; give an earlier file or a later --train-until".to_owned());
    }
    let (work, weekend) = (of_kind(&train, false, cut_h), of_kind(&train, true, cut_h));
    let own_weekend = weekend.len() >= OWN_WEEKEND && work.len() >= OWN_WEEKEND;
    let mut kinds = Vec::new();
    if own_weekend {
        kinds.push(kind("workday", &work, cut_h)?);
        kinds.push(kind("weekend", &weekend, cut_h)?);
    } else {
        kinds.push(kind("workday", &train, cut_h)?);
    }
    let mut scores = Vec::new();
    for (k, fitted) in kinds.iter().enumerate() {
        let (trained, kept) = if own_weekend {
            (of_kind(&train, k == 1, cut_h), of_kind(&held, k == 1, cut_h))
        } else {
            (train.clone(), held.clone())
        };
        if kept.len() < FEWEST_HELD {
            continue;
        }
        let mut days: BTreeMap<i64, Vec<[f64; 3]>> = BTreeMap::new();
        for s in &kept {
            days.entry(day(s, cut_h)).or_default().push(numbers(s, cut_h));
        }
        let days: Vec<Vec<[f64; 3]>> = days.into_values().collect();
        let rows = |list: &[&Session]| list.iter().map(|s| numbers(s, cut_h)).collect::<Vec<_>>();
        scores.push(score(fitted, &rows(&trained), &rows(&kept), coverage(fitted, &days)));
    }
    Ok(Fitted {
        cleaning: cleaned.cleaning.clone(),
        departure: law_of(train.iter().filter_map(|s| Some(s.stated?.hours_to(s.plug_out)))),
        delay: law_of(train.iter().filter_map(|s| Some(s.booked?.hours_to(s.plug_in) * 60.0))),
        users: users(sessions, cut_h),
        trained: train.len(),
        kinds,
        scores,
        cut_h,
        held_from,
    })
}

/// The sessions of workdays or weekends.
fn of_kind<'a>(list: &[&'a Session], weekend: bool, cut_h: f64) -> Vec<&'a Session> {
    list.iter().copied().filter(|s| on_weekend(s, cut_h) == weekend).collect()
}

/// An empirical law of evenly taken values; none for fewer than ten.
fn law_of(values: impl Iterator<Item = f64>) -> Option<Law> {
    let mut values: Vec<f64> = values.filter(|x| x.is_finite()).collect();
    if values.len() < 10 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    let kept = KEPT.min(values.len());
    Some(Law::empirical((0..kept).map(|k| values[k * last / (kept - 1)]).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniforms::Uniforms;
    use crate::{Source, behaviour_toml, read_sessions, text_report};
    use population::{JointLaw, JointPart};
    use std::fmt::Write;

    fn truth() -> JointLaw {
        let part = |weight, mean, sd, correlation| JointPart { weight, mean, sd, correlation };
        JointLaw {
            parts: vec![
                part(0.6, [8.0, 2.2, 2.3], [0.8, 0.15, 0.5], [-0.4, 0.0, 0.4]),
                part(0.4, [13.0, 0.9, 1.8], [1.5, 0.4, 0.4], [0.1, 0.0, 0.3]),
            ],
        }
    }

    /// So many sessions a day from a Monday on, by the law.
    fn simulated(days: i64, a_day: i64) -> String {
        let mut u = Uniforms::seeded(99);
        let mut text = String::from("user_id,plug_in,plug_out,energy_kwh,planned_departure\n");
        // 2024-01-01 is a Monday, 1704067200 s.
        for day in 0..days {
            for k in 0..a_day {
                let [arrival, stay, energy] = truth().draw([u.draw(), u.draw(), u.draw()]);
                let at = |h: f64| stamp(day, h);
                let _ = writeln!(
                    text,
                    "u{k},{},{},{energy},{}",
                    at(arrival),
                    at(arrival + stay),
                    at(arrival + stay + 1.0)
                );
            }
        }
        text
    }

    /// A time of January to April 2024 in UTC.
    fn stamp(day: i64, hour: f64) -> String {
        let seconds = (hour * 3600.0).round() as i64;
        let (mut day, second) = (day + seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let mut month = 1;
        for length in [31, 29, 31] {
            if day < length {
                break;
            }
            (day, month) = (day - length, month + 1);
        }
        format!(
            "2024-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
            day + 1,
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }

    fn fitted(text: &str) -> Fitted {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.csv");
        std::fs::write(&path, text).unwrap();
        let cleaned =
            read_sessions(&Source { path: &path, map: &[], time_zone: Some("UTC") }).unwrap();
        fit(&cleaned, FitOptions::default()).unwrap()
    }

    #[test]
    fn the_law_that_made_the_sessions_is_found_again() {
        let fitted = fitted(&simulated(80, 40));
        // Both kinds of day have the same law; components of the same place count together.
        for kind in &fitted.kinds {
            let law = &kind.joint.law;
            let of = |early: bool| law.parts.iter().filter(move |p| (p.mean[0] < 10.5) == early);
            let weight = |early| of(early).map(|p| p.weight).sum::<f64>();
            let mean = |early, k: usize| {
                of(early).map(|p| p.weight * p.mean[k]).sum::<f64>() / weight(early)
            };
            let n = kind.sessions as f64;
            // Four standard errors.
            let close = |found: f64, wanted: f64, sd: f64, share: f64| {
                assert!(
                    (found - wanted).abs() < 4.0 * sd / (n * share).sqrt(),
                    "{}: {found} {wanted}",
                    kind.name
                );
            };
            close(weight(true), 0.6, 0.5, 1.0);
            close(mean(true, 0), 8.0, 0.8, 0.6);
            close(mean(true, 1), 2.2, 0.15, 0.6);
            close(mean(true, 2), 2.3, 0.5, 0.6);
            close(mean(false, 1), 0.9, 0.4, 0.4);
        }
        let card = &fitted.scores[0];
        assert!(card.joint_log_likelihood[0] > card.joint_log_likelihood[1]);
        for q in &card.quantities {
            assert!(
                q.log_likelihood[0] > q.log_likelihood[1] && q.crps[0] < q.crps[1] * 1.01,
                "{q:?}"
            );
        }
        // Few days, and hours of a day are alike: the share is known to a tenth.
        assert!((0.6..0.95).contains(&card.coverage.share()), "{:?}", card.coverage);
        assert!((fitted.departure.as_ref().unwrap().quantile(0.5) + 1.0).abs() < 1e-3);
        assert_eq!(fitted.users.unwrap().count, 40);
    }

    #[test]
    fn rows_that_are_no_sessions_are_counted_with_their_lines() {
        let mut text = simulated(20, 10);
        text.push_str(
            "x,2024-01-05T08:00:00Z,,5,\nx,2024-01-05T08:00:00Z,2024-01-05T07:00:00Z,5,\n",
        );
        text.push_str(
            "x,2024-01-05T08:00:00Z,2024-01-05T09:00:00Z,0,\nx,soon,2024-01-05T09:00:00Z,5,\n",
        );
        let fitted = fitted(&text);
        let reasons: Vec<(&str, Vec<u64>)> = fitted
            .cleaning
            .dropped
            .iter()
            .map(|d| (d.reason.as_str(), d.first_lines.clone()))
            .collect();
        assert_eq!(
            reasons,
            [
                ("ends before it begins", vec![203]),
                ("no energy charged", vec![204]),
                ("no plug-out", vec![202]),
                ("plug-in is no time", vec![205]),
            ]
        );
        let report = text_report(&fitted);
        assert!(report.contains("no plug-out (lines 202)"), "{report}");
        assert!(behaviour_toml(&fitted, "s.csv").contains("[[fleet.segment]]"));
    }
}
