//! Table `facts`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, Table, TableSpec};
use std::borrow::Cow;

table!(FACTS: Facts, facts, "thing that happened", sorted ["run_id", "seq"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    time "t" [""] Delta "When it happened (simulated time, UTC)." = r.t;
    rank "seq" [""] Delta "Rank among all facts of the run, from 0, counted before any filter on kinds.";
    word(FactKind) "kind" [""] Dictionary "What happened." = r.kind;
    word(Actor) "actor" [""] Dictionary "Who acted." = r.actor;
    key32 "actor_id" [""] Dictionary "Number of the actor among its kind: EV, zone, price area, feeder." = r.actor_id;
    id32 "zone_id" [""] Dictionary "Where; null for the centre." = r.zone.0;
    id32 "ev_id" [""] Dictionary "The EV concerned." = r.ev.0;
    id32 "pile_id" [""] Dictionary "The charging pile concerned." = r.pile.0;
    id64 "stay_id" [""] Dictionary "The stay concerned, from its plan on: a stay that has not begun when the run ends has no row in `stays`." = r.stay.0;
    id64 "session_id" [""] Dictionary "The plug-in concerned." = r.session.0;
    id64 "request_id" [""] Dictionary "The request for slots concerned, or by which the booking concerned was asked for; null for a booking won by a ticket." = r.request.0;
    id64 "booking_id" [""] Dictionary "The booking concerned." = r.booking.0;
    id64 "reservation_id" [""] Dictionary "The booked period concerned." = r.reservation.0;
    id64 "ticket_id" [""] Dictionary "The ticket concerned." = r.ticket.0;
    id64 "trade_id" [""] Dictionary "The zonal trade concerned." = r.trade.0;
    maybe_time "period_start" [""] Dictionary "Start of the settlement period concerned." = r.period_start;
    optional_word(Direction) "direction" [""] Dictionary "Which way the energy flows, seen from the vehicle." = r.direction;
    maybe_real "energy_kwh" ["kWh"] ByteStreamSplit "Energy at the pile." = r.energy;
    maybe_real "power_kw" ["kW"] Dictionary "Power at the pile." = r.power;
    maybe_real "price_cny_per_kwh" ["CNY/kWh"] Dictionary "Price concerned." = r.price;
    maybe_real "amount_cny" ["CNY"] ByteStreamSplit "Money concerned." = r.amount;
    maybe_word(Detail) "detail" [""] Dictionary "Qualifier of the kind." = r.detail;
});
