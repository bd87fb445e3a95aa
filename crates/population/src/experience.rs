//! What a person carries from one day to the next.

use serde::{Deserialize, Serialize};

/// What people can do with bookings: the actions over which habits form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Strategy {
    /// Book and come.
    #[default]
    Honour,
    /// Book and cancel soon.
    CancelEarly,
    /// Book and cancel late.
    CancelLate,
    /// Book and stay away.
    NoShow,
    /// Hold several overlapping bookings and drop all but one.
    Hoard,
    /// Do not book; wait for tickets.
    WaitForTickets,
}

impl Strategy {
    /// Every strategy, in the order of [`Experience::attraction`].
    pub const ALL: [Self; 6] = [
        Self::Honour,
        Self::CancelEarly,
        Self::CancelLate,
        Self::NoShow,
        Self::Hoard,
        Self::WaitForTickets,
    ];
}

/// Memory of one person; only models that learn change it. Single precision: it is kept for every
/// EV.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// Attraction of each strategy \[CNY\].
    pub attraction: [f32; 6],
    /// Weight of past experience (EWA's N).
    pub weight: f32,
    /// Share of the refund that is expected, 0..1.
    pub credence: f32,
    /// How much of the norm to honour a booking is left, 0..1 (crowding out).
    pub norm: f32,
    /// Gain of the last ticket \[CNY\]; 0 before the first.
    pub ticket_gain_cny: f32,
    /// Bookings made.
    pub bookings: u16,
    /// Bookings breached severely or cancelled late.
    pub defaults: u16,
    /// What a booking brought beyond what was expected of it, a running mean \[CNY\]; negative if
    /// bookings disappointed.
    pub surprise_cny: f32,
    /// The strategy of the day.
    pub strategy: Strategy,
}

impl Experience {
    /// A person without a past, who expects `credence` of a refund.
    pub fn fresh(credence: f64) -> Self {
        Self {
            attraction: [0.0; 6],
            weight: 0.0,
            credence: credence as f32,
            norm: 1.0,
            ticket_gain_cny: 0.0,
            bookings: 0,
            defaults: 0,
            surprise_cny: 0.0,
            strategy: Strategy::Honour,
        }
    }
    /// Share of past bookings that were defaulted; 0 before the first.
    pub fn default_share(&self) -> f64 {
        if self.bookings == 0 { 0.0 } else { f64::from(self.defaults) / f64::from(self.bookings) }
    }
}

/// How a booking ended, for the one who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Came before the deadline.
    Honoured,
    /// Came late (minor or moderate breach).
    Late,
    /// Cancelled free of charge.
    CancelledEarly,
    /// Cancelled within the late window.
    CancelledLate,
    /// Severe breach, or never came.
    NoShow,
    /// The site could not serve the booking: nobody's default.
    Curtailed,
    /// No booking was made; a ticket was won.
    TicketWon,
    /// No booking was made; no ticket was won.
    TicketMissed,
}

/// A booking's outcome in the eyes of the one who made it: what learning takes in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Saving over walking in that honouring brought, or would have brought \[CNY\].
    pub saving_cny: f64,
    /// Refund received \[CNY\].
    pub refund_cny: f64,
    /// Refund that full credence would have expected for the energy delivered \[CNY\]; 0 if nothing
    /// was delivered.
    pub full_refund_cny: f64,
    /// Penalties and fees paid \[CNY\].
    pub paid_cny: f64,
    /// Fee of a late cancellation of this booking \[CNY\].
    pub late_fee_cny: f64,
    /// Penalty of a severe breach of this booking \[CNY\].
    pub severe_penalty_cny: f64,
    /// Hassle of having reserved \[CNY\].
    pub hassle_cny: f64,
    /// Gain of a ticket over walking in \[CNY\]; 0 without one.
    pub ticket_gain_cny: f64,
    /// Whether penalties were in force.
    pub penalties_in_force: bool,
}

impl Outcome {
    /// A day on which a ticket was waited for in vain. `missed` is what the best window that was
    /// not booked would have saved and put at stake; waiting has cost `waiting_cny`, which counts as
    /// paid.
    pub fn ticket_missed(missed: Missed, hassle_cny: f64, waiting_cny: f64) -> Self {
        Self {
            ending: Ending::TicketMissed,
            saving_cny: missed.saving_cny,
            refund_cny: 0.0,
            full_refund_cny: 0.0,
            paid_cny: waiting_cny,
            late_fee_cny: missed.late_fee_cny,
            severe_penalty_cny: missed.severe_penalty_cny,
            hassle_cny,
            ticket_gain_cny: 0.0,
            penalties_in_force: missed.severe_penalty_cny > 0.0,
        }
    }
    /// What the booking brought against walking in, hassle and payments included \[CNY\].
    pub fn received_cny(&self) -> f64 {
        match self.ending {
            Ending::Honoured | Ending::Late => self.saving_cny - self.hassle_cny - self.paid_cny,
            Ending::CancelledEarly | Ending::CancelledLate | Ending::NoShow | Ending::Curtailed => {
                -self.hassle_cny - self.paid_cny
            }
            Ending::TicketWon => self.ticket_gain_cny - self.paid_cny,
            Ending::TicketMissed => -self.paid_cny,
        }
    }
    /// What was expected of it.
    fn expected_cny(&self) -> f64 {
        self.saving_cny - self.hassle_cny
    }
}

/// What a booking that was not made would have meant \[CNY\].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// Saving over walking in.
    pub saving_cny: f64,
    /// Fee of a late cancellation.
    pub late_fee_cny: f64,
    /// Penalty of a severe breach.
    pub severe_penalty_cny: f64,
}

impl Experience {
    /// Takes in how a booking compared with what was expected of it; tickets are no bookings.
    pub(crate) fn compare(&mut self, outcome: &Outcome, rate: f64) {
        if matches!(outcome.ending, Ending::TicketWon | Ending::TicketMissed) {
            return;
        }
        let before = f64::from(self.surprise_cny);
        let surprise = outcome.received_cny() - outcome.expected_cny();
        self.surprise_cny = (before + rate * (surprise - before)) as f32;
    }
}
