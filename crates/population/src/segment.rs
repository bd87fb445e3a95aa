//! A segment of the fleet: people who share laws, vehicles, treatment and behaviour.

use crate::{
    AttendanceLaw, BehaviourGmm, BehaviourModel, BookingFate, ChoiceParams, JointLaw, Law,
    ResponseMode, ResponseParams, VehicleMix,
};
use serde::{Deserialize, Serialize};

/// How many EVs a segment has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SegmentSize {
    /// A share of the fleet, 0..1.
    Share(f64),
    /// A number of EVs.
    Evs(u32),
}

/// When a person leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DepartureLaw {
    /// Hour counted from the midnight of the arrival's day; above 24 for the next day.
    Hour(Law),
    /// Hour on the clock: the first such hour after the arrival.
    ClockHour(Law),
    /// Length of the stay \[h\].
    Stay(Law),
}

/// The stay below which no departure falls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ShortestStay {
    /// So many hours (our reading: 0.5).
    Hours(f64),
    /// As long as charging the day's need at full power takes (P4: departure = max(draw, arrival +
    /// charging time)).
    ChargingTime,
}

/// Energy used before an arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NeedLaw {
    /// Energy driven, out of the battery \[kWh\].
    EnergyKwh(Law),
    /// Distance driven \[km\] (P4 eq. 5) and consumption out of the battery.
    DistanceKm {
        /// Distance \[km\].
        law: Law,
        /// Consumption \[kWh/km\].
        kwh_per_km: f64,
    },
    /// Distance driven \[km\] of a full battery's range (P4 eq. 3): the state of charge on arrival
    /// is `1 - d / d_max`.
    DistanceOfRange {
        /// Distance d \[km\].
        law: Law,
        /// Range of a full battery, `d_max` \[km\].
        range_km: f64,
    },
    /// State of charge on arrival, 0..1, whatever was driven (P4 section 2).
    StartSoc(Law),
}

/// What is done differently to this segment, as an arm of an experiment. `None` leaves the market's
/// rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Treatments {
    /// Whether reminders are sent.
    pub reminder: Option<bool>,
    /// Factor on penalties.
    pub penalty_scale: Option<f64>,
    /// Whether ticket notices are sent.
    pub tickets: Option<bool>,
    /// Share of the refund that is expected before anything is learnt, 0..1.
    pub credence: Option<f64>,
}

/// How the people of a segment value, choose and respond.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BehaviourParams {
    /// Classes of tastes (P3 eq. 28).
    pub classes: BehaviourGmm,
    /// Choice of a window.
    pub choice: ChoiceParams,
    /// Regret, change of plan, forgetting, punctuality.
    pub response: ResponseParams,
    /// The behaviour model in force; the default is the control.
    pub model: BehaviourModel,
    /// Actual minus planned departure \[h\]: negative leaves early, positive stays over. None keeps
    /// to the plan.
    pub departure: Option<Law>,
}

impl BehaviourParams {
    /// Whether these people answer to penalties, fees, forfeits and reminders. In the control
    /// ([`ResponseMode::None`]) and under fixed probabilities ([`AttendanceLaw::Exogenous`]) money
    /// changes hands and behaviour stays.
    pub fn answers(&self) -> bool {
        let fixed = matches!(self.model.attendance, AttendanceLaw::Exogenous(_));
        self.response.mode == ResponseMode::Reactive && !fixed
    }
    /// Draws a booking's fate as [`ResponseParams::draw_fate`] does. The no-shows of fixed
    /// probabilities count those who forget already, so nobody forgets besides.
    pub fn draw_fate(&self, u: &mut impl FnMut() -> f64) -> BookingFate {
        let fate = self.response.draw_fate(&self.model.reminder, u);
        let fixed = matches!(self.model.attendance, AttendanceLaw::Exogenous(_));
        BookingFate { forgets: fate.forgets && !fixed, ..fate }
    }
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentSpec {
    /// Name in the tables.
    pub name: String,
    /// How many EVs.
    pub size: SegmentSize,
    /// Home zone, from 1; `None` lets the scenario spread the segment.
    pub zone: Option<u16>,
    /// Vehicles.
    pub vehicle: VehicleMix,
    /// Share that accepts V2G, 0..1 (P3: 0.72). A larger share contains the smaller.
    pub v2g_share: f64,
    /// Arrival [hour of the day].
    pub arrival: Law,
    /// Departure.
    pub departure: DepartureLaw,
    /// The stay below which no departure falls.
    pub shortest_stay: ShortestStay,
    /// Energy used before the arrival.
    pub need: NeedLaw,
    /// Arrival, stay and energy drawn together, in the place of the three laws above, which then are
    /// its parts (used where only one of them is asked for).
    pub joint: Option<JointLaw>,
    /// Probability that a day has a trip, and so an arrival, 0..1 (our reading: 1).
    pub trip_probability: f64,
    /// The same people on Saturdays and Sundays, where they come and go otherwise then.
    pub weekend: Option<Box<SegmentSpec>>,
    /// The need is at most this share of what the stay at full power allows (our reading: 0.98).
    pub need_stay_share: f64,
    /// State of charge wanted at departure, 0..1 (our reading: 0.9).
    pub target_soc: Law,
    /// State of charge below which nobody discharges or drives, 0..1 (our reading: 0.2).
    pub floor_soc: f64,
    /// How long before the planned arrival a person plans \[h\] (our reading: U(1, 12)).
    pub lead: Law,
    /// Hassle of making a reservation \[CNY\] (our reading: lognormal, median 12, sigma 0.6).
    pub hassle: Law,
    /// k of P3 eq. 8: the owner's wear cost of discharging \[CNY/kWh\] (our reading: 0.3).
    pub owner_wear_cny_per_kwh: f64,
    /// Experimental arm.
    pub treatments: Treatments,
    /// Tastes, choice, response, behaviour model.
    pub behaviour: BehaviourParams,
}

/// Which days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KindOfDay {
    /// Monday to Friday.
    Workday,
    /// Saturday and Sunday.
    Weekend,
}

impl KindOfDay {
    /// Both kinds, each with its days in a week.
    pub const ALL: [(Self, f64); 2] = [(Self::Workday, 5.0), (Self::Weekend, 2.0)];

    /// That of a day, counted from one whose weekday is given (0 is a Monday).
    ///
    /// ```
    /// use population::KindOfDay::{Weekend, Workday};
    /// // Day 0 is a Friday, 4.
    /// let kinds = [-1, 0, 1, 2, 3].map(|day| population::KindOfDay::of(day, 4));
    /// assert_eq!(kinds, [Workday, Workday, Weekend, Weekend, Workday]);
    /// ```
    pub fn of(day: i64, first_weekday: u8) -> Self {
        if (day + i64::from(first_weekday)).rem_euclid(7) < 5 {
            Self::Workday
        } else {
            Self::Weekend
        }
    }
}

impl SegmentSpec {
    /// The segment as it is on a kind of day.
    pub fn on(&self, kind: KindOfDay) -> &Self {
        match (kind, &self.weekend) {
            (KindOfDay::Weekend, Some(weekend)) => weekend,
            _ => self,
        }
    }
}
