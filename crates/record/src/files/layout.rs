//! How the files of one table look: Parquet schema and metadata.

use crate::encode::ZSTD_LEVEL;
use crate::schema::{ColumnSpec, Table, arrow_schema};
use crate::{Provenance, RecordError};
use domain::Names;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::TypePtr;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

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
    /// The layout of any table; `sorted_by` names the leading columns by which its rows are in
    /// ascending order.
    pub fn new(
        name: &str,
        row_doc: &str,
        columns: Cow<'static, [ColumnSpec]>,
        sorted_by: &[&str],
        provenance: &Provenance,
    ) -> Result<Self, RecordError> {
        let mut key_values = vec![
            ("gridflock.table".to_owned(), name.to_owned()),
            ("gridflock.row".to_owned(), row_doc.to_owned()),
        ];
        key_values.extend(provenance.key_values());
        // Some readers look at the file's metadata, some at the Arrow schema's.
        let arrow = arrow_schema(&columns, &provenance.currency)
            .with_metadata(key_values.iter().cloned().collect::<HashMap<_, _>>());
        let descriptor = ArrowSchemaConverter::new()
            .convert(&arrow)
            .map_err(RecordError::parquet("describe", Path::new(name)))?;
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

fn properties(
    columns: &[ColumnSpec],
    sorted_by: &[&str],
    key_values: Vec<KeyValue>,
) -> Result<WriterProperties, RecordError> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL)
        .map_err(RecordError::parquet("describe", Path::new("zstd")))?;
    let position = |name: &&str| columns.iter().position(|c| c.name == *name);
    let sorting = sorted_by
        .iter()
        .filter_map(position)
        .map(|i| SortingColumn { column_idx: i as i32, descending: false, nulls_first: false })
        .collect::<Vec<_>>();
    // Encodings are chosen where the chunks are encoded; the library only writes footers.
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting))
        .set_key_value_metadata(Some(key_values));
    Ok(properties.build())
}
