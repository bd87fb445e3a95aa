//! The period that ends: delivered energy, refunds (eq. 1), penalties (eq. 2), payments for
//! discharging and walking in.

use super::{Aggregator, Booking, Cx, PeriodUse, Site};
use crate::message::{BookingRef, Message, ToUser};
use crate::outbox::sender;
use crate::policies::PenaltyView;
use domain::{
    BreachGrade, Detail, Direction, FactKind, Kwh, MicroCny, Phase, Price, Purpose, ReservationRow,
    ReservationStatus, Time,
};
use market::settlement::{Division, divide, refund};
use market::{Account, PenaltyBase, WalkInPrice};
use serde::{Deserialize, Serialize};

/// What the generation agent says of the period that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeriodPrices {
    /// Real price R \[CNY/kWh\].
    pub real: f64,
    /// Realised avoided cost: the dearest source in use \[CNY/kWh\].
    pub avoided: f64,
    /// What energy outside of bookings costs an EV at the tariff, or at its microgrid's price
    /// \[CNY/kWh\].
    pub walk_in: f64,
}

/// Energy of all plug-ins of the zone in the period that ended \[kWh at the piles\].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeriodEnergy {
    /// Charged.
    pub charged_kwh: f64,
    /// Discharged.
    pub discharged_kwh: f64,
}

/// On a feeder set points change when trades are made: one entry per plug-in and direction, with
/// the last set point.
fn merge(uses: &mut Vec<PeriodUse>) {
    uses.sort_by_key(|u| (u.place, u.booking, u.power_kw < 0.0));
    uses.dedup_by(|next, kept| {
        let same = (next.place, next.booking, next.power_kw < 0.0)
            == (kept.place, kept.booking, kept.power_kw < 0.0);
        if same {
            kept.power_kw = next.power_kw;
            kept.charged_kwh += next.charged_kwh;
            kept.discharged_kwh += next.discharged_kwh;
            kept.replace_kwh += next.replace_kwh;
            kept.least_pay = kept.least_pay.max(next.least_pay);
            kept.user_type = next.user_type;
        }
        same
    });
}

impl Aggregator {
    /// Counts the energy of every plug-in up to now; the period's sums.
    pub fn close_period(&mut self, cx: &Cx) -> PeriodEnergy {
        for pile in 0..self.piles.len() {
            if let Some(session) = self.piles[pile].occupant {
                self.count(session, cx.out.now, cx);
            }
        }
        let sum = |f: fn(&PeriodUse) -> f64| self.uses.iter().map(f).sum::<f64>();
        PeriodEnergy {
            charged_kwh: sum(|u| u.charged_kwh),
            discharged_kwh: sum(|u| u.discharged_kwh),
        }
    }

    /// Settles period `k`, of which the prices are known now.
    pub fn settle(&mut self, k: i64, prices: PeriodPrices, cx: &mut Cx) {
        let start = cx.env.grid.start(k);
        let mut uses = std::mem::take(&mut self.uses);
        if cx.env.feeder().is_some() {
            merge(&mut uses);
        }
        for u in &uses {
            self.pay_use(k, start, u, prices, cx);
        }
        self.uses = uses;
        self.uses.clear();
        for key in self.bookings.begun(k) {
            self.settle_booking(key, k, prices, cx);
        }
        self.book.forget_before(k + 1);
        self.unplug_satisfied(cx);
        self.serve_queue(cx);
    }

    /// The set-point fact of a plug-in, and what is paid outside of bookings.
    fn pay_use(&mut self, k: i64, start: Time, u: &PeriodUse, prices: PeriodPrices, cx: &mut Cx) {
        let direction = if u.power_kw >= 0.0 { Direction::Charge } else { Direction::Discharge };
        let kwh = u.charged_kwh + u.discharged_kwh;
        let fact = self
            .fact(cx.out, FactKind::SetPoint)
            .ev(u.ev)
            .pile(u.pile)
            .stay(u.stay)
            .session(u.session)
            .request(u.request)
            .booking(u.booking)
            .period(start)
            .direction(direction);
        cx.out.fact(fact.energy(kwh).power(u.power_kw.abs()).detail(u.user_type.into()));
        if u.booked.is_none() {
            let price = match cx.policy.walk_in.price {
                WalkInPrice::Tariff => Price(prices.walk_in),
                WalkInPrice::Real => Price(prices.real),
            };
            let amount = MicroCny::from_cny(Kwh(u.charged_kwh) * price);
            if let Some(bill) = self.bill_of(u.place) {
                *bill += amount;
                return;
            }
            cx.pay(Account::Ev(u.place), Account::Operator, Purpose::WalkIn, amount);
            // Discharged by a vehicle without a booking: the owner is paid the price of energy now,
            // and at least what it costs.
            let worth = cx.env.retail(k).value().max(u.least_pay);
            let amount = MicroCny::from_cny(domain::Cny(u.discharged_kwh * worth));
            cx.pay(Account::Operator, Account::Ev(u.place), Purpose::V2gPayment, amount);
        } else if u.replace_kwh > 0.0 {
            // Discharged inside a charging booking: the owner is paid the avoided cost less the
            // booking's price of the energy that replaces it, and at least the wear.
            let c = u.booked.and_then(|b| self.bookings.get(b)).map_or(0.0, |b| b.price);
            let net = (u.discharged_kwh * prices.avoided - u.replace_kwh * c)
                .max(u.discharged_kwh * u.least_pay);
            let amount = MicroCny::from_cny(domain::Cny(net));
            cx.pay(Account::Operator, Account::Ev(u.place), Purpose::V2gPayment, amount);
        }
    }

