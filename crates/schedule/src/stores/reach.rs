//! What a store can still reach, one period at a time.

use super::Store;

/// Most battery energy \[kWh\] at the end of a charging period that begins with `energy_kwh`.
///
/// With cuts `P <= a_k + b_k e_end` and `e_end = e + g P` (g the gain of 1 kW), `e_end = min (e + g
/// a_k) / (1 - g b_k)`.
pub(super) fn highest_after(store: &Store, energy_kwh: f64, gain: f64) -> f64 {
    let mut end = (energy_kwh + gain * store.charge_kw_max).min(store.highest_kwh());
    for cut in store.taper.cuts() {
        end = end.min((energy_kwh + gain * cut.at_empty_kw) / (1.0 - gain * cut.slope_kw_per_kwh));
    }
    end.max(energy_kwh)
}

/// Least battery energy \[kWh\] at the start of a charging period from which its end can have
/// `end_energy_kwh`.
pub(super) fn needed_before(store: &Store, end_energy_kwh: f64, gain: f64) -> f64 {
    end_energy_kwh - gain * store.charge_limit_kw(end_energy_kwh)
}

/// Least battery energy \[kWh\] at the start of period `from` from which the target is still
/// reachable at full power.
pub(super) fn needed_at(store: &Store, from: usize, period_h: f64) -> f64 {
    let gain = store.gain_kwh_per_kw(period_h);
    let full_step = gain * store.charge_kw_max;
    let mut needed = store.target_kwh.min(store.highest_kwh());
    let mut periods = store.charge.periods_from(from);
    // Walk down through the taper; under it every period counts in full.
    while periods > 0 && store.taper.limit_kw(needed) < store.charge_kw_max {
        let before = needed_before(store, needed, gain);
        if before >= needed {
            return needed;
        }
        needed = before;
        periods -= 1;
    }
    needed - periods as f64 * full_step
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Taper};
    use super::*;

    fn store() -> Store {
        Store {
            charge: Span::new(0, 4),
            discharge: Span::NEVER,
            charge_kw_max: 10.0,
            discharge_kw_max: 0.0,
            energy_kwh: 10.0,
            ceiling_kwh: 50.0,
            floor_kwh: 10.0,
            target_kwh: 30.0,
            charge_efficiency: 0.8,
            discharge_efficiency: 0.8,
            taper: Taper::NONE,
        }
    }

    #[test]
    fn every_period_at_full_power_counts_its_metered_energy_times_the_efficiency() {
        // 0.5 h x 10 kW x 0.8 = 4 kWh a period; three periods after the first: 30 - 12.
        assert!((needed_at(&store(), 1, 0.5) - 18.0).abs() < 1e-12);
        assert!((needed_at(&store(), 9, 0.5) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn the_way_down_and_the_way_up_through_a_taper_agree() {
        let mut store = store();
        store.taper = Taper::through(&[(0.0, 1.0), (0.4, 1.0), (1.0, 0.1)], 50.0, 10.0).unwrap();
        let gain = store.gain_kwh_per_kw(0.5);
        let mut energy = needed_at(&store, 0, 0.5);
        for _ in 0..4 {
            energy = highest_after(&store, energy, gain);
        }
        assert!((energy - store.target_kwh).abs() < 1e-9, "{energy}");
    }
}
