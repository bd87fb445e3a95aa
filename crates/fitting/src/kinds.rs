//! What is fitted for one kind of day, and what users' names tell.

use crate::candidate::{Candidate, Quantity, candidates, normals};
use crate::cleaning::Session;
use crate::joint_fit::{JointFit, joint};
use population::Law;
use std::collections::{BTreeMap, BTreeSet};

/// Most components of the joint law.
const MOST_PARTS: usize = 8;

/// The laws of one kind of day.
#[derive(Clone, Debug, PartialEq)]
pub struct KindFit {
    /// `workday` or `weekend`.
    pub name: &'static str,
    /// Sessions that it was fitted from.
    pub sessions: usize,
    /// Days on which there were any.
    pub days: usize,
    /// The joint law of arrival, stay and metered energy.
    pub joint: JointFit,
    /// Laws of each quantity alone, the best first.
    pub candidates: [Vec<Candidate>; 3],
    /// The stay as two normal laws, lowest mean first.
    pub two_normals: Option<Law>,
}

/// What the names of users tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Users {
    /// How many there are.
    pub count: usize,
    /// Probability that a user comes on a workday, and on a day of the weekend, between the user's
    /// first and last session.
    pub trips: [f64; 2],
    /// Share of the variance of arrivals and of ln stay that lies between users (random effects, by
    /// one-way analysis of variance).
    pub between: [f64; 2],
}

/// The hour at which a day begins: the one with the fewest arrivals, so that a night belongs to the
/// evening before.
pub(crate) fn cut_hour(sessions: &[Session]) -> f64 {
    let mut counts = [0_u32; 24];
    for s in sessions {
        counts[(s.plug_in.hour_of_day() as usize).min(23)] += 1;
    }
    // Nights first among equals.
    let fewest = (0..12).min_by_key(|&h| (counts[h], h)).unwrap_or(0);
    fewest as f64
}

/// Arrival counted from midnight of the day to which it belongs, stay and energy.
pub(crate) fn numbers(s: &Session, cut_h: f64) -> [f64; 3] {
    let hour = s.plug_in.hour_of_day();
    let arrival = if hour < cut_h { hour + 24.0 } else { hour };
    [arrival, s.stay_h(), s.energy_kwh]
}

/// Whether the day to which a session belongs is a Saturday or Sunday.
pub(crate) fn on_weekend(s: &Session, cut_h: f64) -> bool {
    let before = s.plug_in.hour_of_day() < cut_h;
    let weekday = (s.plug_in.weekday() + if before { 6 } else { 0 }) % 7;
    weekday >= 5
}

/// The day to which a session belongs.
pub(crate) fn day(s: &Session, cut_h: f64) -> i64 {
    s.plug_in.day() - i64::from(s.plug_in.hour_of_day() < cut_h)
}

pub(crate) fn kind(
    name: &'static str,
    sessions: &[&Session],
    cut_h: f64,
) -> Result<KindFit, String> {
    let all: Vec<[f64; 3]> = sessions.iter().map(|s| numbers(s, cut_h)).collect();
    let points: Vec<[f64; 3]> = all.iter().map(|[a, s, e]| [*a, s.ln(), e.ln()]).collect();
    let joint = joint(&points, MOST_PARTS).ok_or_else(|| {
        format!("{} sessions of a {name} are too few or all the same", sessions.len())
    })?;
    let column = |k: usize| -> Vec<f64> { all.iter().map(|x| x[k]).collect() };
    let candidates = std::array::from_fn(|k| candidates(Quantity::ALL[k], &column(k)));
    let days: BTreeSet<i64> = sessions.iter().map(|s| day(s, cut_h)).collect();
    let two_normals = normals(&column(1), 2).map(|(law, _)| law);
    Ok(KindFit { name, sessions: sessions.len(), days: days.len(), joint, candidates, two_normals })
}

/// None where the file names no users.
pub(crate) fn users(sessions: &[Session], cut_h: f64) -> Option<Users> {
    let mut by_user: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
    for s in sessions {
        by_user.entry(s.user.as_deref()?).or_default().push(s);
    }
    let (mut came, mut could) = ([0.0; 2], [0.0; 2]);
    for own in by_user.values() {
        let days: BTreeSet<i64> = own.iter().map(|s| day(s, cut_h)).collect();
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { continue };
        for d in first..=last {
            // 1970-01-01 was a Thursday.
            let weekend = usize::from((d + 3).rem_euclid(7) >= 5);
            could[weekend] += 1.0;
            came[weekend] += f64::from(u8::from(days.contains(&d)));
        }
    }
    let share = |k: usize| if could[k] > 0.0 { came[k] / could[k] } else { 0.0 };
    let of = |value: &dyn Fn(&Session) -> f64| {
        let groups = by_user
            .values()
            .map(|own| own.iter().map(|s| value(s)).collect())
            .collect::<Vec<Vec<f64>>>();
        between(&groups)
    };
    Some(Users {
        count: by_user.len(),
        trips: [share(0), share(1)],
        between: [of(&|s| numbers(s, cut_h)[0]), of(&|s| s.stay_h().ln())],
    })
}

/// Share of the variance between groups, 0..1: `(MSB - MSW) / (MSB + (n0 - 1) MSW)`.
fn between(groups: &[Vec<f64>]) -> f64 {
    let n: usize = groups.iter().map(Vec::len).sum();
    let k = groups.len();
    if k < 2 || n <= k {
        return 0.0;
    }
    let mean = groups.iter().flatten().sum::<f64>() / n as f64;
    let own = |g: &Vec<f64>| g.iter().sum::<f64>() / g.len() as f64;
    let msb = groups.iter().map(|g| g.len() as f64 * (own(g) - mean).powi(2)).sum::<f64>()
        / (k - 1) as f64;
    let msw =
        groups.iter().map(|g| g.iter().map(|x| (x - own(g)).powi(2)).sum::<f64>()).sum::<f64>()
            / (n - k) as f64;
    let squares = groups.iter().map(|g| (g.len() as f64).powi(2)).sum::<f64>();
    let n0 = (n as f64 - squares / n as f64) / (k - 1) as f64;
    ((msb - msw) / (msb + (n0 - 1.0) * msw)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_who_differ_explain_the_variance() {
        let apart = vec![vec![1.0, 1.1, 0.9], vec![9.0, 9.1, 8.9]];
        assert!(between(&apart) > 0.99);
        let alike = vec![vec![1.0, 9.0, 5.0], vec![9.0, 1.0, 5.0]];
        assert_eq!(between(&alike), 0.0);
    }
}
