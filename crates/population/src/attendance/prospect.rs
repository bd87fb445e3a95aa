//! Model 3: prospect theory. The prepaid price is the reference point: what comes back is a gain,
//! what is charged on top a loss.

use super::{AttendanceView, Moment, Odds};
use crate::{ResponseParams, Valuation};
use serde::{Deserialize, Serialize};

/// The response law of the control with felt instead of plain amounts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProspectLaw {
    /// How gains and losses are felt (loss aversion 2.25, curvature 0.88).
    pub valuation: Valuation,
}

impl Default for ProspectLaw {
    fn default() -> Self {
        Self { valuation: Valuation::TVERSKY_KAHNEMAN }
    }
}

impl ProspectLaw {
    /// Honouring gains saving and refund; cancelling loses the fee; staying away loses penalty and
    /// forfeit. The trip, the cost of keeping the booking and the hassle are no money and enter as
    /// they are.
    pub(super) fn odds(&self, view: &AttendanceView<'_>, response: &ResponseParams) -> Odds {
        if view.moment == Moment::Booking || !view.plan_changed {
            return Odds::HONOUR;
        }
        let felt = |cny: f64| self.valuation.of(cny);
        let honour = felt(view.saving_cny + view.refund_cny) + response.trip_value_cny
            - view.keeping_cost_cny;
        let cancel = felt(-view.cancel_fee_cny) - response.cancel_hassle_cny;
        let stay_away = felt(-(view.severe_penalty_cny + view.forfeit_cny));
        Odds::logit([honour, cancel, stay_away], response.decision_scale_cny)
    }
}
