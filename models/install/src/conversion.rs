//! Conversion of a network to ONNX for one shape of the input.

use earmark_models::ModelError;

use crate::InstallError;
use crate::activation::Activation;
use crate::examination::{Examination, SCORES};
use crate::network_file::NetworkFile;
use crate::with_card::output_names;

/// Outputs of a network.
#[derive(Debug)]
pub(crate) struct Outputs {
    /// Name of the predictions in the file.
    pub(crate) predictions: Option<String>,
    /// Name of the embedding in the file.
    pub(crate) embedding: Option<String>,
    /// Function that is appended to the predictions.
    pub(crate) activation: Activation,
}

/// A converted network, and its examination.
#[derive(Debug)]
pub(crate) struct Conversion {
    pub(crate) onnx: Vec<u8>,
    /// Shape of the input, with a batch of 1.
    pub(crate) shape: Vec<usize>,
    pub(crate) examination: Examination,
    /// Number of classes, 0 without predictions.
    pub(crate) classes: usize,
    /// Number of values of the embedding.
    pub(crate) width: Option<usize>,
}

impl Conversion {
    /// Converts a network and runs it. Blocks.
    pub(crate) fn new(
        file: &NetworkFile<'_>,
        input: &str,
        shape: Vec<usize>,
        outputs: &Outputs,
    ) -> Result<Self, InstallError> {
        let predicts = outputs.predictions.is_some();
        let names = output_names(predicts, outputs.embedding.is_some());
        let is_appended = predicts && outputs.activation != Activation::None;
        let theirs = outputs.predictions.iter().chain(&outputs.embedding).map(String::as_str);
        let ours = names.iter().map(|&name| if is_appended && name == "activations" { SCORES } else { name });
        let pairs: Vec<_> = theirs.zip(ours).collect();
        let mut onnx = file.source.to_onnx((input, &shape), &pairs)?;
        if is_appended {
            outputs.activation.append(&mut onnx, SCORES, "activations");
        }
        let examination = Examination::new(file.id, &onnx, &shape, &names)?;
        let mut widths = examination.widths.iter().copied();
        let classes = if predicts { widths.next().unwrap_or(0) } else { 0 };
        let width = widths.next();
        if predicts && classes == 0 {
            let (id, what) = (file.id.to_owned(), "classes");
            return Err(ModelError::Shape { id, what, expected: 1, got: 0 }.into());
        }
        Ok(Self { onnx, shape, examination, classes, width })
    }
}
