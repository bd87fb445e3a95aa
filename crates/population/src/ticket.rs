//! Whether a user grabs a ticket: a freed window at a price of its own (P3 section 2.4, eq. 21).

use crate::{ChoiceParams, clock_distance_h};
use domain::{Span, Time};
use serde::{Deserialize, Serialize};

/// A ticket as a notice describes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketOffer {
    /// First period's start.
    pub start: Time,
    /// Length.
    pub length: Span,
    /// Ticket price q \[CNY/kWh\].
    pub price: f64,
    /// Expected real price of the window \[CNY/kWh\].
    pub real: f64,
    /// Most energy that the winner may take \[kWh\].
    pub energy_kwh: f64,
}

/// What the user would do without the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum WithoutTicket {
    /// Keep an own booking.
    Booking {
        /// Its price \[CNY/kWh\].
        price: f64,
        /// Expected real price of its window \[CNY/kWh\].
        real: f64,
        /// The middle of its window.
        middle: Time,
        /// Fee for cancelling it now \[CNY\].
        cancel_fee_cny: f64,
    },
    /// Walk in (or keep waiting as a walk-in) at a mean price.
    WalkIn {
        /// Mean price \[CNY/kWh\].
        price: f64,
        /// The middle of the charging time.
        middle: Time,
    },
    /// Not charge.
    Nothing,
}

/// All that a user knows when a notice comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketView {
    /// The offer.
    pub offer: TicketOffer,
    /// What happens otherwise.
    pub otherwise: WithoutTicket,
    /// Planned arrival, or the arrival that was.
    pub arrival: Time,
    /// Planned departure.
    pub departure: Time,
    /// Energy still needed, metered \[kWh\].
    pub need_kwh: f64,
    /// Charging power: the vehicle's or the pile's, whichever is smaller \[kW\].
    pub power_kw: f64,
    /// Highest price considered \[CNY/kWh\].
    pub willingness_to_pay: f64,
    /// Preferred hour of charging, `[0, 24)`.
    pub preferred_time_h: f64,
    /// Hassle of grabbing \[CNY\].
    pub hassle_cny: f64,
    /// Share of a refund that is expected, 0..1.
    pub credence: f64,
}

/// What the ticket gains the user over what would happen otherwise \[CNY\]; `-inf` if it cannot be
/// used: nothing needed, price above the willingness to pay, not there before its start, or gone
/// before half of it is over.
///
/// ```
/// use domain::{Span, Time};
/// use population::*;
/// let offer = TicketOffer { start: Time::from_hours(12.0), length: Span::from_hours(1.0), price: 0.9, real: 0.7, energy_kwh: 30.0 };
/// let view = TicketView {
///     offer, otherwise: WithoutTicket::WalkIn { price: 1.3, middle: Time::from_hours(12.5) }, arrival: Time::from_hours(8.0),
///     departure: Time::from_hours(17.0), need_kwh: 20.0, power_kw: 40.0, willingness_to_pay: 1.2, preferred_time_h: 12.0,
///     hassle_cny: 3.0, credence: 0.5,
/// };
/// // (1.3 - 0.9) x 20 + 0.5 x (0.9 - 0.7) x 20 - 3 = 7; both middles at 12:30
/// assert!((ticket_gain(&view, &ChoiceParams::default()) - 7.0).abs() < 1e-9);
/// ```
#[inline]
pub fn ticket_gain(view: &TicketView, params: &ChoiceParams) -> f64 {
    let offer = &view.offer;
    let unusable = view.need_kwh <= 1e-9
        || offer.price > view.willingness_to_pay
        || view.arrival > offer.start
        || view.departure < offer.start + offer.length.share(0.5);
    if unusable {
        return f64::NEG_INFINITY;
    }
    let end = (offer.start + offer.length).min(view.departure);
    let energy = view
        .need_kwh
        .min(offer.energy_kwh)
        .min(view.power_kw * (end - offer.start).hours().value());
    let with = charging_value(
        view,
        params,
        energy,
        offer.price,
        offer.real,
        offer.start + offer.length.share(0.5),
    );
    with - otherwise_value(view, params) - view.hassle_cny
}

/// Whether the user grabs: the ticket gains something.
#[inline]
pub fn wants_ticket(view: &TicketView, params: &ChoiceParams) -> bool {
    ticket_gain(view, params) > 0.0
}

/// Value of charging `energy` of the need at a price with an expected refund, against the preferred
/// hour.
fn charging_value(
    view: &TicketView,
    params: &ChoiceParams,
    energy: f64,
    price: f64,
    real: f64,
    middle: Time,
) -> f64 {
    let refund = view.credence * (price - real).max(0.0) * energy;
    let unmet = params.unmet_cny_per_kwh * (view.need_kwh - energy);
    let shift =
        params.shift_cny_per_h * clock_distance_h(middle.hour_of_day(), view.preferred_time_h);
    params.valuation.of(refund) - price * energy - unmet - shift
}

fn otherwise_value(view: &TicketView, params: &ChoiceParams) -> f64 {
    match view.otherwise {
        WithoutTicket::Booking { price, real, middle, cancel_fee_cny } => {
            charging_value(view, params, view.need_kwh, price, real, middle) + cancel_fee_cny
        }
        WithoutTicket::WalkIn { price, middle } => {
            charging_value(view, params, view.need_kwh, price, price, middle)
        }
        WithoutTicket::Nothing => -params.unmet_cny_per_kwh * view.need_kwh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> TicketView {
        TicketView {
            offer: TicketOffer {
                start: Time::from_hours(12.0),
                length: Span::from_hours(1.0),
                price: 0.9,
                real: 0.7,
                energy_kwh: 40.0,
            },
            otherwise: WithoutTicket::Nothing,
            arrival: Time::from_hours(8.0),
            departure: Time::from_hours(17.0),
            need_kwh: 20.0,
            power_kw: 40.0,
            willingness_to_pay: 1.2,
            preferred_time_h: 12.5,
            hassle_cny: 3.0,
            credence: 0.5,
        }
    }

    #[test]
    fn gains_are_differences_to_what_would_happen_otherwise() {
        let p = ChoiceParams::default();
        // Charging by ticket: 0.5 x 0.2 x 20 - 0.9 x 20 = -16. Nothing otherwise: -2 x 20 = -40.
        // -16 + 40 - 3 = 21.
        assert!((ticket_gain(&view(), &p) - 21.0).abs() < 1e-9);
        // Own booking at 1.1 (real 0.7) around 15:30, fee 2: 0.5 x 0.4 x 20 - 22 - 0.5 x 3 = -19.5;
        // -16 + 19.5 - 2 - 3 = -1.5.
        let booked = TicketView {
            otherwise: WithoutTicket::Booking {
                price: 1.1,
                real: 0.7,
                middle: Time::from_hours(15.5),
                cancel_fee_cny: 2.0,
            },
            ..view()
        };
        assert!((ticket_gain(&booked, &p) + 1.5).abs() < 1e-9 && !wants_ticket(&booked, &p));
    }

    #[test]
    fn unusable_tickets_are_not_wanted() {
        let p = ChoiceParams::default();
        for unusable in [
            TicketView { need_kwh: 0.0, ..view() },
            TicketView { willingness_to_pay: 0.8, ..view() },
            TicketView { arrival: Time::from_hours(12.1), ..view() },
            TicketView { departure: Time::from_hours(12.4), ..view() },
        ] {
            assert!(!wants_ticket(&unusable, &p), "{unusable:?}");
        }
    }
}
