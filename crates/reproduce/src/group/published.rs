//! The published results (P4 Tables 2 and 3): differences of peak and valley, and costs of
//! charging.
//!
//! Rows are residential, office, commercial, network; columns are no EV, unordered charging, 20, 40
//! and 60 % participation. The unordered residential cost is printed as 9651; with 9156 (digits
//! exchanged) the three areas add up to the printed 20307.

/// Areas of the published case, then their sum.
pub const AREAS: [&str; 4] = ["residential", "office", "commercial", "network"];

/// The five published cases.
pub const CASES: [&str; 5] = ["no EV", "unordered", "20 %", "40 %", "60 %"];

/// Shares of participation of the published cases.
pub const SHARES: [f64; 3] = [0.2, 0.4, 0.6];

/// Difference of peak and valley \[kW\].
pub const PEAK_VALLEY_KW: [[f64; 5]; 4] = [
    [1638.0, 2126.0, 1490.0, 1336.0, 1025.0],
    [1478.0, 1733.0, 1404.0, 1382.0, 1230.0],
    [1488.0, 1606.0, 1428.0, 1404.0, 1268.0],
    [3679.0, 4088.0, 3524.0, 3318.0, 2824.0],
];

/// Cost of charging \[CNY\]; nothing is charged without EVs.
pub const COST_CNY: [[f64; 5]; 4] = [
    [0.0, 9651.0, 9113.0, 8917.0, 8776.0],
    [0.0, 6772.0, 5994.0, 5709.0, 5336.0],
    [0.0, 4379.0, 3958.0, 3823.0, 3688.0],
    [0.0, 20307.0, 19065.0, 18449.0, 17800.0],
];

/// Mean state of charge at the start (P4 Fig. 8) and at the end at 20 % participation (Fig. 9).
pub const MEAN_SOC: [f64; 2] = [0.372, 0.887];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_totals_add_up_as_far_as_they_are_printed_right() {
        // Unordered: 9156 + 6772 + 4379 = 20307, so 9651 is 9156 with digits exchanged.
        assert_eq!(9156.0 + COST_CNY[1][1] + COST_CNY[2][1], COST_CNY[3][1]);
        let [residential, office, commercial, network] = COST_CNY;
        for case in 2..5 {
            let sum = residential[case] + office[case] + commercial[case];
            assert!((sum - network[case]).abs() <= 1.0, "{sum}");
        }
        for row in PEAK_VALLEY_KW {
            assert!(row[1] > row[0] && row[1..].windows(2).all(|pair| pair[0] > pair[1]));
            assert!(row[2] < row[0], "the main result: 20 % ordered lies below no EV");
        }
    }
}
