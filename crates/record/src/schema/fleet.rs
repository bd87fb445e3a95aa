//! Tables `evs`, `stays` and `sessions`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, NameList, Table, TableSpec};
use std::borrow::Cow;

table!(EVS: Evs, evs, "EV", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key32 "ev_id" [""] Delta "The EV, from 1." = r.ev.0;
    text "name" [""] Dictionary "What the person is called in the table of people or the recorded sessions; empty where nobody is named." = r.name;
    id32 "zone_id" [""] Dictionary "Home zone." = r.zone.0;
    id32 "home_bus" [""] Dictionary "Home bus of the feeder." = r.home_bus.0;
    name(Segments) "segment" [""] Dictionary "Fleet segment." = r.segment;
    name(VehicleClasses) "vehicle_class" [""] Dictionary "Vehicle class." = r.vehicle_class;
    real "battery_kwh" ["kWh"] Dictionary "Nominal battery capacity." = r.battery_kwh;
    real "charge_kw" ["kW"] Dictionary "Charging power limit at the pile." = r.charge_kw;
    real "discharge_kw" ["kW"] Dictionary "Discharging power limit at the pile; 0 without V2G." = r.discharge_kw;
    real "charge_efficiency" ["1"] Dictionary "Energy stored per energy metered at the pile." = r.charge_efficiency;
    real "discharge_efficiency" ["1"] Dictionary "Energy metered at the pile per energy taken from the battery." = r.discharge_efficiency;
    flag "v2g" [""] Plain "Whether the user lets the battery be discharged." = r.v2g;
    flag "participates" [""] Plain "Whether its user follows the set points that the aggregator of a microgrid sends; false outside of a group." = r.participates;
    key32 "behaviour_class" [""] Dictionary "Component of the Gaussian mixture, from 0." = r.behaviour_class;
    maybe_real "willingness_to_pay_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Price above which the user does not charge." = r.willingness_to_pay;
    maybe_real "preferred_time_h" ["h"] ByteStreamSplit "Preferred local hour of the day, 0 to 24." = r.preferred_time_h;
    name(Behaviours) "behaviour" [""] Dictionary "Behaviour model in force." = r.behaviour;
});

table!(STAYS: Stays, stays, "parking stay", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "stay_id" [""] Delta "The stay." = r.stay.0;
    id32 "ev_id" [""] Dictionary "The EV." = r.ev.0;
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    id32 "bus_id" [""] Dictionary "The bus of the feeder." = r.bus.0;
    name(Segments) "segment" [""] Dictionary "Fleet segment of the EV." = r.segment;
    maybe_time "planned_arrival" [""] Delta "Arrival as planned." = r.planned_arrival;
    maybe_time "arrival" [""] Delta "Arrival as it happened." = r.arrival;
    maybe_time "planned_departure" [""] Delta "Departure as planned." = r.planned_departure;
    maybe_time "departure" [""] Delta "Departure as it happened; null while the stay is open." = r.departure;
    maybe_real "soc_arrival" ["1"] ByteStreamSplit "State of charge on arrival, share of nominal capacity." = r.soc_arrival;
    maybe_real "soc_target" ["1"] Dictionary "State of charge wanted at departure." = r.soc_target;
    maybe_real "soc_departure" ["1"] Dictionary "State of charge at departure." = r.soc_departure;
    maybe_real "driven_kwh" ["kWh"] ByteStreamSplit "Energy driven since the last stay." = r.driven_kwh;
    maybe_real "energy_needed_kwh" ["kWh"] ByteStreamSplit "Energy that was missing to the target on arrival." = r.energy_needed_kwh;
    maybe_real "energy_charged_kwh" ["kWh"] ByteStreamSplit "Energy charged, at the pile." = r.energy_charged_kwh;
    maybe_real "energy_discharged_kwh" ["kWh"] Dictionary "Energy discharged, at the pile." = r.energy_discharged_kwh;
    maybe_real "unmet_kwh" ["kWh"] Dictionary "Energy still missing to the target at departure." = r.unmet_kwh;
    maybe_real "hassle_cny" ["CNY"] Dictionary "Hassle of requests, grabbed tickets and cancellations." = r.borne.hassle_cny;
    maybe_real "earliness_cny" ["CNY"] Dictionary "Coming earlier than the deadline asks, at its value." = r.borne.earliness_cny;
    maybe_real "shift_cny" ["CNY"] ByteStreamSplit "Charging away from the preferred hour, at its value." = r.borne.shift_cny;
    maybe_real "crowding_cny" ["CNY"] Dictionary "More vehicles charging than are tolerated, at their value." = r.borne.crowding_cny;
    maybe_real "keeping_cny" ["CNY"] Dictionary "Cost of keeping a booking although the plan had changed." = r.borne.keeping_cny;
    maybe_real "trip_cny" ["CNY"] Dictionary "Value of trips that were not made." = r.borne.trip_cny;
    maybe_real "unmet_cny" ["CNY"] Dictionary "`unmet_kwh` at its value." = r.borne.unmet_cny;
    maybe_real "owner_wear_cny" ["CNY"] Dictionary "Wear of the battery by discharging, borne by its owner." = r.borne.owner_wear_cny;
    maybe_real "waiting_min" ["min"] Dictionary "Time parked without a pile while one was wanted." = r.waiting_min;
    maybe_real "soh_loss" ["1"] ByteStreamSplit "State of health lost during the stay, share of nominal capacity." = r.soh_loss;
    maybe_word(UserType) "user_type" [""] Dictionary "Charging behaviour by the kinds of period it touches." = r.user_type;
});

