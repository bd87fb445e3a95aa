//! Random problems for the tests, from a small generator of their own so that they never change.

use super::{Span, Store, Taper};

/// A linear congruential generator (Knuth's MMIX constants): uniform numbers in [0, 1).
pub(super) struct Uniform(pub u64);

impl Uniform {
    pub fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// What a random problem contains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub taper: bool,
    pub two_way: bool,
    pub mixed_efficiencies: bool,
}

/// Surplus \[kW\] of `periods` quarter hours, of the size that `stores` stores can move.
pub(super) fn surplus(uniform: &mut Uniform, periods: usize, stores: usize) -> Vec<f64> {
    let size = 8.0 * stores as f64;
    let phase = uniform.between(0.0, 6.3);
    let wave = |uniform: &mut Uniform, t: usize| {
        (t as f64 * 6.3 / 20.0 + phase).sin() + uniform.between(-0.6, 0.6)
    };
    (0..periods).map(|t| size * wave(uniform, t)).collect()
}

/// A random store somewhere in a horizon of `periods`, some of it beyond.
pub(super) fn store(uniform: &mut Uniform, periods: usize, kind: Kind) -> Store {
    let first = if uniform.next() < 0.5 { 0 } else { (uniform.next() * periods as f64) as usize };
    let end = first + 2 + (uniform.next() * 20.0) as usize;
    let capacity = uniform.between(20.0, 90.0);
    let power = [10.0, 40.0, 22.0][(uniform.next() * 3.0) as usize];
    let consents = kind.two_way && uniform.next() < 0.72;
    let efficiency = if kind.mixed_efficiencies { uniform.between(0.88, 0.98) } else { 0.95 };
    let points = [(0.0, 1.0), (0.8, 1.0), (1.0, 0.1)];
    Store {
        charge: Span::new(first, end),
        discharge: if consents { Span::new(first, end) } else { Span::NEVER },
        charge_kw_max: power,
        discharge_kw_max: if consents { 0.3 * power } else { 0.0 },
        energy_kwh: capacity * uniform.between(0.15, 0.8),
        ceiling_kwh: capacity,
        floor_kwh: 0.2 * capacity,
        target_kwh: capacity * uniform.between(0.5, 0.98),
        charge_efficiency: efficiency,
        discharge_efficiency: efficiency,
        taper: if kind.taper {
            Taper::through(&points, capacity, power).expect("a concave curve")
        } else {
            Taper::NONE
        },
    }
}
