//! The published results (P4 Tables 2 and 3): differences of peak and valley, and costs of
//! charging.
//!
//! Rows are residential, office, commercial, network; columns are no EV, unordered charging, 20, 40
//! and 60 % participation. The unordered residential cost is printed as 9651; with 9156 (digits
//! exchanged) the three areas add up to the printed 20307.

/// Shares of participation of the published cases.
pub const PUBLISHED_SHARES: [f64; 3] = [0.2, 0.4, 0.6];

/// Difference of peak and valley \[kW\].
pub const PUBLISHED_PEAK_VALLEY_KW: [[f64; 5]; 4] = [
    [1638.0, 2126.0, 1490.0, 1336.0, 1025.0],
    [1478.0, 1733.0, 1404.0, 1382.0, 1230.0],
    [1488.0, 1606.0, 1428.0, 1404.0, 1268.0],
    [3679.0, 4088.0, 3524.0, 3318.0, 2824.0],
];

/// Cost of charging \[CNY\]; nothing is charged without EVs.
pub const PUBLISHED_COST_CNY: [[f64; 5]; 4] = [
    [0.0, 9651.0, 9113.0, 8917.0, 8776.0],
    [0.0, 6772.0, 5994.0, 5709.0, 5336.0],
    [0.0, 4379.0, 3958.0, 3823.0, 3688.0],
    [0.0, 20307.0, 19065.0, 18449.0, 17800.0],
];

/// Mean state of charge at the start (P4 Fig. 8) and at the end at 20 % participation (Fig. 9).
pub const PUBLISHED_MEAN_SOC: [f64; 2] = [0.372, 0.887];
