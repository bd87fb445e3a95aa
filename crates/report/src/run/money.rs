//! Who paid whom for what.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::{BTreeMap, HashMap};

/// What the ledger holds, summed in one pass: it has tens of millions of rows in large runs.
pub(super) struct Transfers {
    /// Purpose, paying and receiving kind of account, amount \[currency\].
    flows: Vec<((String, String, String), f64)>,
    /// By purpose: amounts by local hour of the day \[currency\].
    pub hours: BTreeMap<String, [f64; 24]>,
}

/// Words by number, in the order in which they were first seen.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn number(&mut self, word: &str) -> usize {
        self.0.iter().position(|w| w == word).unwrap_or_else(|| {
            self.0.push(word.to_owned());
            self.0.len() - 1
        })
    }
}

impl Transfers {
    pub fn read(source: &Source) -> Result<Self, ReportError> {
        let (mut names, mut purposes) = (Words::default(), Words::default());
        let ev = names.number("ev");
        let mut kinds: HashMap<i64, usize> = HashMap::new();
        source.scan("accounts", &["account_id", "kind"], |frame| {
            for (row, id) in frame.numbers("account_id").iter().enumerate() {
                // Nearly all accounts are EVs': only the others are kept.
                let kind = names.number(frame.word("kind", row));
                if kind != ev {
                    kinds.insert(*id as i64, kind);
                }
            }
        })?;
        let kind = |id: f64| kinds.get(&(id as i64)).copied().unwrap_or(ev);
        let mut flows: BTreeMap<(usize, usize, usize), f64> = BTreeMap::new();
        let mut hours: Vec<[f64; 24]> = Vec::new();
        let columns = ["t", "debit_account", "credit_account", "purpose", "amount_ucny"];
        source.scan("ledger", &columns, |frame| {
            let (debit, credit) = (frame.numbers("debit_account"), frame.numbers("credit_account"));
            let t = frame.numbers("t");
            for (row, amount) in frame.numbers("amount_ucny").iter().enumerate() {
                let purpose = purposes.number(frame.word("purpose", row));
                *flows.entry((purpose, kind(debit[row]), kind(credit[row]))).or_default() +=
                    amount / 1e6;
                if purpose == hours.len() {
                    hours.push([0.0; 24]);
                }
                let hour = (source.hour(t[row]).rem_euclid(24.0) as usize).min(23);
                hours[purpose][hour] += amount / 1e6;
            }
        })?;
        let word = |words: &Words, n: usize| words.0[n].clone();
        let flows = flows.into_iter().map(|((p, from, to), sum)| {
            ((word(&purposes, p), word(&names, from), word(&names, to)), sum)
        });
        Ok(Self { flows: flows.collect(), hours: purposes.0.iter().cloned().zip(hours).collect() })
    }
}

/// Transfers by purpose, with the kinds of accounts that paid and received.
pub(super) fn money(source: &Source, transfers: &Transfers) -> Chart {
    let mut flows = transfers.flows.clone();
    flows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let most = flows.last().map_or(0.0, |f| f.1);
    let bars = flows.iter().enumerate().map(|(y, (_, v))| {
        let y = y as f64;
        [0.0, *v, y - 0.38, y + 0.38]
    });
    let words = flows.iter().enumerate();
    let words = words.map(|(y, (_, v))| ([v + 0.035 * most, y as f64], format!("{v:.0}")));
    let marks = vec![
        Mark::new("", Colour::Grid, Shape::Boxes(bars.collect())),
        Mark::new("", Colour::Ink, Shape::Words(words.collect())),
    ];
    let name = |((purpose, from, to), _): &((String, String, String), f64)| {
        format!("{}: {from} to {to}", purpose.replace('_', " "))
    };
    Chart {
        name: "money",
        title: "Who paid whom, for what".to_owned(),
        note: "Sums of all transfers of the record by purpose, from the paying to the receiving \
               kind of account."
            .to_owned(),
        x: Axis::numbers(format!("amount [{}]", source.currency())),
        y: Axis::Names { label: String::new(), names: flows.iter().map(name).collect() },
        marks,
        sql: "SELECT purpose, d.kind AS pays, c.kind AS receives, sum(amount_ucny) / 1e6 AS cny\n\
              FROM 'ledger.parquet' l JOIN 'accounts.parquet' d ON l.debit_account = d.account_id\n\
              JOIN 'accounts.parquet' c ON l.credit_account = c.account_id\n\
              GROUP BY ALL ORDER BY cny DESC"
            .to_owned(),
        height: 70 + 26 * flows.len().max(4) as u32,
    }
}
