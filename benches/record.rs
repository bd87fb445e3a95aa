//! CPU time of writing tables: ns per row of each table and over an EV-day's mix of rows, with
//! realistic values, from rows in memory to closed and hashed files; beside it the Parquet
//! library's own Arrow writer, from Arrow columns to memory.

use arrow_array::RecordBatch;
use domain::{
    AccountId, Actor, BookingId, Borne, BranchRow, BreachGrade, BusId, Detail, Direction, EvId,
    Fact, FactKind, LedgerRow, MicroCny, Names, Phase, PileId, Purpose, RequestId, ReservationId,
    ReservationRow, ReservationStatus, SessionId, SessionRow, StayId, StayRow, TicketId, Time,
    TradeId, UserType, VoltageRow, ZoneId,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding as Parquet, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use record::{Encoding, Provenance, Rows, RunTables, Selection, Table, TableOptions, read_table};
use std::time::Instant;

/// A small generator, so that the bench needs no other crate.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

const EVS: u64 = 3000;
const ROWS: usize = 1 << 20;
const CHUNK: usize = 8192;

fn fact(i: usize, d: &mut Draw) -> Fact {
    let period = (i * 96 / ROWS) as i64 * 900_000_000;
    let t = Time(period + (i as i64 % 900) * 1_000_000 + d.below(1000) as i64);
    let ev = EvId(1 + d.below(EVS) as u32);
    let booking = BookingId(1 + (i as i64 / 10));
    match d.below(20) {
        0..8 => Fact::new(
            Time(period),
            Phase::Settle,
            FactKind::SetPoint,
            Actor::Aggregator,
            1,
            ZoneId(1),
        )
        .ev(ev)
        .pile(PileId(1 + d.below(300) as u32))
        .booking(booking)
        .period(Time(period - 900_000_000))
        .direction(Direction::Charge)
        .energy(1.75 * d.unit())
        .power(7.0),
        8..15 => Fact::new(
            Time(period),
            Phase::Settle,
            FactKind::Settled,
            Actor::Aggregator,
            1,
            ZoneId(1),
        )
        .ev(ev)
        .pile(PileId(1 + d.below(300) as u32))
        .booking(booking)
        .reservation(ReservationId(i as i64))
        .period(Time(period - 900_000_000))
        .direction(Direction::Charge)
        .energy(1.75 * d.unit())
        .price(0.8 + 0.01 * d.below(40) as f64)
        .amount(d.unit()),
        15 => {
            Fact::new(t, Phase::Deliver, FactKind::ReservationRequested, Actor::Ev, ev.0, ZoneId(1))
                .ev(ev)
                .booking(booking)
                .detail(Detail::Booked)
        }
        16 => Fact::new(
            t,
            Phase::Deliver,
            FactKind::ReservationConfirmed,
            Actor::Aggregator,
            1,
            ZoneId(1),
        )
        .ev(ev)
        .booking(booking)
        .amount(d.unit()),
        17 => Fact::new(t, Phase::Deliver, FactKind::PluggedIn, Actor::Ev, ev.0, ZoneId(1))
            .ev(ev)
            .pile(PileId(1 + d.below(300) as u32)),
        18 => Fact::new(t, Phase::Deliver, FactKind::Unplugged, Actor::Ev, ev.0, ZoneId(1))
            .ev(ev)
            .pile(PileId(1 + d.below(300) as u32)),
        _ => Fact::new(t, Phase::Deliver, FactKind::Cancelled, Actor::Ev, ev.0, ZoneId(1))
            .ev(ev)
            .booking(booking)
            .detail(Detail::Early),
    }
}

fn ledger(i: usize, d: &mut Draw) -> LedgerRow {
    LedgerRow {
        t: Time((i * 96 / ROWS) as i64 * 900_000_000),
        phase: Phase::Settle,
        debit: AccountId(1),
        credit: AccountId(if d.below(3) == 0 { 10 + d.below(EVS) as i64 } else { 2 }),
        purpose: if d.below(3) == 0 { Purpose::Refund } else { Purpose::Revenue },
        amount: MicroCny(1 + d.below(2_000_000) as i64),
        reservation: ReservationId(i as i64 / 2),
        ticket: TicketId(0),
        trade: TradeId(0),
    }
}

fn reservation(i: usize, d: &mut Draw) -> ReservationRow {
    let period = (i * 96 / ROWS) as i64 * 900_000_000;
    let price = 0.8 + 0.01 * d.below(40) as f64;
    let prepaid = MicroCny((1.75e6 * price) as i64);
    let refund = MicroCny(d.below(200_000) as i64);
    ReservationRow {
        reservation: ReservationId(1 + i as i64),
        booking: BookingId(1 + i as i64 / 8),
        request: RequestId(1 + i as i64 / 8),
        stay: StayId(1 + i as i64 / 8),
        ev: EvId(1 + d.below(EVS) as u32),
        zone: ZoneId(1),
        pile: PileId(1 + d.below(300) as u32),
        segment: 0,
        made_at: Time(period - d.below(40_000_000_000) as i64),
        period_start: Time(period),
        period_end: Time(period + 900_000_000),
        direction: Direction::Charge,
        reserved_kwh: 1.75,
        energy_kwh: 1.75 * d.unit(),
        price,
        prepaid,
        status: ReservationStatus::Fulfilled,
        cancelled_at: Time::NONE,
        plugged_at: Time(period - d.below(3_000_000_000) as i64),
        breach: BreachGrade::None,
        penalty: MicroCny(0),
        real_price: 0.7 + 0.001 * (period / 900_000_000) as f64,
        refund,
        returned: MicroCny(0),
        forfeited: MicroCny(0),
        revenue: prepaid - refund,
        discharge_paid: MicroCny(0),
        ticket: TicketId(0),
    }
}

fn stay(i: usize, d: &mut Draw) -> StayRow {
    let t = (i * 96 / ROWS) as i64 * 900_000_000;
    StayRow {
        stay: StayId(1 + i as i64),
        ev: EvId(1 + d.below(EVS) as u32),
        zone: ZoneId(1),
        bus: BusId(0),
        segment: 0,
        planned_arrival: Time(t - d.below(40_000_000_000) as i64),
        arrival: Time(t - d.below(40_000_000_000) as i64),
        planned_departure: Time(t),
        departure: Time(t + d.below(900_000_000) as i64),
        soc_arrival: d.unit(),
        soc_target: 0.9,
        soc_departure: d.unit(),
        driven_kwh: d.unit(),
        energy_needed_kwh: d.unit(),
        energy_charged_kwh: d.unit(),
        energy_discharged_kwh: 0.0,
        unmet_kwh: 0.0,
        borne: Borne { hassle_cny: d.unit(), earliness_cny: d.unit(), ..Borne::default() },
        waiting_min: 0.0,
        soh_loss: d.unit() * 1e-4,
        user_type: UserType::Two,
    }
}

fn session(i: usize, d: &mut Draw) -> SessionRow {
    let t = (i * 96 / ROWS) as i64 * 900_000_000;
    SessionRow {
        session: SessionId(1 + i as i64),
        stay: StayId(1 + i as i64),
        booking: BookingId(1 + i as i64),
        ev: EvId(1 + d.below(EVS) as u32),
        zone: ZoneId(1),
        pile: PileId(1 + d.below(300) as u32),
        arrival: Time(t - d.below(10_000_000_000) as i64),
        departure: Time(t + d.below(900_000_000) as i64),
        soc_arrival: d.unit(),
        soc_departure: d.unit(),
        energy_charged_kwh: d.unit(),
        energy_discharged_kwh: 0.0,
    }
}

fn voltage(i: usize, d: &mut Draw) -> VoltageRow {
    VoltageRow {
        bus: BusId(1 + i as u32 % 33),
        zone: ZoneId(1 + (i as u16 % 33) / 8),
        period_start: Time((i / 33) as i64 * 900_000_000),
        v_pu: 0.95 + 0.05 * d.unit(),
        angle_rad: 0.01 * d.unit(),
        p_kw: 100.0 * d.unit(),
        q_kvar: 50.0 * d.unit(),
    }
}

fn branch(i: usize, d: &mut Draw) -> BranchRow {
    BranchRow {
        from: BusId(1 + i as u32 % 32),
        to: BusId(2 + i as u32 % 32),
        period_start: Time((i / 32) as i64 * 900_000_000),
        p_kw: 100.0 * d.unit(),
        q_kvar: 50.0 * d.unit(),
        current_a: 80.0 * d.unit(),
        loss_kw: d.unit(),
    }
}

fn chunks<R>(
    rows: usize,
    make: impl Fn(usize, &mut Draw) -> R,
    put: impl Fn(&mut Rows, Vec<R>),
) -> Vec<Rows> {
    let mut draw = Draw(7);
    let all = (0..rows).collect::<Vec<_>>();
    all.chunks(CHUNK)
        .map(|chunk| {
            let mut batch = Rows::default();
            put(&mut batch, chunk.iter().map(|i| make(*i, &mut draw)).collect());
            batch
        })
        .collect()
}

/// CPU time of this thread [s], which other processes do not disturb; wall-clock time where the
/// kernel does not tell.
fn cpu_s(begin: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.map_or_else(|| begin.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// The smallest CPU time of some repetitions [s].
fn least(repetitions: usize, mut work: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let once = |_| {
        let start = cpu_s(begin);
        work();
        cpu_s(begin) - start
    };
    (0..repetitions).map(once).fold(f64::INFINITY, f64::min)
}

fn options(tables: &[Table]) -> TableOptions {
    let names = Names { segments: vec!["all".into()], ..Names::default() };
    let provenance = Provenance {
        scenario: "bench".into(),
        seed: 1,
        version: "0".into(),
        utc_offset_min: 480,
        start_utc_us: 0,
        currency: "CNY".into(),
        names,
    };
    TableOptions { selection: Selection::of(tables), ..TableOptions::new(provenance) }
}

/// The peer: the Parquet library's own writer with the same encodings, from columns that are
/// already there.
fn write_by_library(table: Table, batches: &[RecordBatch]) -> usize {
    let level = ZstdLevel::try_new(1).expect("1 is a level of zstd");
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(262_144));
    for column in table.columns() {
        let path = ColumnPath::from(column.name.to_string());
        properties = match column.encoding {
            Encoding::Delta => properties.set_column_encoding(path, Parquet::DELTA_BINARY_PACKED),
            Encoding::ByteStreamSplit => {
                properties.set_column_encoding(path, Parquet::BYTE_STREAM_SPLIT)
            }
            Encoding::Dictionary => properties.set_column_dictionary_enabled(path, true),
            Encoding::Plain => properties,
        };
    }
    let schema = batches[0].schema();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties.build()))
        .expect("the schema can be written");
    for batch in batches {
        writer.write(batch).expect("memory can be written");
    }
    writer.into_inner().expect("memory can be written").len()
}

