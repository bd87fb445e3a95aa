//! What an agent sets: levers, each moved by numbers between -1 and 1.

use crate::course::Scope;
use crate::error::EnvironmentError;
use agents::{Environment, Input, Zone};
use domain::{Span, ZoneId};
use market::{Applies, Change, MarketRules, PolicyKey, Setting};
use simulation::{Simulation, Steering};

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
    /// `penalty.scale` of bookings confirmed from then on, from 0 (-1) over 1 (0) to 2 (1).
    PenaltyScale,
    /// `reminder.lead_min`, from 0 (-1) over 60 (0) to 120 (1), in whole minutes.
    ReminderLead,
    /// On a feeder, one number for each zone of the agent: the net consumption that the zone keeps to
    /// in the period, from its forecast load less own plant (-1) to that and the power of all its
    /// piles (1) \[kW\]. It takes the place of the DSO's target.
    ZoneTarget,
}

/// Largest factor on penalties.
const MOST_SCALE: f64 = 2.0;
/// Longest lead of a reminder \[min\].
const MOST_LEAD_MIN: f64 = 120.0;

impl Lever {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ReservationPrice,
        Self::DischargePrice,
        Self::TicketPrice,
        Self::PenaltyScale,
        Self::ReminderLead,
        Self::ZoneTarget,
    ];
    /// Those of prices.
    pub const PRICES: [Self; 3] = [Self::ReservationPrice, Self::DischargePrice, Self::TicketPrice];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReservationPrice => "reservation_price",
            Self::DischargePrice => "discharge_price",
            Self::TicketPrice => "ticket_price",
            Self::PenaltyScale => "penalty_scale",
            Self::ReminderLead => "reminder_lead",
            Self::ZoneTarget => "zone_target",
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

    /// Of how many numbers it takes from an agent of so many zones, whose prices have so many knots.
    pub(crate) fn numbers(self, knots: usize, zones: usize) -> usize {
        match self {
            Self::ReservationPrice | Self::DischargePrice | Self::TicketPrice => knots,
            Self::PenaltyScale | Self::ReminderLead => 1,
            Self::ZoneTarget => zones,
        }
    }

    /// Why it would move nothing in a scenario, if that is so.
    pub(crate) fn idle(self, env: &Environment) -> Option<&'static str> {
        match self {
            Self::PenaltyScale if !env.market.penalty.enabled => {
                Some("`penalty_scale` moves nothing here: set `penalty.enabled`")
            }
            Self::ReminderLead if !env.market.reminder.enabled => {
                Some("`reminder_lead` moves nothing here: set `reminder.enabled`")
            }
            Self::ZoneTarget if env.feeder().is_none() => {
                Some("`zone_target` is for feeders: take a scenario whose model is one")
            }
            _ => None,
        }
    }
}

/// What an agent's numbers ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Orders {
    pub steering: Steering,
    pub penalty_scale: Option<f64>,
    pub reminder_lead: Option<Span>,
    /// By zone of the agent: the share of its piles' power that it may take.
    pub targets: Vec<f64>,
}

/// An action as the agents take it, numbers in the order of `levers`. What lies beyond -1 or 1 is
/// taken as -1 or 1.
pub(crate) fn orders(levers: &[Lever], knots: usize, zones: usize, action: &[f32]) -> Orders {
    let (mut orders, mut rest) = (Orders::default(), action);
    for &lever in levers {
        let (numbers, after) = rest.split_at(lever.numbers(knots, zones).min(rest.len()));
        rest = after;
        let mut positions =
            numbers.iter().map(|&a| f64::midpoint(f64::from(a.clamp(-1.0, 1.0)), 1.0));
        match lever {
            Lever::ReservationPrice => orders.steering.reservation.extend(positions),
            Lever::DischargePrice => orders.steering.discharge.extend(positions),
            Lever::TicketPrice => orders.steering.ticket.extend(positions),
            Lever::PenaltyScale => orders.penalty_scale = positions.next().map(|p| p * MOST_SCALE),
            Lever::ReminderLead => {
                let minutes = positions.next().map(|p| (p * MOST_LEAD_MIN).round());
                orders.reminder_lead = minutes.map(Span::from_minutes);
            }
            Lever::ZoneTarget => orders.targets.extend(positions),
        }
    }
    orders
}

