//! Tables `ledger`, `accounts` and `prices`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, Table, TableSpec};
use std::borrow::Cow;

table!(LEDGER: Ledger, ledger, "transfer", sorted ["run_id", "entry"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    time "t" [""] Delta "When the money moved." = r.t;
    rank "entry" [""] Delta "Rank of the transfer in the run, from 0.";
    key64 "debit_account" [""] Dictionary "Account that pays (accounts.account_id)." = r.debit.0;
    key64 "credit_account" [""] Dictionary "Account that receives (accounts.account_id)." = r.credit.0;
    word(Purpose) "purpose" [""] Dictionary "What for." = r.purpose;
    key64 "amount_ucny" ["uCNY"] Dictionary "Amount in millionths of a CNY, above 0." = r.amount.0;
    id64 "reservation_id" [""] Dictionary "The booked period concerned." = r.reservation.0;
    id64 "ticket_id" [""] Dictionary "The ticket concerned." = r.ticket.0;
    id64 "trade_id" [""] Dictionary "The zonal trade concerned." = r.trade.0;
});

table!(ACCOUNTS: Accounts, accounts, "account", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    key64 "account_id" [""] Delta "The account." = r.account.0;
    word(AccountKind) "kind" [""] Dictionary "Whose kind of account it is." = r.kind;
    id32 "owner_id" [""] Delta "Number of the owner among its kind (EV, zone); null where there is only one." = r.owner;
    key64 "opening_ucny" ["uCNY"] Dictionary "Balance when the record opened, millionths of a CNY." = r.opening.0;
    key64 "closing_ucny" ["uCNY"] Delta "Balance when the record closed, millionths of a CNY." = r.closing.0;
});

table!(PRICES: Prices, prices, "zone, period and publication; only where a price changed, and one more row per period at its settlement with the real price alone", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    time "period_start" [""] Delta "Start of the period priced." = r.period_start;
    time "published_at" [""] Delta "When the price was published." = r.published_at;
    maybe_real "reservation_price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Price of a booked kWh." = r.reservation;
    maybe_real "discharge_price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Price paid to the user for a discharged kWh." = r.discharge;
    maybe_real "ticket_price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Price of a kWh on a ticket." = r.ticket;
    maybe_real "ev_price_cny_per_kwh" ["CNY/kWh"] Dictionary "In a feeder whose demand answers to prices: the floated price that EVs pay." = r.ev_price;
    maybe_real "grid_price_cny_per_kwh" ["CNY/kWh"] Dictionary "What a kWh costs an EV outside of bookings; in a group the coordinator's price, on rows of its own." = r.grid;
    maybe_real "interval_low_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Lower end of the interval of real prices." = r.interval_low;
    maybe_real "interval_high_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Upper end of the interval of real prices." = r.interval_high;
    maybe_real "expected_real_price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Real price that users are told to expect." = r.expected_real;
    maybe_real "real_price_cny_per_kwh" ["CNY/kWh"] ByteStreamSplit "Real price; only on the row of the period's settlement, where the others are null." = r.real;
});
