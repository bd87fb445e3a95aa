//! Fewer points for the eye: largest triangle, three buckets (Steinarsson 2013).

/// A line of at most `most` points that looks like the line given: its first and last points stay,
/// and from each of equal buckets the point that spans the largest triangle with the point chosen
/// before and the mean of the bucket after.
///
/// A gap (a point that is not finite) stays: each side of it gets its share of the points.
pub fn thinned(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    if points.len() <= most || most < 3 {
        return points.to_vec();
    }
    let share = |run: &[[f64; 2]]| (most * run.len() / points.len()).max(3);
    let runs = points.split(|p| p.iter().any(|v| !v.is_finite()));
    let runs = runs.filter(|run| !run.is_empty()).map(|run| unbroken(run, share(run)));
    runs.collect::<Vec<_>>().join(&[f64::NAN; 2])
}

fn unbroken(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    if points.len() <= most {
        return points.to_vec();
    }
    let inner = points.len() - 2;
    let buckets = most - 2;
    let edge = |b: usize| 1 + b * inner / buckets;
    let mut chosen = vec![points[0]];
    for b in 0..buckets {
        let after = &points[edge(b + 1)..edge(b + 2).min(points.len())];
        let n = after.len().max(1) as f64;
        let [cx, cy] = after.iter().fold([0.0, 0.0], |s, p| [s[0] + p[0] / n, s[1] + p[1] / n]);
        let [ax, ay] = chosen[chosen.len() - 1];
        let area = |p: &&[f64; 2]| ((ax - cx) * (p[1] - ay) - (ax - p[0]) * (cy - ay)).abs();
        let bucket = &points[edge(b)..edge(b + 1)];
        if let Some(p) = bucket.iter().max_by(|p, q| area(p).total_cmp(&area(q))) {
            chosen.push(*p);
        }
    }
    chosen.push(points[points.len() - 1]);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_peak_among_ten_thousand_points_stays() {
        let mut line: Vec<[f64; 2]> = (0..10_000).map(|i| [f64::from(i), 0.0]).collect();
        line[4321][1] = 7.0;
        let thin = thinned(&line, 500);
        assert_eq!(thin.len(), 500);
        assert!(thin.contains(&[4321.0, 7.0]));
        assert_eq!((thin[0], thin[499]), (line[0], line[9999]));
    }

    #[test]
    fn a_short_line_and_a_line_with_gaps_stay_as_they_are() {
        let line = [[0.0, 1.0], [1.0, f64::NAN], [2.0, 1.0], [3.0, 1.0]];
        assert_eq!(thinned(&line, 4).len(), 4);
        assert_eq!(thinned(&line[2..], 3).len(), 2);
    }

    #[test]
    fn a_long_line_keeps_its_gap_and_the_peaks_on_both_sides() {
        let mut line: Vec<[f64; 2]> = (0..9_000).map(|i| [f64::from(i), 0.0]).collect();
        (line[100][1], line[7_000][1], line[3_000][1]) = (5.0, 6.0, f64::NAN);
        let thin = thinned(&line, 900);
        assert!(thin.len() <= 901, "{}", thin.len());
        assert_eq!(thin.iter().filter(|p| p[1].is_nan()).count(), 1);
        assert!(thin.contains(&[100.0, 5.0]) && thin.contains(&[7_000.0, 6.0]));
    }
}
