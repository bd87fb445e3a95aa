//! Who drives: laws, behaviour classes, fleets, days, choices, responses and learning of EV users.
//!
//! Everything is a pure function over plain values. Randomness comes in as `u: &mut impl FnMut() ->
//! f64`, a source of uniform numbers in (0, 1); every function says how many it takes and inverts
//! them, so that `1 - u` gives antithetic draws.
//!
//! | noun | what it is |
//! |---|---|
//! | [`Law`] | the law of one number: normal, lognormal, wrapped on the day, mixtures, empirical, ... |
//! | [`BehaviourGmm`] | behaviour classes: the mixture of P3 eq. 28 over count, price and time |
//! | [`VehicleMix`] | power and capacity classes (P3 Table 1) |
//! | [`SegmentSpec`], [`FleetSpec`] | people who share laws, and how many there are |
//! | [`TablePerson`], [`fit_segments`] | people given as a table; segments fitted to recorded sessions |
//! | [`Person`], [`DayPlan`] | one user with a vehicle; one day of it |
//! | [`PriceView`], [`ChoiceView`], [`Choice`] | what is published, what a user knows, the window that is chosen |
//! | [`DischargeView`], [`DischargeOffer`] | selling energy |
//! | [`TicketView`] | grabbing a freed window |
//! | [`ResponseParams`], [`BookingFate`], [`LatenessRisk`] | regret, change of plan, forgetting, punctuality |
//! | [`BehaviourModel`], [`decide_attendance`], [`Experience`] | the seven behaviour models and what they remember |

// Units stand in square brackets, which rustdoc would take for links.

mod attendance;
mod behaviour_gmm;
mod choice;
mod class_names;
mod day;
mod discharge;
mod experience;
mod fit;
mod fleet;
mod joint;
mod lateness_risk;
mod law;
mod people;
mod people_columns;
mod person;
mod presets;
mod price_view;
mod response;
mod segment;
mod segment_check;
mod ticket;
mod valuation;
mod vehicle_mix;

pub use attendance::*;
pub use behaviour_gmm::{BehaviourClass, BehaviourGmm, Tastes, hour_slot, slot_hour};
pub use choice::{
    Choice, ChoiceParams, ChoiceView, WalkInOffer, alternative_utility, booking_periods,
    choose_window, feasible_starts, window_utility,
};
pub use class_names::class_names;
pub use day::{DayNeed, DayPlan, UsualDay, draw_day, draw_day_of};
pub use discharge::{DischargeOffer, DischargeView, choose_discharge};
pub use experience::{Ending, Experience, Missed, Outcome, Strategy};
pub use fit::{FitError, FitForm, FittedSegments, Session, fit_lognormal, fit_segments};
pub use fleet::{FleetError, FleetSpec, largest_remainder};
pub use joint::{JointLaw, JointPart};
pub use lateness_risk::{AtStake, BreachTerms, LatenessRisk, LengthRisk};
pub use law::{GaussianPart, Law, LawError, MixturePart, wrap_hour};
pub use people::{PeopleProblem, TablePerson, USUAL_KWH_PER_KM, people_from_columns};
pub use people_columns::{Allowed, PEOPLE_COLUMNS, PEOPLE_SAMPLE, PeopleColumn};
pub use person::{Person, draw_person};
pub use price_view::{PeriodQuote, PriceView, WindowQuote, Windows, clock_distance_h};
pub use response::{
    BookingFate, ResponseMode, ResponseParams, aimed_plug_time, latency, plug_time,
};
pub use segment::{
    BehaviourParams, DepartureLaw, KindOfDay, NeedLaw, SegmentSize, SegmentSpec, ShortestStay,
    Treatments,
};
pub use segment_check::SegmentProblem;
pub use ticket::{TicketOffer, TicketView, WithoutTicket, ticket_gain, wants_ticket};
pub use valuation::Valuation;
pub use vehicle_mix::{CapacityClass, Pairing, PowerClass, VehicleMix, VehicleMixError};