    fn settle_booking(&mut self, key: BookingRef, k: i64, prices: PeriodPrices, cx: &mut Cx) {
        let site = self.site();
        let Some(b) = self.bookings.get_mut(key) else { return };
        if let Some(row) = usize::try_from(k - b.start).ok().and_then(|i| b.rows.get_mut(i)) {
            (row.real, row.avoided) = (prices.real, prices.avoided);
        }
        if b.grade.is_none() {
            return;
        }
        let last = (k.min(b.end - 1) - b.start) as u32;
        let done = k >= b.end - 1;
        while b.settled <= last {
            site.settle_row(b, cx);
        }
        if done && let Some(b) = self.bookings.remove(key) {
            self.finish(&b, cx);
        }
    }

    /// All periods have passed: what is left of the prepayment is divided.
    fn finish(&self, b: &Booking, cx: &mut Cx) {
        let delivered: f64 = b.rows.iter().map(|r| r.delivered_kwh).sum();
        let refunds = b.rows.iter().map(|r| r.refund).sum();
        let curtailed = b.ended_as == Some(ReservationStatus::Curtailed);
        let division = if b.direction == Direction::Charge {
            let by_user = b.caused_by_user && !curtailed;
            divide(
                &cx.policy.terms_of(b.segment, b.terms).refund,
                Price(b.price),
                b.prepaid_total(),
                Kwh(b.reserved_total_kwh()),
                Kwh(delivered),
                refunds,
                by_user,
            )
        } else {
            Division::default()
        };
        if division.refund + division.returned + division.forfeited + division.revenue
            != b.prepaid_total()
        {
            cx.break_invariant(
                self.zone,
                format!("booking {}: prepaid {} is not revenue + refund + return + forfeit: {division:?}", b.id, b.prepaid_total().0),
            );
        }
        let last = b.row_id(b.rows.len() - 1, cx.env.zones);
        for (to, purpose, amount) in [
            (Account::Ev(b.place), Purpose::Return, division.returned),
            (Account::Operator, Purpose::Forfeit, division.forfeited),
            (Account::Operator, Purpose::Revenue, division.revenue),
        ] {
            cx.pay(Account::Escrow, to, purpose, amount).about(last);
        }
        let status = b.ended_as.unwrap_or(ReservationStatus::Fulfilled);
        self.write_rows(b, status, Time::NONE, division, cx);
        let penalties: MicroCny = b.rows.iter().map(|r| r.penalty).sum();
        Self::tell_settled(b, status, delivered, division.refund, penalties, cx);
    }

    /// Tells the user that all is paid.
    pub(super) fn tell_settled(
        b: &Booking,
        status: ReservationStatus,
        delivered_kwh: f64,
        refund: MicroCny,
        paid: MicroCny,
        cx: &mut Cx,
    ) {
        let Some(booking) = b.key else { return };
        let (refund_cny, paid_cny) = (refund.cny().value() as f32, paid.cny().value() as f32);
        let message = Message::User(
            b.place,
            ToUser::Settled {
                booking,
                status,
                delivered_kwh: delivered_kwh as f32,
                refund_cny,
                paid_cny,
            },
        );
        cx.out.send(cx.out.now + cx.env.latency.floor, Phase::Deliver, sender::AGGREGATOR, message);
    }