table!(SESSIONS: Sessions, sessions, "plug-in", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "session_id" [""] Delta "The session." = r.session.0;
    id64 "stay_id" [""] Delta "The stay during which it happened." = r.stay.0;
    id64 "booking_id" [""] Delta "The booking served; null for a walk-in." = r.booking.0;
    id32 "ev_id" [""] Dictionary "The EV." = r.ev.0;
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    id32 "pile_id" [""] Dictionary "The charging pile." = r.pile.0;
    time "arrival" [""] Delta "Plugged in." = r.arrival;
    maybe_time "departure" [""] Delta "Unplugged; null while plugged in." = r.departure;
    maybe_real "soc_arrival" ["1"] ByteStreamSplit "State of charge when plugged in." = r.soc_arrival;
    maybe_real "soc_departure" ["1"] Dictionary "State of charge when unplugged." = r.soc_departure;
    maybe_real "energy_charged_kwh" ["kWh"] ByteStreamSplit "Energy charged, at the pile." = r.energy_charged_kwh;
    maybe_real "energy_discharged_kwh" ["kWh"] Dictionary "Energy discharged, at the pile." = r.energy_discharged_kwh;
});

table!(STRATEGIES: Strategies, strategies, "EV and day: what a user who learns has learnt by its end", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    time "t" [""] Delta "The midnight that ends the day." = r.t;
    id32 "ev_id" [""] Dictionary "The EV." = r.ev.0;
    id32 "zone_id" [""] Dictionary "Its home zone." = r.zone.0;
    name(Segments) "segment" [""] Dictionary "Fleet segment." = r.segment;
    word(DayStrategy) "strategy" [""] Dictionary "Strategy drawn last (model `learning`)." = r.strategy;
    maybe_real "attraction_honour_cny" ["CNY"] ByteStreamSplit "Attraction of booking and coming." = r.attraction_cny[0];
    maybe_real "attraction_cancel_early_cny" ["CNY"] ByteStreamSplit "Attraction of booking and cancelling soon." = r.attraction_cny[1];
    maybe_real "attraction_cancel_late_cny" ["CNY"] ByteStreamSplit "Attraction of booking and cancelling late." = r.attraction_cny[2];
    maybe_real "attraction_no_show_cny" ["CNY"] ByteStreamSplit "Attraction of booking and staying away." = r.attraction_cny[3];
    maybe_real "attraction_hoard_cny" ["CNY"] ByteStreamSplit "Attraction of holding several bookings." = r.attraction_cny[4];
    maybe_real "attraction_wait_for_tickets_cny" ["CNY"] ByteStreamSplit "Attraction of waiting for tickets." = r.attraction_cny[5];
    maybe_real "norm" ["1"] ByteStreamSplit "What is left of the norm to honour a booking (model `norms`)." = r.norm;
    maybe_real "credence" ["1"] ByteStreamSplit "Share of the refund that is expected." = r.credence;
    maybe_real "surprise_cny" ["CNY"] ByteStreamSplit "What past bookings brought beyond what was expected of them." = r.surprise_cny;
    key32 "bookings" [""] Dictionary "Bookings learnt from so far." = r.bookings;
    key32 "defaults" [""] Dictionary "Those of them defaulted or cancelled late." = r.defaults;
});
