//! Who paid whom for what.

use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};
use std::collections::{BTreeMap, HashMap};

/// Transfers by purpose, with the kinds of accounts that paid and received.
pub(super) fn money(source: &Source) -> Result<Chart, ReportError> {
    let mut kinds: HashMap<i64, String> = HashMap::new();
    source.scan("accounts", &["account_id", "kind"], |frame| {
        for (row, id) in frame.numbers("account_id").iter().enumerate() {
            let kind = frame.word("kind", row);
            // Nearly all accounts are EVs': only the others are kept.
            if kind != "ev" {
                kinds.insert(*id as i64, kind.to_owned());
            }
        }
    })?;
    let kind = |id: f64| kinds.get(&(id as i64)).map_or("ev", String::as_str);
    let mut flows: BTreeMap<(String, String, String), f64> = BTreeMap::new();
    let columns = ["debit_account", "credit_account", "purpose", "amount_ucny"];
    source.scan("ledger", &columns, |frame| {
        let (debit, credit) = (frame.numbers("debit_account"), frame.numbers("credit_account"));
        for (row, amount) in frame.numbers("amount_ucny").iter().enumerate() {
            let purpose = frame.word("purpose", row).to_owned();
            let key = (purpose, kind(debit[row]).to_owned(), kind(credit[row]).to_owned());
            *flows.entry(key).or_default() += amount / 1e6;
        }
    })?;
    let mut flows = flows.into_iter().collect::<Vec<_>>();
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
    Ok(Chart {
        name: "money",
        title: "Who paid whom, for what".to_owned(),
        note: "Sums of all transfers of the record by purpose, from the paying to the receiving \
               kind of account."
            .to_owned(),
        x: Axis::numbers("amount [CNY]"),
        y: Axis::Names { label: String::new(), names: flows.iter().map(name).collect() },
        marks,
        sql: "SELECT purpose, d.kind AS pays, c.kind AS receives, sum(amount_ucny) / 1e6 AS cny\n\
              FROM 'ledger.parquet' l JOIN 'accounts.parquet' d ON l.debit_account = d.account_id\n\
              JOIN 'accounts.parquet' c ON l.credit_account = c.account_id\n\
              GROUP BY ALL ORDER BY cny DESC"
            .to_owned(),
        height: 70 + 26 * flows.len().max(4) as u32,
    })
}
