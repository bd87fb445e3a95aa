//! Tables `reservations` and `tickets`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, NameList, Table, TableSpec};
use std::borrow::Cow;

table!(RESERVATIONS: Reservations, reservations, "booked period", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "reservation_id" [""] Delta "The booked period." = r.reservation.0;
    id64 "booking_id" [""] Delta "The booking it belongs to." = r.booking.0;
    id64 "request_id" [""] Delta "The request by which it was asked for; null if it was won by a ticket." = r.request.0;
    id64 "stay_id" [""] Delta "The stay for which it was booked." = r.stay.0;
    id32 "ev_id" [""] Dictionary "The EV." = r.ev.0;
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    id32 "pile_id" [""] Dictionary "The charging pile." = r.pile.0;
    name(Segments) "segment" [""] Dictionary "Fleet segment of the EV." = r.segment;
    time "made_at" [""] Delta "When it was confirmed." = r.made_at;
    time "period_start" [""] Dictionary "Start of the booked period." = r.period_start;
    time "period_end" [""] Dictionary "End of the booked period." = r.period_end;
    word(Direction) "direction" [""] Dictionary "Which way the energy flows, seen from the vehicle." = r.direction;
    real "reserved_kwh" ["kWh"] Dictionary "Energy booked." = r.reserved_kwh;
    maybe_real "energy_kwh" ["kWh"] Dictionary "Energy delivered, at the pile." = r.energy_kwh;
    maybe_real "price_cny_per_kwh" ["CNY/kWh"] Dictionary "Reservation price (discharge: price paid to the user)." = r.price;
    money "prepaid_cny" ["CNY"] Dictionary "Prepaid when booked." = r.prepaid;
    word(ReservationStatus) "status" [""] Dictionary "How it ended." = r.status;
    maybe_time "cancelled_at" [""] Delta "When it was cancelled." = r.cancelled_at;
    maybe_time "plugged_at" [""] Delta "When the booking's vehicle was plugged in." = r.plugged_at;
    word(BreachGrade) "breach" [""] Dictionary "How late the vehicle was; repeated on every row of the booking." = r.breach;
    money "penalty_cny" ["CNY"] Dictionary "Penalty for this period." = r.penalty;
    maybe_real "real_price_cny_per_kwh" ["CNY/kWh"] Dictionary "Real price of the period." = r.real_price;
    money "refund_cny" ["CNY"] Dictionary "Refund of the surplus of the reservation price over the real price." = r.refund;
    money "returned_cny" ["CNY"] Dictionary "Prepayment returned for energy that was not delivered." = r.returned;
    money "forfeited_cny" ["CNY"] Dictionary "Prepayment forfeited." = r.forfeited;
    money "revenue_cny" ["CNY"] Dictionary "Prepayment earned: prepaid - refund - returned - forfeited." = r.revenue;
    money "discharge_paid_cny" ["CNY"] Dictionary "Paid to the user for discharged energy." = r.discharge_paid;
    id64 "ticket_id" [""] Dictionary "Ticket by which the row was won; null if booked." = r.ticket.0;
});

table!(TICKETS: Tickets, tickets, "ticket (one per contiguous freed remainder)", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "ticket_id" [""] Delta "The ticket." = r.ticket.0;
    id64 "booking_id" [""] Delta "The booking that was freed." = r.booking.0;
    time "offered_at" [""] Delta "When it was offered." = r.offered_at;
    word(TicketCause) "cause" [""] Dictionary "Why the slots came free." = r.cause;
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    id32 "pile_id" [""] Dictionary "The charging pile." = r.pile.0;
    time "period_start" [""] Dictionary "Start of the first freed period." = r.period_start;
    time "period_end" [""] Dictionary "End of the last freed period." = r.period_end;
    maybe_real "energy_kwh" ["kWh"] Dictionary "Energy offered." = r.energy_kwh;
    maybe_real "price_cny_per_kwh" ["CNY/kWh"] Dictionary "Ticket price." = r.price;
    key32 "notices" [""] Dictionary "How many EVs were told." = r.notices;
    key32 "grabs" [""] Dictionary "How many EVs tried to take it." = r.grabs;
    id32 "winner_ev_id" [""] Dictionary "The EV that got it; null if it expired." = r.winner.0;
    id64 "winner_booking_id" [""] Dictionary "The new booking; its rows in reservations are new." = r.winner_booking.0;
    maybe_time "awarded_at" [""] Delta "When it was awarded." = r.awarded_at;
    maybe_real "latency_s" ["s"] ByteStreamSplit "From offer to award." = r.latency_s;
    word(TicketStatus) "status" [""] Dictionary "How it ended." = r.status;
});
