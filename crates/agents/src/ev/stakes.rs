//! What a user has at stake with a booking, as it knows the rules and the prices.

use super::{Ev, EvCx, Held};
use domain::Direction;
use market::PenaltyBase;
use population::AtStake;

impl Ev {
    /// `scale alpha B x reserved energy` of P3 eq. 2, without k, as the user expects it \[CNY\].
    fn penalty_unit(&self, h: &Held, cx: &EvCx) -> f64 {
        let penalty = cx.terms(self, h).penalty;
        if !penalty.enabled {
            return 0.0;
        }
        let n = (h.end - h.start) as u32;
        let base = match (cx.board.filter(|b| b.window(h.start, n).is_some()), penalty.base) {
            (Some(board), _) => board.mean_penalty_base(h.start, n),
            (None, PenaltyBase::RealPrice | PenaltyBase::ReservationPrice) => {
                penalty.alpha(cx.env.is_peak(h.start)) * h.price
            }
        };
        let own = cx.segment(self).treatments.penalty_scale.unwrap_or(1.0);
        penalty.scale * own * base * h.energy_kwh
    }

    /// What coming late, or never, puts at stake: nothing is paid for a breach where there is none.
    pub(super) fn at_stake(&self, h: &Held, cx: &EvCx) -> AtStake {
        let (market, terms) = (&cx.env.market, cx.terms(self, h));
        AtStake {
            unit_cny: if market.breach.enabled { self.penalty_unit(h, cx) } else { 0.0 },
            forfeit_cny: terms.refund.forfeit_share * h.prepaid_cny()
                + terms.penalty.no_show_fee_cny(&market.breach),
        }
    }

    /// What cancelling a booking late costs, as the user expects it \[CNY\].
    pub(super) fn late_fee_cny(&self, h: &Held, cx: &EvCx) -> f64 {
        let terms = cx.terms(self, h);
        let minor = if terms.cancellation.late_costs_minor_breach {
            terms.penalty.k[0] * self.penalty_unit(h, cx)
        } else {
            0.0
        };
        minor + terms.cancellation.late_cny
    }

    /// What cancelling a booking now would cost, as the user expects it \[CNY\].
    pub(super) fn cancel_fee_cny(&self, h: &Held, cx: &EvCx) -> f64 {
        let cancellation = cx.terms(self, h).cancellation;
        let late = cx.env.grid.start(h.start) - cx.out.now < cancellation.late_window;
        if late { self.late_fee_cny(h, cx) } else { cancellation.early_fee_share * h.prepaid_cny() }
    }
}

impl Held {
    /// What was paid in advance \[CNY\]; nothing for a sale.
    pub fn prepaid_cny(&self) -> f64 {
        match self.direction {
            Direction::Charge => self.price * self.energy_kwh,
            Direction::Discharge => 0.0,
        }
    }
}
