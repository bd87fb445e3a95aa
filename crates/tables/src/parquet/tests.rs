//! Files as pandas, polars, DuckDB and Spark write them.

use crate::{Cell, DataTable, Order, SeriesAsk, TableFile, TimedSeries};
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::types::{ArrowPrimitiveType, Float16Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array,
    ListArray, PrimitiveArray, RecordBatch, StringArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow_schema::{Field, Schema};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn write(folder: &Path, name: &str, codec: Compression, columns: &[(&str, ArrayRef)]) -> PathBuf {
    let path = folder.join(name);
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.iter().map(|(_, a)| a.clone()).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).expect("a batch");
    let properties = WriterProperties::builder().set_compression(codec).build();
    let file = File::create(&path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).expect("a writer");
    writer.write(&batch).expect("writes");
    writer.close().expect("closes");
    path
}

fn kw(n: usize) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..n).map(|k| k as f64)))
}

#[test]
fn every_codec_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let codecs = [
        ("none", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("lz4", Compression::LZ4_RAW),
        ("lz4_old", Compression::LZ4),
        ("brotli", Compression::BROTLI(BrotliLevel::default())),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
    ];
    for (name, codec) in codecs {
        let path = write(dir.path(), &format!("{name}.parquet"), codec, &[("kw", kw(96))]);
        let table = DataTable::read(&path).expect(name);
        assert_eq!(table.numbers("kw").expect(name)[95], 95.0, "{name}");
    }
}

#[test]
fn any_number_is_a_number() {
    let dir = tempfile::tempdir().expect("a folder");
    let half = <Float16Type as ArrowPrimitiveType>::Native::from_f32(0.5);
    let decimal =
        Decimal128Array::from(vec![5_i128]).with_precision_and_scale(21, 1).expect("fits");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("half", Arc::new(PrimitiveArray::<Float16Type>::from_iter_values([half]))),
        ("single", Arc::new(Float32Array::from(vec![0.5]))),
        ("decimal", Arc::new(decimal)),
        ("whole", Arc::new(Int64Array::from(vec![1]))),
        ("large", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("text", Arc::new(StringArray::from(vec!["0.5"]))),
    ];
    let path = write(dir.path(), "n.parquet", Compression::SNAPPY, &columns);
    let table = DataTable::read(&path).expect("a table");
    for name in ["half", "single", "decimal", "text"] {
        assert_eq!(table.numbers(name).expect(name), [0.5], "{name}");
    }
    assert_eq!(table.column("whole").expect("a column").cells, [Cell::Whole(1)]);
    assert_eq!(table.numbers("large").expect("large"), [u64::MAX as f64]);
}

#[test]
fn columns_that_nobody_asks_for_may_be_of_any_type() {
    let dir = tempfile::tempdir().expect("a folder");
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]); 96]);
    let path = write(
        dir.path(),
        "beside.parquet",
        Compression::SNAPPY,
        &[
            ("day", Arc::new(Date32Array::from(vec![16_950; 96]))),
            ("list", Arc::new(lists)),
            ("kw", kw(96)),
        ],
    );
    let file = TableFile::open(&path).expect("opens");
    assert_eq!(file.read(&["kw"]).expect("reads").numbers("kw").expect("numbers").len(), 96);
    let error = file.read(&["list"]).expect_err("a list is no cell").to_string();
    assert!(error.contains("column `list`: type List"), "{error}");
    // One day again and again is no time of rows.
    let ask = SeriesAsk {
        column: None,
        time_column: None,
        time_format: None,
        zone: "UTC",
        step_min: None,
        order: Order::Rising,
    };
    let series = TimedSeries::read(&path, &ask).expect("a series");
    assert_eq!((series.column.as_str(), series.step_s), ("kw", None));
    assert_eq!(series.notes, ["column `day` holds one day without hours and is not used"]);
}

#[test]
fn timestamps_of_any_unit_and_zone_are_instants() {
    let dir = tempfile::tempdir().expect("a folder");
    let local = TimestampNanosecondArray::from_iter_values([0, 900_000_000_000]);
    let zoned =
        TimestampMillisecondArray::from_iter_values([0, 900_000]).with_timezone("Europe/Berlin");
    for (name, times) in [("local", Arc::new(local) as ArrayRef), ("zoned", Arc::new(zoned))] {
        let columns = [("t", times), ("kw", kw(2))];
        let path = write(dir.path(), &format!("{name}.parquet"), Compression::SNAPPY, &columns);
        let ask = SeriesAsk {
            column: None,
            time_column: None,
            time_format: None,
            zone: "+01:00",
            step_min: None,
            order: Order::Rising,
        };
        let series = TimedSeries::read(&path, &ask).expect(name);
        let first_us = if name == "local" { -3_600_000_000 } else { 0 };
        let clock = crate::Clock::Instants { first_us, offset_s: 3600 };
        assert_eq!((series.step_s, series.clock), (Some(900), clock), "{name}");
    }
}

#[test]
fn dictionaries_with_and_without_values_are_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut full = StringDictionaryBuilder::<Int32Type>::new();
    full.append_value("a");
    full.append_null();
    let mut empty = StringDictionaryBuilder::<Int32Type>::new();
    empty.append_null();
    empty.append_null();
    let columns: [(&str, ArrayRef); 2] =
        [("full", Arc::new(full.finish())), ("empty", Arc::new(empty.finish()))];
    let path = write(dir.path(), "d.parquet", Compression::SNAPPY, &columns);
    let table = DataTable::read(&path).expect("a table");
    assert_eq!(table.texts("full").expect("texts"), ["a", ""]);
    assert_eq!(table.texts("empty").expect("texts"), ["", ""]);
}

#[test]
fn a_file_without_rows_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = write(dir.path(), "zero.parquet", Compression::SNAPPY, &[("kw", kw(0))]);
    let ask = SeriesAsk {
        column: Some("kw"),
        time_column: None,
        time_format: None,
        zone: "UTC",
        step_min: None,
        order: Order::Rising,
    };
    let error = TimedSeries::read(&path, &ask).expect_err("nothing").to_string();
    assert!(error.ends_with("column `kw`: the series has no values"), "{error}");
}
