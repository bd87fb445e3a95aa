//! Each zone as it is.

use crate::series::rounded;
use domain::{BalanceRow, Fact, FactKind, VoltageRow, ZoneId};
use serde_json::{Value, json};
use simulation::Snapshot;

/// More zones than that are not listed.
const MOST: usize = 1024;

/// What is known of a zone.
#[derive(Clone, Copy, Debug)]
struct Zone {
    seen: Snapshot,
    /// Plugged in since the snapshot, less those that were unplugged.
    plugged: i64,
    bookings: u64,
    breaches: u64,
    tickets: u64,
    target_kw: f64,
    delivered_kw: f64,
    least_pu: f64,
}

/// All zones, the first one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones(Vec<Zone>);

impl Zones {
    /// Takes what was read off all zones, the first one first.
    pub fn look(&mut self, seen: impl Iterator<Item = Snapshot>) {
        for (at, seen) in seen.take(MOST).enumerate() {
            match self.0.get_mut(at) {
                Some(zone) => (zone.seen, zone.plugged) = (seen, 0),
                None => self.0.push(Zone {
                    seen,
                    plugged: 0,
                    bookings: 0,
                    breaches: 0,
                    tickets: 0,
                    target_kw: f64::NAN,
                    delivered_kw: f64::NAN,
                    least_pu: f64::NAN,
                }),
            }
        }
    }

    fn at(&mut self, zone: ZoneId) -> Option<&mut Zone> {
        self.0.get_mut(usize::from(zone.0).wrapping_sub(1))
    }

    /// Takes the rows of a window.
    pub fn take(&mut self, facts: &[Fact], balance: &[BalanceRow], voltages: &[VoltageRow]) {
        for f in facts {
            let Some(zone) = self.at(f.zone) else { continue };
            match f.kind {
                FactKind::PluggedIn | FactKind::WalkIn => zone.plugged += 1,
                FactKind::Unplugged => zone.plugged -= 1,
                FactKind::ReservationConfirmed => zone.bookings += 1,
                FactKind::Breach => zone.breaches += 1,
                FactKind::TicketAwarded => zone.tickets += 1,
                _ => {}
            }
        }
        for row in balance {
            if let Some(zone) = self.at(row.zone) {
                (zone.target_kw, zone.delivered_kw) = (row.target_p_kw, row.delivered_p_kw);
                zone.least_pu = f64::NAN;
            }
        }
        for row in voltages {
            if let Some(zone) = self.at(row.zone) {
                zone.least_pu = zone.least_pu.min(row.v_pu);
            }
        }
    }

    /// Rows of the page's table.
    pub fn json(&self) -> Value {
        let row = |(at, z): (usize, &Zone)| {
            json!({
                "zone": at + 1,
                "p_kw": rounded(z.seen.p_kw),
                "load_kw": rounded(z.seen.load_kw),
                "ev_kw": rounded(z.seen.ev_kw),
                "plugged": (i64::from(z.seen.plugged) + z.plugged).max(0),
                "reserved_kw": rounded(z.seen.reserved_kw),
                "up_kw": rounded(z.seen.flex_up_kw),
                "down_kw": rounded(z.seen.flex_down_kw),
                "price": rounded(z.seen.reservation_price),
                "bookings": z.bookings,
                "breaches": z.breaches,
                "tickets": z.tickets,
                "target_kw": rounded(z.target_kw),
                "delivered_kw": rounded(z.delivered_kw),
                "least_pu": rounded(z.least_pu),
            })
        };
        self.0.iter().enumerate().map(row).collect()
    }
}
