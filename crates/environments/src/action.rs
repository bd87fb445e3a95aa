//! What an agent sets: levers, each moved by numbers between -1 and 1.

use simulation::Steering;

/// Something that an agent sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lever {
    /// Reservation price, from `pricing.floor` (-1) to `pricing.cap_share` times the retail tariff of
    /// the period (1) \[CNY/kWh\].
    ReservationPrice,
    /// Discharge price in periods of deficit, from 0 (-1) to the avoided cost (1) \[CNY/kWh\].
    DischargePrice,
    /// Ticket price, from the expected real price (-1) to the reservation price (1) \[CNY/kWh\].
    TicketPrice,
}

impl Lever {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ReservationPrice, Self::DischargePrice, Self::TicketPrice];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReservationPrice => "reservation_price",
            Self::DischargePrice => "discharge_price",
            Self::TicketPrice => "ticket_price",
        }
    }

    /// The lever of a name.
    ///
    /// ```
    /// use environments::Lever;
    /// assert!(Lever::ALL.iter().all(|l| Lever::named(l.name()) == Some(*l)));
    /// assert_eq!(Lever::named("colour"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }
}

/// An action as the pricing agent takes it: `knots` numbers for each lever, in the order of `levers`.
/// What lies beyond -1 or 1 is taken as -1 or 1.
pub(crate) fn steering(levers: &[Lever], knots: usize, action: &[f32]) -> Steering {
    let mut steering = Steering::default();
    for (lever, numbers) in levers.iter().zip(action.chunks(knots.max(1))) {
        let positions = numbers.iter().map(|&a| f64::midpoint(f64::from(a.clamp(-1.0, 1.0)), 1.0));
        let slot = match lever {
            Lever::ReservationPrice => &mut steering.reservation,
            Lever::DischargePrice => &mut steering.discharge,
            Lever::TicketPrice => &mut steering.ticket,
        };
        slot.extend(positions);
    }
    steering
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_between_minus_1_and_1_are_positions_between_0_and_1() {
        let levers = [Lever::TicketPrice, Lever::ReservationPrice];
        let s = steering(&levers, 2, &[-1.0, 0.0, 1.0, 7.0]);
        assert_eq!(
            (s.ticket, s.reservation, s.discharge),
            (vec![0.0, 0.5], vec![1.0, 1.0], vec![])
        );
    }
}
