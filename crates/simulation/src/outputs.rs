//! What a partner outside reads off a zone.

use agents::Snapshot;

/// A figure of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Net consumption at the connection \[MW\].
    PMw,
    /// Reactive power of its load; on a feeder of its buses \[Mvar\].
    QMvar,
    /// Net consumption at the connection \[kW\].
    PKw,
    /// Energy taken at the connection since the start \[kWh\].
    EnergyKwh,
    /// Vehicles plugged in.
    Plugged,
    /// Power that bookings reserve in the period at hand \[kW\].
    ReservedKw,
    /// How much more the plugged-in vehicles could take \[kW\].
    FlexUpKw,
    /// How much less they could take, discharging included \[kW\].
    FlexDownKw,
    /// Published reservation price of the period at hand \[CNY/kWh\].
    ReservationPrice,
    /// Real price of the last settled period \[CNY/kWh\].
    RealPrice,
    /// Breaches of bookings since the start.
    Breaches,
    /// Tickets awarded since the start.
    TicketsAwarded,
}

impl Output {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::PMw,
        Self::QMvar,
        Self::PKw,
        Self::EnergyKwh,
        Self::Plugged,
        Self::ReservedKw,
        Self::FlexUpKw,
        Self::FlexDownKw,
        Self::ReservationPrice,
        Self::RealPrice,
        Self::Breaches,
        Self::TicketsAwarded,
    ];

    /// Its name, unit last.
    pub fn name(self) -> &'static str {
        match self {
            Self::PMw => "p_mw",
            Self::QMvar => "q_mvar",
            Self::PKw => "p_kw",
            Self::EnergyKwh => "energy_kwh",
            Self::Plugged => "plugged",
            Self::ReservedKw => "reserved_kw",
            Self::FlexUpKw => "flex_up_kw",
            Self::FlexDownKw => "flex_down_kw",
            Self::ReservationPrice => "reservation_price",
            Self::RealPrice => "real_price",
            Self::Breaches => "breaches",
            Self::TicketsAwarded => "tickets_awarded",
        }
    }

    /// The figure of a name.
    ///
    /// ```
    /// use simulation::Output;
    /// assert!(Output::ALL.iter().all(|o| Output::from_name(o.name()) == Some(*o)));
    /// assert_eq!(Output::from_name("p_w"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }

    /// Its value, where net consumption is `p_kw` and its reactive part `q_kvar`.
    pub(crate) fn of(self, seen: &Snapshot, p_kw: f64, q_kvar: f64) -> f64 {
        match self {
            Self::PMw => p_kw / 1000.0,
            Self::QMvar => q_kvar / 1000.0,
            Self::PKw => p_kw,
            Self::EnergyKwh => seen.energy_kwh,
            Self::Plugged => f64::from(seen.plugged),
            Self::ReservedKw => seen.reserved_kw,
            Self::FlexUpKw => seen.flex_up_kw,
            Self::FlexDownKw => seen.flex_down_kw,
            Self::ReservationPrice => seen.reservation_price,
            Self::RealPrice => seen.real_price,
            Self::Breaches => seen.breaches as f64,
            Self::TicketsAwarded => seen.tickets_awarded as f64,
        }
    }
}
