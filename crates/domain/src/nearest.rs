//! Rounding to whole numbers.

/// The nearest whole number, halves away from zero: `x.round() as i64` without a call into the C
/// library, which is where `round` goes on processors that are not known to have an instruction for
/// it.
#[inline]
pub(crate) fn nearest(x: f64) -> i64 {
    let whole = x as i64;
    let rest = x - whole as f64;
    if rest >= 0.5 {
        whole.saturating_add(1)
    } else if rest <= -0.5 {
        whole.saturating_sub(1)
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn special_numbers_round_as_they_do_elsewhere() {
        let half = 0.5_f64;
        for x in [
            0.0,
            -0.0,
            half,
            -half,
            half.next_down(),
            1.5,
            2.5,
            -2.5,
            4_503_599_627_370_497.5,
            f64::MAX,
            f64::MIN,
            f64::NAN,
        ] {
            assert_eq!(nearest(x), x.round() as i64, "{x}");
        }
    }

    proptest! {
        #[test]
        fn any_number_rounds_as_it_does_elsewhere(x in any::<f64>(), small in -1e6..1e6) {
            prop_assert_eq!(nearest(x), x.round() as i64);
            prop_assert_eq!(nearest(small), small.round() as i64);
            prop_assert_eq!(nearest(small.floor() + 0.5), (small.floor() + 0.5).round() as i64);
        }
    }
}
