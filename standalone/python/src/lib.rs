#![doc = include_str!("../README.md")]

mod arguments;
mod arrow_stream;
mod audio_input;
mod batch;
mod batch_inputs;
mod batch_run;
mod batch_store;
mod classify;
mod descriptors;
mod embedding;
mod errors;
mod features;
mod file_failure;
mod file_run;
mod frames;
mod json_dict;
mod model;
mod model_argument;
mod model_series;
mod patch_table;
mod prediction;
mod registry;
mod report;
mod shared_values;
mod signal_check;
mod stems;
mod stream;
mod summary_table;
mod table;
mod tag;
mod tempo;
mod threads;
mod training;

use pyo3::prelude::*;

/// Native part of the package `earmark`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::batch::{PyBatch, batch_worker, is_audio_path};
    #[pymodule_export]
    use crate::classify::classify;
    #[pymodule_export]
    use crate::descriptors::{PyDescriptors, extract};
    #[pymodule_export]
    use crate::embedding::{PyEmbedding, embed, restore_embedding};
    #[pymodule_export]
    use crate::features::features;
    #[pymodule_export]
    use crate::file_failure::{PyFileFailure, restore_failure};
    #[pymodule_export]
    use crate::file_run::{PyFileResults, embed_files, tag_files};
    #[pymodule_export]
    use crate::model::{PyModel, PyModelInfo, models, models_folder};
    #[pymodule_export]
    use crate::prediction::PyPrediction;
    #[pymodule_export]
    use crate::report::{PyModelResult, PyReport, restore_report};
    #[pymodule_export]
    use crate::shared_values::SharedValues;
    #[pymodule_export]
    use crate::stems::{PyStems, separate};
    #[pymodule_export]
    use crate::stream::PyStream;
    #[pymodule_export]
    use crate::table::{PyTable, table};
    #[pymodule_export]
    use crate::tag::tag;
    #[pymodule_export]
    use crate::tempo::PyTempo;
    #[pymodule_export]
    use crate::threads::set_threads;
    #[pymodule_export]
    use crate::training::{PyTraining, train};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
