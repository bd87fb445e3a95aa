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
    /// A day on which a ticket was waited for in vain: no booking, so nothing was saved or paid.
    pub fn ticket_missed() -> Self {
        Self {
            ending: Ending::TicketMissed,
            saving_cny: 0.0,
            refund_cny: 0.0,
            full_refund_cny: 0.0,
            paid_cny: 0.0,
            late_fee_cny: 0.0,
            severe_penalty_cny: 0.0,
            hassle_cny: 0.0,
            ticket_gain_cny: 0.0,
            penalties_in_force: false,
        }
    }
}
