//! Test problems of Zitzler, Deb and Thiele (2000).

/// `g = 1 + 9 mean of the genes after the first`: 1 on the exact front.
fn g(x: &[f64]) -> f64 {
    1.0 + 9.0 * x[1..].iter().sum::<f64>() / (x.len() - 1) as f64
}

/// Convex front `f2 = 1 - sqrt f1`.
pub(crate) fn zdt1(x: &[f64]) -> [f64; 2] {
    let g = g(x);
    [x[0], g * (1.0 - (x[0] / g).sqrt())]
}

/// Concave front `f2 = 1 - f1^2`.
pub(crate) fn zdt2(x: &[f64]) -> [f64; 2] {
    let g = g(x);
    [x[0], g * (1.0 - (x[0] / g) * (x[0] / g))]
}

/// Disconnected front `f2 = 1 - sqrt f1 - f1 sin(10 pi f1)`.
pub(crate) fn zdt3(x: &[f64]) -> [f64; 2] {
    let g = g(x);
    let wave = (10.0 * std::f64::consts::PI * x[0]).sin();
    [x[0], g * (1.0 - (x[0] / g).sqrt() - x[0] / g * wave)]
}
