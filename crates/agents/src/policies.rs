//! Policies of whoever uses the library, in the place of the built-in ones.
//!
//! Each is asked with what the built-in policy of its name sees and with its answer, and gives an
//! answer of its own. They are asked zone after zone in the order in which a thread handles them, so
//! that a run with such policies is repeatable on one thread if they are.

use domain::{BreachGrade, Cny, EvId, ZoneId};
use market::MarketRules;
use market::pricing::{PriceDecision, PricingView};
use population::{AttendanceView, Odds};
use std::fmt;
use std::sync::Arc;

/// Policies in the place of the built-in ones; what is not written stays built in.
///
/// An error ends the run, in the words given.
pub trait Policies: Send + Sync {
    /// Prices of all published periods.
    ///
    /// # Errors
    /// Why there are none.
    fn pricing(
        &self,
        _view: &PricingView,
        _rules: &MarketRules,
        built_in: PriceDecision,
    ) -> Result<PriceDecision, String> {
        Ok(built_in)
    }

    /// Ticket prices of all published periods, from everything else that is published
    /// \[CNY/kWh\].
    ///
    /// # Errors
    /// Why there are none.
    fn ticket_price(
        &self,
        _view: &PricingView,
        _decided: &PriceDecision,
        built_in: Vec<f64>,
    ) -> Result<Vec<f64>, String> {
        Ok(built_in)
    }

    /// Penalty of a booked period.
    ///
    /// # Errors
    /// Why there is none.
    fn penalty(&self, _view: &PenaltyView, built_in: Cny) -> Result<Cny, String> {
        Ok(built_in)
    }

    /// What the holder of a booking does, as odds of which a draw picks one.
    ///
    /// # Errors
    /// Why there is no answer.
    fn attendance(
        &self,
        _who: Holder,
        _view: &AttendanceView,
        built_in: Odds,
    ) -> Result<Odds, String> {
        Ok(built_in)
    }
}

/// The holder of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The EV.
    pub ev: EvId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its fleet segment.
    pub segment: u16,
}

/// What a penalty depends on (P3 eq. 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PenaltyView {
    /// The EV.
    pub ev: EvId,
    /// The zone.
    pub zone: ZoneId,
    /// How late the vehicle was.
    pub grade: BreachGrade,
    /// Whether the period lies in peak hours.
    pub peak: bool,
    /// The price that is multiplied \[CNY/kWh\].
    pub base: f64,
    /// Energy reserved in the period \[kWh\].
    pub reserved_kwh: f64,
    /// The user's own factor (a treatment of the segment).
    pub own_scale: f64,
}

/// All policies are built in.
struct BuiltIn;

impl Policies for BuiltIn {}

/// The policies of a run.
#[derive(Clone)]
pub struct PolicySet(pub Arc<dyn Policies>);

impl Default for PolicySet {
    /// All built in.
    fn default() -> Self {
        Self(Arc::new(BuiltIn))
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicySet(..)")
    }
}