    /// Writes the rows of a booking. What stands for the booking as a whole (return, forfeit,
    /// revenue) stands on the last row.
    pub(super) fn write_rows(
        &self,
        b: &Booking,
        status: ReservationStatus,
        cancelled_at: Time,
        d: Division,
        cx: &mut Cx,
    ) {
        if !cx.out.recording {
            return;
        }
        let grid = cx.env.grid;
        for (i, row) in b.rows.iter().enumerate() {
            let period = b.start + i as i64;
            let once =
                |amount: MicroCny| if i + 1 == b.rows.len() { amount } else { MicroCny::ZERO };
            cx.out.rows.reservations.push(ReservationRow {
                reservation: b.row_id(i, cx.env.zones),
                booking: b.id,
                request: b.request,
                stay: b.stay,
                ev: b.ev,
                zone: self.zone,
                pile: self.pile_id(b.pile),
                segment: b.segment,
                made_at: b.made_at,
                period_start: grid.start(period),
                period_end: grid.end(period),
                direction: b.direction,
                reserved_kwh: b.reserved_kwh,
                energy_kwh: row.delivered_kwh,
                price: b.price,
                prepaid: b.prepaid,
                status,
                cancelled_at,
                plugged_at: b.plugged_at,
                breach: b.grade.unwrap_or(BreachGrade::None),
                penalty: row.penalty,
                real_price: row.real,
                refund: row.refund,
                returned: once(d.returned),
                forfeited: once(d.forfeited),
                revenue: once(d.revenue),
                discharge_paid: row.paid,
                ticket: b.ticket,
            });
        }
    }

    /// The run ends: bookings, plug-ins stay open.
    pub fn close(&mut self, cx: &mut Cx) {
        for key in self.bookings.keys() {
            if let Some(b) = self.bookings.get(key) {
                self.write_rows(b, ReservationStatus::Open, Time::NONE, Division::default(), cx);
            }
        }
        for (_, s) in self.sessions.iter() {
            self.write_session(s, Time::NONE, cx);
        }
    }
}

impl Site {
    /// One booked period: refund and penalty of a charging booking, payment of a discharging one.
    fn settle_row(self, b: &mut Booking, cx: &mut Cx) {
        let i = b.settled as usize;
        b.settled += 1;
        let period = b.start + i as i64;
        let start = cx.env.grid.start(period);
        let id = b.row_id(i, cx.env.zones);
        let about = |fact: domain::Fact| fact.reservation(id).period(start);
        let settled = about(b.mark(self.fact(cx.out, FactKind::Settled)));
        let penalised = about(b.mark(self.fact(cx.out, FactKind::Penalty)));
        let grade = b.grade.unwrap_or(BreachGrade::None);
        let row = &mut b.rows[i];
        let real = Price(row.real);
        let terms = cx.policy.terms_of(b.segment, b.terms);
        match b.direction {
            Direction::Charge => {
                row.refund = refund(&terms.refund, Price(b.price), real, Kwh(row.delivered_kwh));
                cx.pay(Account::Escrow, Account::Ev(b.place), Purpose::Refund, row.refund)
                    .about(id);
            }
            Direction::Discharge => {
                row.paid =
                    MicroCny::from_cny(Kwh(row.delivered_kwh) * Price(b.price.max(row.avoided)));
                cx.pay(Account::Operator, Account::Ev(b.place), Purpose::V2gPayment, row.paid)
                    .about(id);
            }
        }
        let given = if b.direction == Direction::Charge { row.refund } else { row.paid };
        cx.out.fact(
            settled
                .pile(self.pile_id(b.pile))
                .direction(b.direction)
                .energy(row.delivered_kwh)
                .price(row.real)
                .amount(given.cny().value()),
        );
        let base = match terms.penalty.base {
            PenaltyBase::RealPrice => real,
            PenaltyBase::ReservationPrice => Price(b.price),
        };
        let served = period < b.curtailed_from;
        let grade = if served { grade } else { BreachGrade::None };
        let peak = cx.env.is_peak(period);
        let amount = terms.penalty.amount(grade, peak, base, Kwh(b.reserved_kwh), b.penalty_scale);
        let flat = match grade {
            BreachGrade::Severe if period == b.start => {
                terms.penalty.no_show_fee_cny(&cx.env.market.breach)
            }
            _ => 0.0,
        };
        let amount = amount + domain::Cny(flat);
        let view = PenaltyView {
            ev: b.ev,
            zone: self.zone,
            grade,
            peak,
            base: base.value(),
            reserved_kwh: b.reserved_kwh,
            own_scale: b.penalty_scale,
        };
        let asked = grade != BreachGrade::None;
        let own = if asked { cx.env.own.0.penalty(&view, amount) } else { Ok(amount) };
        row.penalty = MicroCny::from_cny(cx.out.answer(own).unwrap_or(domain::Cny::ZERO));
        if grade != BreachGrade::None && row.penalty.0 > 0 {
            cx.pay(Account::Ev(b.place), Account::Operator, Purpose::Penalty, row.penalty)
                .about(id);
            let detail = match grade {
                BreachGrade::None => Detail::None,
                BreachGrade::Minor => Detail::Minor,
                BreachGrade::Moderate => Detail::Moderate,
                BreachGrade::Severe => Detail::Severe,
            };
            cx.out.fact(
                penalised
                    .detail(detail)
                    .energy(b.reserved_kwh)
                    .price(base.value())
                    .amount(row.penalty.cny().value()),
            );
        }
    }
}
