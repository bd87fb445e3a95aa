//! The page that stands beside objects of OCPI: what they are, what is ours, what is lost.

use super::objects::amount;
use super::words::{COUNTRY, OPERATOR, OcpiVersion, PROVIDER};
use super::{OcpiExport, Written};
use std::fmt::Write;

const STATUSES: &str = "
## Bookings

| `reservation_status` | when |
|---|---|
| PENDING | requested and not answered when the record ended |
| RESERVED | confirmed and not over when the record ended |
| REJECTED | rejected; the end of the slot is estimated from the energy asked for (`gridflock.period_end_estimated`) |
| CANCELED by EMSP, UNKNOWN | cancelled by the user |
| CANCELED by CPO | curtailed: BROKEN_CHARGER in an outage, BLOCKED by a vehicle that stayed; POWER_OUTAGE does not occur, as an import limit does not end bookings |
| FULFILLED | came, in time or late (`gridflock.breach`: none, minor, moderate) |
| NO_SHOW | nobody came, or too late: `gridflock.no_show` is `never_came` or `turned_away` |

FAILED and UNKNOWN do not occur. A booking won by a ticket is one of its own (`gridflock.ticket_id`), and the one that was freed keeps its
end. `authorization_reference` joins bookings, sessions and CDRs; a booking won by a ticket was not asked for
and has its own name as `request_id`; what was asked for before the record opened counts as received when it was confirmed.
";

const CDRS: &str = "
## Sessions and CDRs

- A CDR stands for every plug-in and every booking that moved energy or money. One without `session_id` is of a booking that nobody used
  (`connector_id` is `#NA`), that was cancelled at a fee, or that had ended as the record opened.
- `gridflock_amount_ucny` is what the user paid, exactly, in millionths of the currency; `total_cost` is the same to four decimals. It covers
  the transfers of the record: a session with `gridflock.began_before_record` may have cost more before, one with `gridflock.open` goes on.
- `gridflock.ledger_ucny` holds the transfers by purpose. Prepayment, refund of the surplus, returns and forfeits have no field in OCPI.
- `total_reservation_cost` is penalties, cancellation fees and forfeits; `total_energy_cost` the rest, negative where energy was sold.
- Energy fed back is negative ENERGY; sessions also tell ENERGY_IMPORT and ENERGY_EXPORT, which OCPI keeps out of CDRs.
- Of a session with `gridflock.began_before_record` the periods before the record are not known: one charging period holds its net energy,
  so that ENERGY_IMPORT and ENERGY_EXPORT both leave out what was charged and fed back again; `gridflock.charged_kwh` and
  `gridflock.discharged_kwh` tell both.
- TIME is time in which energy flowed, PARKING_TIME the rest of the plug-in, whatever the reason. RESERVATION_TIME is booked time,
  RESERVATION_EXPIRES booked time before the vehicle came, RESERVATION_OVERTIME time after the booked end.
- Where a CDR has `tariffs`, they give its cost before refunds and penalties, but for rounding.
- Times are cut to milliseconds, as the field of OCPI is too short for microseconds; numbers have four decimals.
";

const PLACES: &str = "
## Placeholders

A scenario has no addresses: `city` is its name, coordinates are 0, the connector follows from the power of the charge points, users have app
tokens. There are no taxes (`tax_included` is `N/A`). Local times of restrictions are those of the scenario's offset from UTC
(`gridflock.utc_offset_min` of a booking location).
";

/// Of a run.
pub fn of_run(scenario: &str, version: OcpiVersion, e: &OcpiExport, currency: &str) -> String {
    let mut text = head(scenario, version, &e.written);
    if version == OcpiVersion::V230 {
        text.push_str(STATUSES);
    }
    text.push_str(CDRS);
    text.push_str(PLACES);
    let _ = write!(
        text,
        "\n## Sums\n\n| | millionths | |\n|---|--:|--:|\n| paid by users, by the ledger | {} | {} |\n| `gridflock_amount_ucny` of all CDRs | {} | {} |\n",
        e.paid_ucny,
        amount(e.paid_ucny, currency),
        e.cdr_ucny,
        amount(e.cdr_ucny, currency),
    );
    lose(&mut text, &e.lost);
    text
}

/// Of a scenario.
pub fn of_scenario(scenario: &str, version: OcpiVersion, e: &OcpiExport) -> String {
    let mut text = head(scenario, version, &e.written);
    text.push_str(PLACES);
    lose(&mut text, &e.lost);
    text
}

fn head(scenario: &str, version: OcpiVersion, written: &[Written]) -> String {
    let mut text = format!(
        "# {scenario} in the words of charge point operators\n\n{}, JSON Lines: one object a line. The operator is {COUNTRY}*{OPERATOR}, the provider of all users {COUNTRY}*{PROVIDER}. Made by gridflock.\n\n| file | objects |\n|---|--:|\n",
        version.title()
    );
    for w in written {
        let _ = writeln!(text, "| {} | {} |", w.file, w.rows);
    }
    text
}

fn lose(text: &mut String, lost: &[String]) {
    if lost.is_empty() {
        return;
    }
    text.push_str("\n## What OCPI has no words for\n\n");
    for what in lost {
        let _ = writeln!(text, "- {what}");
    }
}
