//! Values of results, which NumPy arrays and Arrow tables share.

use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// Type of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueType {
    Bool,
    F32,
    F64,
}

impl ValueType {
    /// Returns the type in the form of NumPy's array interface, in the byte order of the machine.
    fn text(self) -> &'static str {
        match (self, cfg!(target_endian = "little")) {
            (Self::Bool, _) => "|b1",
            (Self::F32, true) => "<f4",
            (Self::F32, false) => ">f4",
            (Self::F64, true) => "<f8",
            (Self::F64, false) => ">f8",
        }
    }
}

/// Values in memory of this library. An array of NumPy that views them keeps them alive.
#[pyclass(frozen, name = "SharedValues", module = "earmark._native")]
#[derive(Debug, Clone)]
pub(crate) struct SharedValues {
    buffer: Buffer,
    kind: ValueType,
    shape: Vec<usize>,
}

impl SharedValues {
    /// Takes values in the order `[row][column]`, with `columns` columns.
    pub(crate) fn rows(values: Vec<f32>, columns: usize) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        Self { buffer: Buffer::from_vec(values), kind: ValueType::F32, shape: vec![rows, columns] }
    }

    /// Takes one row of values.
    pub(crate) fn row(values: Vec<f32>) -> Self {
        let shape = vec![values.len()];
        Self { buffer: Buffer::from_vec(values), kind: ValueType::F32, shape }
    }

    /// Takes a column of times.
    pub(crate) fn times(values: Vec<f64>) -> Self {
        let shape = vec![values.len()];
        Self { buffer: Buffer::from_vec(values), kind: ValueType::F64, shape }
    }

    /// Takes numbers of double precision in an array of any shape, whose product is their number.
    pub(crate) fn doubles(values: Vec<f64>, shape: Vec<usize>) -> Self {
        Self { buffer: Buffer::from_vec(values), kind: ValueType::F64, shape }
    }

    /// Takes numbers of single precision in an array of any shape, whose product is their number.
    pub(crate) fn floats(values: Vec<f32>, shape: Vec<usize>) -> Self {
        Self { buffer: Buffer::from_vec(values), kind: ValueType::F32, shape }
    }

    /// Takes a column of truth values.
    pub(crate) fn flags(values: impl Iterator<Item = bool>) -> Self {
        let values: Vec<u8> = values.map(u8::from).collect();
        let shape = vec![values.len()];
        Self { buffer: Buffer::from_vec(values), kind: ValueType::Bool, shape }
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Returns the values for a table, without a copy.
    pub(crate) fn buffer<T: ArrowNativeType>(&self) -> ScalarBuffer<T> {
        ScalarBuffer::from(self.buffer.clone())
    }

    /// Returns the values as numbers.
    pub(crate) fn numbers(&self) -> &[f32] {
        self.buffer.typed_data()
    }

    /// Returns a read-only array of NumPy that views the values.
    pub(crate) fn view(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static ASARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let asarray = || py.import("numpy").and_then(|numpy| numpy.getattr("asarray")).map(Bound::unbind);
        let asarray = ASARRAY.get_or_try_init(py, asarray)?;
        asarray.call1(py, (Bound::new(py, self.clone())?,))
    }
}

#[pymethods]
impl SharedValues {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("typestr", self.kind.text())?;
        interface.set_item("shape", pyo3::types::PyTuple::new(py, &self.shape)?)?;
        interface.set_item("data", (self.buffer.as_ptr() as usize, true))?;
        Ok(interface)
    }
}
