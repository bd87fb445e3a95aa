//! The control: the response law of the park model (our reading). Those whose plan changed decide
//! at the reminder and again before the aimed plug time by a logit of saving at stake, fee,
//! expected penalty, hassle of cancelling and value of the trip.

use super::{AttendanceView, Moment, Odds};
use crate::ResponseParams;

/// `V(honour) = saving + refund + trip - cost of keeping`, `V(cancel) = -fee - hassle`, `V(stay) =
/// -penalty - forfeit` \[CNY\].
pub(super) fn odds(view: &AttendanceView<'_>, response: &ResponseParams) -> Odds {
    if view.moment == Moment::Booking || !view.plan_changed {
        return Odds::HONOUR;
    }
    let honour =
        view.saving_cny + view.refund_cny + response.trip_value_cny - view.keeping_cost_cny;
    let cancel = -view.cancel_fee_cny - response.cancel_hassle_cny;
    let stay_away = -view.severe_penalty_cny - view.forfeit_cny;
    Odds::logit([honour, cancel, stay_away], response.decision_scale_cny)
}
