//! One row group, encoded as a complete Parquet file in memory.

use super::Layout;
use crate::RecordError;
use crate::columns::Buffer;
use crate::schema::{ColumnSpec, Kind};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use std::path::Path;

/// Encodes the rows in `buffers` as one row group of a Parquet file that holds nothing else.
pub(crate) fn encode_row_group(layout: &Layout, buffers: &[Buffer]) -> Result<Vec<u8>, RecordError> {
    let fail = |e: ParquetError| RecordError::parquet("encode", Path::new(&layout.name))(e);
    let mut file = SerializedFileWriter::new(Vec::new(), layout.schema.clone(), layout.properties.clone()).map_err(fail)?;
    let mut group = file.next_row_group().map_err(fail)?;
    for (column, buffer) in layout.columns.iter().zip(buffers) {
        let mut writer = group.next_column().map_err(fail)?.expect("invariant: one Parquet column per column of the layout");
        match buffer {
            Buffer::Int64(v) => write::<Int64Type>(&mut writer, column, v, |x| *x == i64::MIN),
            Buffer::Int32(v) => write::<Int32Type>(&mut writer, column, v, |x| *x == i32::MIN),
            Buffer::Float64(v) => write::<DoubleType>(&mut writer, column, v, |x| x.is_nan()),
            Buffer::Bool(v) => write::<BoolType>(&mut writer, column, v, |_| false),
            Buffer::Code(codes) => {
                let words = words(layout, column);
                let known = words.len();
                if let Some(&number) = codes.iter().find(|c| **c != u16::MAX && usize::from(**c) >= known) {
                    return Err(RecordError::UnknownName { table: layout.name.clone(), column: column.name.to_string(), number, known });
                }
                write_codes(&mut writer, column, codes.iter().map(|c| (*c != u16::MAX).then_some(usize::from(*c))), &words)
            }
            Buffer::Text(text) => {
                let words = text.texts.iter().map(|t| ByteArray::from(t.as_str())).collect::<Vec<_>>();
                write_codes(&mut writer, column, text.codes.iter().map(|c| (*c != u32::MAX).then_some(*c as usize)), &words)
            }
        }
        .and_then(|()| writer.close())
        .map_err(fail)?;
    }
    group.close().map_err(fail)?;
    file.into_inner().map_err(fail)
}

fn words(layout: &Layout, column: &ColumnSpec) -> Vec<ByteArray> {
    match column.kind {
        Kind::Word(list) => list().into_iter().map(ByteArray::from).collect(),
        Kind::Name(list) => list.of(&layout.names).iter().map(|n| ByteArray::from(n.as_str())).collect(),
        _ => Vec::new(),
    }
}

/// Writes a column's values; in a nullable column those that `is_null` become null.
fn write<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &ColumnSpec,
    values: &[T::T],
    is_null: impl Fn(&T::T) -> bool,
) -> Result<(), ParquetError> {
    if !column.nullable {
        return writer.typed::<T>().write_batch(values, None, None).map(|_| ());
    }
    let levels = values.iter().map(|v| i16::from(!is_null(v))).collect::<Vec<_>>();
    let present = values.iter().filter(|v| !is_null(v)).cloned().collect::<Vec<_>>();
    writer.typed::<T>().write_batch(&present, Some(&levels), None).map(|_| ())
}

fn write_codes(
    writer: &mut SerializedColumnWriter<'_>,
    column: &ColumnSpec,
    codes: impl Iterator<Item = Option<usize>> + Clone,
    words: &[ByteArray],
) -> Result<(), ParquetError> {
    let present = codes.clone().flatten().map(|c| words[c].clone()).collect::<Vec<_>>();
    let levels = column.nullable.then(|| codes.map(|c| i16::from(c.is_some())).collect::<Vec<_>>());
    writer.typed::<ByteArrayType>().write_batch(&present, levels.as_deref(), None).map(|_| ())
}
