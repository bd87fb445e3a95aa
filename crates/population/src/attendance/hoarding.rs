//! Model 6: hoarding, i.e. overlapping reservations for the same need, held open when cancelling is
//! cheap.

use super::{AttendanceLaw, BehaviourModel};
use crate::{Experience, Strategy};
use serde::{Deserialize, Serialize};

/// Whether people hold several bookings; our reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Hoarding {
    /// One booking a need.
    #[default]
    None,
    /// A further booking is made with probability `1 / (1 + exp(-(flexibility - extra hassle - fee)
    /// / scale))`, again and again.
    Overlapping {
        /// Most bookings for one need (3).
        max_bookings: u32,
        /// What it is worth to keep another window open (4) \[CNY\].
        flexibility_cny: f64,
        /// Hassle of a further booking relative to the first (0.3).
        extra_hassle: f64,
        /// Scale of the logit (2) \[CNY\].
        scale_cny: f64,
    },
}

impl Hoarding {
    /// Hoarding with its default parameters.
    pub const fn overlapping() -> Self {
        Self::Overlapping {
            max_bookings: 3,
            flexibility_cny: 4.0,
            extra_hassle: 0.3,
            scale_cny: 2.0,
        }
    }
}

/// What a person knows when deciding how many windows to reserve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HoardView<'a> {
    /// Hassle of a reservation \[CNY\].
    pub hassle_cny: f64,
    /// Expected fee of cancelling the windows that are not used \[CNY\].
    pub cancel_fee_cny: f64,
    /// Memory of the person.
    pub experience: &'a Experience,
}

/// How many windows a person reserves for one need, 1 or more: one uniform number. The agent
/// reserves the best window first, then the next best ones, and drops all but one before the first
/// starts.
///
/// ```
/// use population::*;
/// let experience = Experience::fresh(0.5);
/// let view = HoardView { hassle_cny: 12.0, cancel_fee_cny: 0.0, experience: &experience };
/// let model = BehaviourModel::named("hoarding").unwrap();
/// // (4 - 0.3 x 12 - 0) / 2 = 0.2, so a further booking with probability 0.5498; two further ones with 0.302
/// assert_eq!(booking_multiplicity(&view, &model, &mut || 0.6), 1);
/// assert_eq!(booking_multiplicity(&view, &model, &mut || 0.5), 2);
/// assert_eq!(booking_multiplicity(&view, &model, &mut || 0.3), 3);
/// ```
pub fn booking_multiplicity(
    view: &HoardView<'_>,
    model: &BehaviourModel,
    u: &mut impl FnMut() -> f64,
) -> u32 {
    let draw = u();
    let habitual = if matches!(model.attendance, AttendanceLaw::Habit(_))
        && view.experience.strategy == Strategy::Hoard
    {
        2
    } else {
        1
    };
    let Hoarding::Overlapping { max_bookings, flexibility_cny, extra_hassle, scale_cny } =
        model.hoarding
    else {
        return habitual;
    };
    let gain = flexibility_cny - extra_hassle * view.hassle_cny - view.cancel_fee_cny;
    let again = 1.0 / (1.0 + (-gain / scale_cny.max(1e-9)).exp());
    let mut bookings = 1;
    let mut reach = again;
    while bookings < max_bookings && draw < reach {
        bookings += 1;
        reach *= again;
    }
    bookings.max(habitual)
}