/// Gives the rules the values that are asked for, where they differ from those in force.
pub(crate) fn amend(
    sim: &mut Simulation,
    scope: Scope,
    penalty_scale: Option<f64>,
    reminder_lead: Option<Span>,
) -> Result<(), EnvironmentError> {
    let Some(rules) = in_force(sim, scope) else { return Ok(()) };
    let (mut wanted, mut settings) = (MarketRules::default(), Vec::new());
    if let Some(scale) = penalty_scale.filter(|scale| *scale != rules.penalty.scale) {
        wanted.penalty.scale = scale;
        settings.push(Setting { key: PolicyKey::PenaltyScale, value: format!("{scale:?}") });
    }
    if let Some(lead) = reminder_lead.filter(|lead| *lead != rules.reminder.lead) {
        wanted.reminder.lead = lead;
        let value = format!("{:?}", lead.minutes());
        settings.push(Setting { key: PolicyKey::ReminderLead, value });
    }
    if settings.is_empty() {
        return Ok(());
    }
    let change = Change::new(settings, wanted, Applies::New, None);
    let change = change.map_err(|e| EnvironmentError::Spec(e.to_string()))?;
    Ok(sim.amend(sim.next_instant(), scope.steered(), change)?)
}

/// The rules that an agent's zones go by.
pub(crate) fn in_force(sim: &Simulation, scope: Scope) -> Option<&MarketRules> {
    sim.world().zones().find(|zone| scope.has(zone.id)).map(|zone| &**zone.policy)
}

/// Holds the zones of an agent to targets: their forecast net consumption in the period at hand, and
/// a share of the power of their piles.
pub(crate) fn hold(
    sim: &mut Simulation,
    scope: Scope,
    shares: &[f64],
) -> Result<(), EnvironmentError> {
    let env = &sim.world().shared().env;
    let (k, pile_kw) = (env.grid.ceil(sim.now()), env.market.access.pile_kw);
    let piles = sim.world().piles();
    let target = |(zone, share): (&Zone, &f64)| {
        let [load, pv, wind] = env.forecast_kw(zone.id.0, k, k);
        let most = pile_kw * f64::from(piles[usize::from(zone.id.0) - 1]);
        (zone.id, load - pv - wind - zone.desk.diesel_kw() + share * most)
    };
    let zones = sim.world().zones().filter(|zone| scope.has(zone.id));
    let targets: Vec<(ZoneId, f64)> = zones.zip(shares).map(target).collect();
    for (zone, kw) in targets {
        sim.inject(sim.next_instant(), zone, Input::TargetPKw(kw))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_between_minus_1_and_1_are_positions_between_0_and_1() {
        let levers = [Lever::TicketPrice, Lever::ReservationPrice];
        let s = orders(&levers, 2, 1, &[-1.0, 0.0, 1.0, 7.0]).steering;
        assert_eq!(
            (s.ticket, s.reservation, s.discharge),
            (vec![0.0, 0.5], vec![1.0, 1.0], vec![])
        );
    }

    #[test]
    fn rules_take_one_number_and_targets_one_for_each_zone() {
        let levers = [Lever::ReminderLead, Lever::ZoneTarget, Lever::PenaltyScale];
        let o = orders(&levers, 4, 3, &[0.0, -1.0, 0.0, 1.0, 0.5]);
        assert_eq!(o.reminder_lead, Some(Span::HOUR));
        assert_eq!(o.targets, [0.0, 0.5, 1.0]);
        assert_eq!(o.penalty_scale, Some(1.5));
    }
}
