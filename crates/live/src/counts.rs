//! What happened so far, counted.

use domain::{BreachGrade, Detail, Fact, FactKind, LedgerRow, Purpose};
use serde_json::{Value, json};

/// Facts by kind, breaches by grade, money by purpose.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    facts: Vec<u64>,
    breaches: [u64; 3],
    money_ucny: Vec<i128>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            facts: vec![0; FactKind::ALL.len()],
            breaches: [0; 3],
            money_ucny: vec![0; Purpose::ALL.len()],
        }
    }
}

impl Counts {
    /// Takes the facts and transfers of a window.
    pub fn take(&mut self, facts: &[Fact], ledger: &[LedgerRow]) {
        for f in facts {
            self.facts[f.kind as usize] += 1;
            if f.kind == FactKind::Breach {
                match f.detail {
                    Detail::Minor => self.breaches[0] += 1,
                    Detail::Moderate => self.breaches[1] += 1,
                    Detail::Severe => self.breaches[2] += 1,
                    _ => {}
                }
            }
        }
        for row in ledger {
            self.money_ucny[row.purpose as usize] += i128::from(row.amount.0);
        }
    }

    /// How many facts of a kind there were.
    fn of(&self, kind: FactKind) -> u64 {
        self.facts[kind as usize]
    }

    /// What the page shows: groups of figures with their words; a group without any is left out.
    pub fn json(&self) -> Value {
        use FactKind as K;
        let n = |kind: FactKind| json!(self.of(kind));
        let grade = |at: usize| json!(self.breaches[at]);
        let grades = [BreachGrade::Minor, BreachGrade::Moderate, BreachGrade::Severe];
        let [minor, moderate, severe] = grades.map(|g| format!("breach, {}", g.word()));
        let groups = [
            (
                "Bookings",
                vec![
                    ("requested".to_owned(), n(K::ReservationRequested)),
                    ("confirmed".to_owned(), n(K::ReservationConfirmed)),
                    ("rejected".to_owned(), n(K::ReservationRejected)),
                    ("reminded".to_owned(), n(K::ReminderSent)),
                    ("cancelled".to_owned(), n(K::Cancelled)),
                    ("settled".to_owned(), n(K::Settled)),
                ],
            ),
            (
                "Breaches",
                vec![
                    (minor, grade(0)),
                    (moderate, grade(1)),
                    (severe, grade(2)),
                    ("penalties".to_owned(), n(K::Penalty)),
                ],
            ),
            (
                "Tickets",
                vec![
                    ("offered".to_owned(), n(K::TicketOffered)),
                    ("grabbed".to_owned(), n(K::TicketGrabbed)),
                    ("awarded".to_owned(), n(K::TicketAwarded)),
                    ("expired".to_owned(), n(K::TicketExpired)),
                ],
            ),
            (
                "Vehicles",
                vec![
                    ("arrived".to_owned(), n(K::Arrived)),
                    ("plugged in as booked".to_owned(), n(K::PluggedIn)),
                    ("plugged in without a booking".to_owned(), n(K::WalkIn)),
                    ("unplugged".to_owned(), n(K::Unplugged)),
                    ("left short of energy".to_owned(), n(K::EnergyShort)),
                ],
            ),
            (
                "Zonal trades",
                vec![
                    ("requested".to_owned(), n(K::TradeRequested)),
                    ("admitted".to_owned(), n(K::TradeAdmitted)),
                    ("refused".to_owned(), n(K::TradeRefused)),
                    ("delivered".to_owned(), n(K::TradeDelivered)),
                    ("targets missed".to_owned(), n(K::TargetMissed)),
                ],
            ),
        ];
        let some = |rows: &[(String, Value)]| rows.iter().any(|(_, v)| *v != json!(0));
        let groups = groups.iter().filter(|(_, rows)| some(rows)).map(|(name, rows)| {
            let rows: Vec<_> = rows.iter().map(|(words, v)| json!([words, v])).collect();
            json!({ "name": name, "rows": rows })
        });
        json!({ "groups": groups.collect::<Vec<_>>(), "money": self.money() })
    }

    /// Money that was moved, by purpose \[CNY\].
    fn money(&self) -> Vec<Value> {
        let all = Purpose::ALL.iter().zip(&self.money_ucny).filter(|(_, sum)| **sum != 0);
        all.map(|(p, sum)| json!([p.word().replace('_', " "), *sum as f64 / 1e6])).collect()
    }
}
