//! Facts, read back from their table.

use super::run::read_batches;
use crate::provenance::START_KEY;
use crate::{RecordError, Table};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use domain::{Actor, Detail, Direction, Fact, FactKind, Phase, Time};
use domain::{
    BookingId, EvId, PileId, RequestId, ReservationId, SessionId, StayId, TicketId, TradeId, ZoneId,
};
use std::path::Path;

/// A fact as it stands in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedFact {
    /// The run.
    pub run_id: i64,
    /// Rank within the run.
    pub seq: i64,
    /// The fact. Its phase is not in the table and reads [`Phase::Deliver`].
    pub fact: Fact,
}

/// The facts of a run or study that `keep` accepts, in the table's order; times count from the
/// scenario's start.
///
/// # Errors
/// [`RecordError::Io`] if the table was not written or cannot be read; [`RecordError::Parquet`] if
/// it is damaged; [`RecordError::Content`] if it is not a table of facts of this version.
pub fn read_facts(
    directory: &Path,
    keep: impl Fn(&RecordedFact) -> bool,
) -> Result<Vec<RecordedFact>, RecordError> {
    let path = directory.join(Table::Facts.file_name());
    let mut facts = Vec::new();
    for batch in read_batches(&path)? {
        let batch = batch_facts(&batch?)
            .map_err(|message| RecordError::content(&path, None, None, message))?;
        facts.extend(batch.into_iter().filter(&keep));
    }
    Ok(facts)
}

fn batch_facts(batch: &RecordBatch) -> Result<Vec<RecordedFact>, String> {
    let start = start_utc_us(batch)?;
    let run_id = numbers::<Int64Type>(batch, "run_id", 0)?;
    let seq = numbers::<Int64Type>(batch, "seq", 0)?;
    let t = numbers::<TimestampMicrosecondType>(batch, "t", i64::MIN)?;
    let period_start = numbers::<TimestampMicrosecondType>(batch, "period_start", i64::MIN)?;
    let kind = words(batch, "kind", FactKind::from_word)?;
    let actor = words(batch, "actor", Actor::from_word)?;
    let direction = words(batch, "direction", Direction::from_word)?;
    let detail = words(batch, "detail", Detail::from_word)?;
    let [actor_id, zone, ev, pile] = ["actor_id", "zone_id", "ev_id", "pile_id"]
        .map(|name| numbers::<Int32Type>(batch, name, 0));
    let (actor_id, zone, ev, pile) = (actor_id?, zone?, ev?, pile?);
    let [booking, reservation, ticket, trade] =
        ["booking_id", "reservation_id", "ticket_id", "trade_id"]
            .map(|name| numbers::<Int64Type>(batch, name, 0));
    let (booking, reservation, ticket, trade) = (booking?, reservation?, ticket?, trade?);
    let [stay, session, request] =
        ["stay_id", "session_id", "request_id"].map(|name| numbers::<Int64Type>(batch, name, 0));
    let (stay, session, request) = (stay?, session?, request?);
    let [energy, power, price, amount] =
        ["energy_kwh", "power_kw", "price_cny_per_kwh", "amount_cny"]
            .map(|name| numbers::<Float64Type>(batch, name, f64::NAN));
    let (energy, power, price, amount) = (energy?, power?, price?, amount?);
    let time = |us: i64| if us == i64::MIN { Time::NONE } else { Time(us - start) };
    let fact = |i: usize| {
        Some(Fact {
            t: time(t[i]),
            phase: Phase::Deliver,
            kind: kind[i]?,
            actor: actor[i]?,
            direction: direction[i],
            detail: detail[i].unwrap_or(Detail::None),
            zone: ZoneId(zone[i] as u16),
            actor_id: actor_id[i] as u32,
            ev: EvId(ev[i] as u32),
            pile: PileId(pile[i] as u32),
            stay: StayId(stay[i]),
            session: SessionId(session[i]),
            request: RequestId(request[i]),
            booking: BookingId(booking[i]),
            reservation: ReservationId(reservation[i]),
            ticket: TicketId(ticket[i]),
            trade: TradeId(trade[i]),
            period_start: time(period_start[i]),
            energy: energy[i],
            power: power[i],
            price: price[i],
            amount: amount[i],
        })
    };
    let recorded =
        |i: usize| fact(i).map(|fact| RecordedFact { run_id: run_id[i], seq: seq[i], fact });
    (0..batch.num_rows())
        .map(recorded)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| "a fact has no kind or no actor".to_owned())
}

/// The scenario's start, from the file's metadata.
fn start_utc_us(batch: &RecordBatch) -> Result<i64, String> {
    let schema = batch.schema();
    let start = schema
        .metadata()
        .get(START_KEY)
        .ok_or_else(|| format!("the file's metadata has no `{START_KEY}`"))?;
    start
        .parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_microsecond)
        .map_err(|e| format!("`{START_KEY}` = {start}: {e}"))
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array, String> {
    batch
        .column_by_name(name)
        .map(AsRef::as_ref)
        .ok_or_else(|| format!("there is no column `{name}`"))
}

/// A column's numbers, with `null` in the place of nulls.
fn numbers<T: ArrowPrimitiveType>(
    batch: &RecordBatch,
    name: &str,
    null: T::Native,
) -> Result<Vec<T::Native>, String> {
    let array = column(batch, name)?
        .as_primitive_opt::<T>()
        .ok_or_else(|| format!("column `{name}` has another type"))?;
    if array.null_count() == 0 {
        return Ok(array.values().to_vec());
    }
    Ok(array.iter().map(|x| x.unwrap_or(null)).collect())
}

/// A column's words; none for null.
fn words<W: Copy>(
    batch: &RecordBatch,
    name: &str,
    of: impl Fn(&str) -> Option<W>,
) -> Result<Vec<Option<W>>, String> {
    let wrong = || format!("column `{name}` has another type");
    let array = column(batch, name)?.as_dictionary_opt::<Int32Type>().ok_or_else(wrong)?;
    let texts = array.values().as_string_opt::<i32>().ok_or_else(wrong)?;
    let known = texts.iter().map(|text| text.and_then(&of)).collect::<Vec<_>>();
    let word = |key: Option<i32>| {
        key.map_or(Ok(None), |k| {
            known[k as usize].map(Some).ok_or_else(|| unknown_word(name, texts.value(k as usize)))
        })
    };
    array.keys().iter().map(word).collect()
}

fn unknown_word(column: &str, word: &str) -> String {
    format!("column `{column}`: `{word}` is not a word of this version")
}
