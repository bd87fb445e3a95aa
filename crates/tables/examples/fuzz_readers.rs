//! Random defects in tables of every kind: nothing may panic, and every refusal names its file.
//!
//! `cargo run --release -p tables --example fuzz_readers -- --seconds 600 --seed 1`
//!
//! Each round takes a sound CSV text or Parquet file, changes one to eight of its bytes or lines and
//! reads it as a series, as sessions and as a table. A panic ends the run; the file that caused it
//! stays in the folder that the message names.

#[path = "fuzz/dice.rs"]
mod dice;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow_schema::{Field, Schema};
use dice::Dice;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tables::{DataTable, Gaps, Mending, Order, SeriesAsk, TimedSeries, read_sessions};

const TEXTS: [&str; 5] = [
    "time,kw\n2016-10-30T01:00,1\n2016-10-30T02:00,2\n2016-10-30T02:00,3\n2016-10-30T03:00,4\n",
    "# meter 7\nZeit;Last [MW]\n2016-03-27 00:00;1,5\n2016-03-27 00:15;2,25\n",
    "plug_in,plug_out,energy_kwh,user_id\n2026-03-02T08:30Z,2026-03-02T17:00Z,12.5,a\n",
    "name,battery_kwh,v2g\n\"Ann, B.\",60,True\n\"C\"\"D\",40,FALSE\n",
    ",kw\r\n0,100\r\n1,101.5\r\n2,\r\n",
];

const PIECES: [&str; 30] = [
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "#",
    "sep=;\n",
    "\u{feff}",
    "\0",
    "é",
    "1e999",
    "-0",
    "nan",
    "inf",
    "1,5",
    "1.5",
    "9999-12-31T23:59",
    "-9999-01-01",
    "0000-00-00",
    "24:00",
    "2016-02-30",
    "+99:99",
    "99999999999999999999",
    "time",
    "",
    " ",
    "2016-03-27T02:30",
];

fn main() {
    let (mut seconds, mut seed) = (60, 1);
    let mut args = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        match name.as_str() {
            "--seconds" => seconds = value.parse().expect("seconds"),
            "--seed" => seed = value.parse().expect("a seed"),
            other => panic!("unknown option {other}"),
        }
    }
    let folder = std::env::temp_dir().join(format!("gridflock-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let files = parquet_files(&folder);
    let mut dice = Dice(seed * 2 + 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut refused) = (0_u64, 0_u64);
    while Instant::now() < end {
        let text = dice.below(3) > 0;
        let path = folder.join(if text { "f.csv" } else { "f.parquet" });
        let bytes = if text { changed_text(&mut dice) } else { changed_bytes(&files, &mut dice) };
        std::fs::write(&path, bytes).expect("writes");
        if let Ok(n) = catch_unwind(AssertUnwindSafe(|| read(&path))) {
            refused += n;
        } else {
            eprintln!("PANIC after {rounds} rounds: {}", path.display());
            std::process::exit(1);
        }
        rounds += 1;
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("{rounds} rounds, {refused} refusals, 0 panics");
}

/// Reads a file in every way; how many were refused.
fn read(path: &Path) -> u64 {
    let mut refused = 0;
    for zone in ["Europe/Berlin", "+08:00"] {
        for order in [Order::Rising, Order::Sorted] {
            let ask = SeriesAsk {
                column: None,
                time_column: None,
                time_format: None,
                zone,
                step_min: None,
                order,
            };
            match TimedSeries::read(path, &ask) {
                Ok(series) => {
                    if let Some(step) = series.step_s {
                        let count = (series.values.len() as i64 * step / 900) as usize;
                        let mending = Mending { gaps: Gaps::Interpolate, most: 4 };
                        refused += u64::from(series.means(0, 900, count, mending).is_err());
                    }
                }
                Err(error) => {
                    assert!(error.to_string().contains("f."), "`{error}` names no file");
                    refused += 1;
                }
            }
        }
        refused += u64::from(read_sessions(path, zone).is_err());
    }
    if let Ok(table) = DataTable::read(path) {
        let names: Vec<String> = table.names().map(str::to_owned).collect();
        for name in names {
            refused += u64::from(table.numbers(&name).is_err());
            refused += u64::from(table.texts(&name).is_err());
        }
    }
    refused
}

fn changed_text(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = TEXTS[dice.below(TEXTS.len())].as_bytes().to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(4) {
            0 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            1 if at < bytes.len() => {
                let until = (at + dice.below(12)).min(bytes.len());
                bytes.drain(at..until);
            }
            2 => {
                let copy: Vec<u8> = bytes[at..].iter().copied().take(dice.below(40)).collect();
                bytes.splice(at..at, copy);
            }
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

fn changed_bytes(files: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = files[dice.below(files.len())].clone();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 => bytes.truncate(at.max(8)),
            1 => bytes[at] ^= 1 << dice.below(8),
            _ => bytes[at] = dice.below(256) as u8,
        }
    }
    bytes
}

/// Sound files, one for each codec.
fn parquet_files(folder: &Path) -> Vec<Vec<u8>> {
    let columns: [(&str, ArrayRef); 3] = [
        (
            "time",
            Arc::new(TimestampMillisecondArray::from_iter_values((0..8).map(|k| k * 900_000))),
        ),
        ("kw", Arc::new(Float64Array::from_iter_values((0..8).map(f64::from)))),
        ("name", Arc::new(StringArray::from_iter_values((0..8).map(|k| format!("n{k}"))))),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, a)| a.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).expect("a batch");
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let write = |codec| {
        let path = folder.join("sound.parquet");
        let properties = WriterProperties::builder().set_compression(codec).build();
        let file = std::fs::File::create(&path).expect("a file");
        let mut writer =
            ArrowWriter::try_new(file, schema.clone(), Some(properties)).expect("a writer");
        writer.write(&batch).expect("writes");
        writer.close().expect("closes");
        std::fs::read(&path).expect("reads")
    };
    codecs.map(write).to_vec()
}