fn measure(name: &str, tables: &[Table], batches: &[Rows]) {
    // `cargo bench --bench record -- stays` measures what has this in its name.
    if std::env::args().skip(1).any(|wanted| !wanted.starts_with('-') && !name.contains(&wanted)) {
        return;
    }
    let rows = batches.iter().map(Rows::count).sum::<usize>() as f64;
    let directory = std::env::temp_dir().join(format!("gridflock-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("the temporary directory can be written");
    let mut bytes = 0;
    let ours = least(4, || {
        let mut run =
            RunTables::create(&directory, &options(tables)).expect("files can be created");
        for batch in batches {
            run.append(0, batch).expect("rows can be written");
        }
        bytes = run.close().expect("files can be closed").iter().map(|f| f.bytes).sum();
    });
    let written = tables
        .iter()
        .map(|t| (*t, read_table(&directory, *t).expect("the table can be read")))
        .collect::<Vec<_>>();
    let mut peer_bytes = 0;
    let peer = least(4, || {
        peer_bytes = written.iter().map(|(table, batches)| write_by_library(*table, batches)).sum();
    });
    std::fs::remove_dir_all(&directory).expect("the temporary directory can be removed");
    let [ours, peer] = [ours, peer].map(|s| s / rows * 1e9);
    let [bytes, peer_bytes] = [bytes as f64, peer_bytes as f64].map(|b| b / rows);
    println!(
        "{name:<13} {rows:>8} rows  {ours:>6.1} ns CPU {bytes:>5.1} B a row   library {peer:>6.1} ns {peer_bytes:>5.1} B   {:.2} of it",
        ours / peer
    );
}

fn main() {
    let facts = chunks(ROWS, fact, |b, r| b.facts = r);
    measure("facts", &[Table::Facts], &facts);
    measure("ledger", &[Table::Ledger], &chunks(ROWS, ledger, |b, r| b.ledger = r));
    measure(
        "reservations",
        &[Table::Reservations],
        &chunks(ROWS, reservation, |b, r| b.reservations = r),
    );
    measure("stays", &[Table::Stays], &chunks(ROWS / 4, stay, |b, r| b.stays = r));
    measure("sessions", &[Table::Sessions], &chunks(ROWS / 4, session, |b, r| b.sessions = r));
    measure("voltages", &[Table::Voltages], &chunks(ROWS / 2, voltage, |b, r| b.voltages = r));
    measure("branches", &[Table::Branches], &chunks(ROWS / 2, branch, |b, r| b.branches = r));
    // An EV-day: 20 facts, 8 booked periods, 28 transfers, 2 stays, 2 sessions.
    let mixed = chunks(
        ROWS / 64,
        |i, _| i * 64,
        |b, starts| {
            for i in starts {
                b.facts.extend((0..20).map(|k| fact(i + k, &mut Draw(i as u64 * 77 + k as u64))));
                b.reservations.extend(
                    (0..8).map(|k| reservation(i + k, &mut Draw(i as u64 * 78 + k as u64))),
                );
                b.ledger
                    .extend((0..28).map(|k| ledger(i + k, &mut Draw(i as u64 * 79 + k as u64))));
                b.stays.extend((0..2).map(|k| stay(i + k, &mut Draw(i as u64 * 80 + k as u64))));
                b.sessions
                    .extend((0..2).map(|k| session(i + k, &mut Draw(i as u64 * 81 + k as u64))));
            }
        },
    );
    measure(
        "EV-day mix",
        &[Table::Facts, Table::Reservations, Table::Ledger, Table::Stays, Table::Sessions],
        &mixed,
    );
}
