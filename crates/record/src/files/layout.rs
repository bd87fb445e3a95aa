//! How the files of one table look: Parquet schema, encodings, metadata.

use crate::schema::{ColumnSpec, Encoding, Kind, Table, arrow_schema};
use crate::{Provenance, RecordError};
use domain::Names;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding as Parquet, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::{ColumnPath, TypePtr};
use std::borrow::Cow;
use std::path::Path;

/// zstd level of every page.
const ZSTD_LEVEL: i32 = 3;
/// Columns of reals and numbers with more bytes of distinct values than this in a row group are not quantised after all
/// and fall back from the dictionary to byte-stream split or differences.
const DICTIONARY_BYTES: usize = 256 * 1024;

/// How the files of one table look.
pub(crate) struct Layout {
    pub name: String,
    pub columns: Cow<'static, [ColumnSpec]>,
    pub schema: TypePtr,
    pub properties: WriterPropertiesPtr,
    pub names: Names,
    pub start_utc_us: i64,
}

impl Layout {
    /// The layout of a table of a run directory.
    pub fn of_table(table: Table, provenance: &Provenance) -> Result<Self, RecordError> {
        let spec = table.spec();
        Self::new(table.name(), spec.doc, Cow::Borrowed(spec.columns), spec.sorted_by, provenance)
    }
    /// The layout of any table; `sorted_by` names the leading columns by which its rows are in ascending order.
    pub fn new(
        name: &str,
        row_doc: &str,
        columns: Cow<'static, [ColumnSpec]>,
        sorted_by: &[&str],
        provenance: &Provenance,
    ) -> Result<Self, RecordError> {
        let arrow = arrow_schema(&columns);
        let descriptor = ArrowSchemaConverter::new().convert(&arrow).map_err(RecordError::parquet("describe", Path::new(name)))?;
        let mut key_values = vec![("gridflock.table".to_owned(), name.to_owned()), ("gridflock.row".to_owned(), row_doc.to_owned())];
        key_values.extend(provenance.key_values());
        let key_values = key_values.into_iter().map(|(k, v)| KeyValue::new(k, v)).collect();
        let mut properties = properties(&columns, sorted_by, key_values)?;
        add_encoded_arrow_schema_to_metadata(&arrow, &mut properties);
        Ok(Self {
            name: name.to_owned(),
            columns,
            schema: descriptor.root_schema_ptr(),
            properties: properties.into(),
            names: provenance.names.clone(),
            start_utc_us: provenance.start_utc_us,
        })
    }
}

fn properties(columns: &[ColumnSpec], sorted_by: &[&str], key_values: Vec<KeyValue>) -> Result<WriterProperties, RecordError> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(RecordError::parquet("describe", Path::new("zstd")))?;
    let position = |name: &&str| columns.iter().position(|c| c.name == *name);
    let sorting = sorted_by.iter().filter_map(position).map(|i| SortingColumn { column_idx: i as i32, descending: false, nulls_first: false }).collect::<Vec<_>>();
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(None)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting))
        .set_key_value_metadata(Some(key_values));
    for column in columns {
        let path = ColumnPath::from(column.name.to_string());
        builder = match column.encoding {
            Encoding::Delta => builder.set_column_encoding(path, Parquet::DELTA_BINARY_PACKED),
            Encoding::ByteStreamSplit => builder.set_column_encoding(path, Parquet::BYTE_STREAM_SPLIT),
            Encoding::Plain => builder.set_column_encoding(path, Parquet::PLAIN),
            Encoding::Dictionary => {
                let builder = builder.set_column_dictionary_enabled(path.clone(), true);
                match column.kind {
                    Kind::Float64 => builder
                        .set_column_dictionary_page_size_limit(path.clone(), DICTIONARY_BYTES)
                        .set_column_encoding(path, Parquet::BYTE_STREAM_SPLIT),
                    Kind::Int32 | Kind::Int64 | Kind::Timestamp => builder
                        .set_column_dictionary_page_size_limit(path.clone(), DICTIONARY_BYTES)
                        .set_column_encoding(path, Parquet::DELTA_BINARY_PACKED),
                    Kind::Bool | Kind::Word(_) | Kind::Name(_) | Kind::Text => builder,
                }
            }
        };
    }
    Ok(builder.build())
}
