//! Tables that share their memory with whoever reads them, through Arrow's C stream interface.

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, RecordBatch, RecordBatchIterator};
use arrow_schema::{SchemaRef, ffi::FFI_ArrowSchema};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

/// A table in memory. Anything that speaks Arrow's C stream interface reads it without a copy:
/// `pyarrow.table(t)`, `polars.DataFrame(t)`, DuckDB, pandas.
#[pyclass(frozen, module = "gridflock")]
pub struct Table {
    name: String,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// A table of some batches, all of one schema.
    pub fn new(name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { name: name.to_owned(), schema, batches }
    }
}

#[pymethods]
impl Table {
    /// The table's name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// Unit of a column; empty where there is none.
    fn unit(&self, column: &str) -> PyResult<String> {
        self.said(column, "unit")
    }

    /// What a column means.
    fn doc(&self, column: &str) -> PyResult<String> {
        self.said(column, "doc")
    }

    /// What the file's metadata says of the run: scenario, seed, version, start, UTC offset.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let d = PyDict::new(py);
        let mut pairs: Vec<_> = self.schema.metadata().iter().collect();
        pairs.sort();
        for (key, value) in pairs {
            d.set_item(key, value)?;
        }
        Ok(d)
    }

    /// Addresses of the buffers that hold a column's values, one a batch.
    fn buffer_addresses(&self, column: &str) -> PyResult<Vec<usize>> {
        let at = self.schema.index_of(column);
        let at = at.map_err(|_| PyKeyError::new_err(column.to_owned()))?;
        let address = |batch: &RecordBatch| {
            let array = batch.column(at);
            let data = match array.as_any_dictionary_opt() {
                Some(dictionary) => dictionary.keys().to_data(),
                None => array.to_data(),
            };
            data.buffers().first().map_or(0, |b| b.as_ptr() as usize)
        };
        Ok(self.batches.iter().map(address).collect())
    }

    /// Arrow's PyCapsule interface: the rows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface lets a producer keep to its own schema.
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, self.schema.clone());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// Arrow's PyCapsule interface: the columns.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref())
            .map_err(|e| PyValueError::new_err(e.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The table as a polars data frame, without a copy.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.call_method1("DataFrame", (slf,))
    }

    /// The table as a pyarrow table, without a copy.
    fn to_pyarrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.call_method1("table", (slf,))
    }

    /// The table as a pandas data frame. With `dtype_backend="pyarrow"` (the default) whole numbers
    /// stay whole where some are null; with `"numpy"` pandas converts.
    #[pyo3(signature = (dtype_backend="pyarrow"))]
    fn to_pandas<'py>(slf: &Bound<'py, Self>, dtype_backend: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let table = Self::to_pyarrow(slf)?;
        match dtype_backend {
            "numpy" => table.call_method0("to_pandas"),
            "pyarrow" => {
                let options = PyDict::new(py);
                options.set_item("types_mapper", py.import("pandas")?.getattr("ArrowDtype")?)?;
                table.call_method("to_pandas", (), Some(&options))
            }
            other => Err(PyValueError::new_err(format!(
                "dtype_backend is \"pyarrow\" or \"numpy\", not \"{other}\""
            ))),
        }
    }

    fn __len__(&self) -> usize {
        self.num_rows()
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = (self.num_rows(), self.schema.fields().len());
        format!("<gridflock.Table {}: {rows} rows, {columns} columns>", self.name)
    }
}

impl Table {
    fn said(&self, column: &str, key: &str) -> PyResult<String> {
        let field = self.schema.field_with_name(column);
        let field = field.map_err(|_| PyKeyError::new_err(column.to_owned()))?;
        Ok(field.metadata().get(key).cloned().unwrap_or_default())
    }
}
