//! Reading of a network's description: the metadata file that Essentia publishes with a model, `<model>.json`, and the
//! additional keys by which a user describes another network.
//!
//! Published files contain errors. A field that decides the meaning of a network and has an unexpected type is an error;
//! texts for display count as missing. The caller compares the fields with the network.

mod class_list;
mod fields;

use earmark_models::{Layout, Normalisation};
use serde_json::Value;

use self::fields::{Fields, display_text};
use crate::activation::Activation;
use crate::description_text::decode;
use crate::foreign_format::recognize_in_place_of_text;
use crate::{InstallError, lenient_json};

pub(crate) use self::class_list::MAX_CLASSES;

/// Maximum size of a metadata file in bytes.
pub(crate) const MAX_BYTES: u64 = 4 << 20;

/// The content of a metadata file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// Display name.
    pub name: String,
    /// Type of the task, as written in the file.
    pub task: String,
    /// URL of the model.
    pub link: String,
    /// Description.
    pub description: String,
    /// Citation.
    pub citation: String,
    /// SPDX identifier of the licence, empty if the file names none.
    pub licence: String,
    /// Names of the classes, in the order of the outputs.
    pub classes: Vec<String>,
    /// The inputs.
    pub inputs: Vec<Tensor>,
    /// The outputs.
    pub outputs: Vec<Tensor>,
    /// Sample rate in Hz.
    pub sample_rate_hz: Option<f64>,
    /// Essentia's algorithm that runs the model.
    pub algorithm: String,
    /// The model whose embedding is the input.
    pub embedding_model: Option<String>,
    /// Name of the front end.
    pub front_end: Option<String>,
    /// Frames per patch.
    pub patch_frames: Option<usize>,
    /// Frames from one patch to the next.
    pub hop_frames: Option<usize>,
    /// Memory layout of a patch.
    pub layout: Option<Layout>,
    /// Normalization of a patch.
    pub normalisation: Option<Normalisation>,
    /// Function that turns the predictions into probabilities.
    pub activation: Option<Activation>,
    /// Lower and upper end of the scale of a regression.
    pub range: Option<(f32, f32)>,
    /// Sentences about what was assumed when the file was read, such as its encoding.
    pub assumed: Vec<String>,
}

/// An input or output in the metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensor {
    /// Name of the tensor.
    pub name: String,
    /// Dimensions, `None` for one that is not a number; the batch may be included or not.
    pub shape: Vec<Option<usize>>,
    /// `predictions`, `embeddings`, or something else.
    pub purpose: String,
}

impl Metadata {
    /// Parses the content of a metadata file: JSON in UTF-8, UTF-16 or Windows-1252, also with a byte order mark, trailing
    /// commas or comments.
    ///
    /// # Errors
    /// [`InstallError::Metadata`] as for [`Metadata::from_json`]; [`InstallError::NotANetwork`] if the content is that of a
    /// web page or a Git LFS pointer.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InstallError> {
        check_size(bytes.len())?;
        let decoded = decode(bytes);
        if let Some(foreign) = recognize_in_place_of_text(&decoded.text) {
            let (got, next_step) = (foreign.what, foreign.next_step);
            return Err(InstallError::Metadata(format!("expected a JSON object, got {got}. {next_step}")));
        }
        let mut metadata = Self::from_json(&decoded.text)?;
        metadata.assumed.extend(decoded.assumed);
        Ok(metadata)
    }

    /// Parses a metadata file.
    ///
    /// # Errors
    /// [`InstallError::Metadata`] if the text is not a JSON object, or too large, or if a field that decides the meaning of
    /// the network has an unexpected type.
    pub fn from_json(text: &str) -> Result<Self, InstallError> {
        check_size(text.len())?;
        let text = text.trim_start_matches('\u{feff}');
        let value = lenient_json::parse(text).map_err(|error| InstallError::Metadata(error.to_string()))?;
        if !value.is_object() {
            return Err(InstallError::Metadata("expected a JSON object".into()));
        }
        read(&value).map_err(InstallError::Metadata)
    }

    /// Returns the output of this purpose.
    pub(crate) fn output(&self, purpose: &str) -> Option<&Tensor> {
        self.outputs.iter().find(|output| output.purpose == purpose)
    }
}

fn check_size(bytes: usize) -> Result<(), InstallError> {
    if bytes as u64 > MAX_BYTES {
        return Err(InstallError::Metadata(format!("expected at most {MAX_BYTES} bytes, got {bytes}")));
    }
    Ok(())
}

fn read(value: &Value) -> Result<Metadata, String> {
    let root = Fields::of("", value)?;
    let (inference, schema) = (root.object("inference")?, root.object("schema")?);
    // Keys that a user adds are read in either place.
    let both = [&inference, &root];
    let outputs = schema.list("outputs", tensor)?;
    Ok(Metadata {
        name: display_text(&value["name"]),
        task: root.text("type")?,
        link: display_text(&value["link"]),
        description: display_text(&value["description"]),
        citation: display_text(&value["citation"]),
        licence: [&value["licence"], &value["license"]]
            .map(display_text)
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        classes: class_list::read(value)?,
        inputs: schema.list("inputs", tensor)?,
        outputs,
        sample_rate_hz: Fields::first(&both, |fields| fields.hertz("sample_rate"))?,
        algorithm: inference.text("algorithm")?,
        embedding_model: inference.name_or_object("embedding_model", "model_name")?,
        front_end: Fields::first(&both, |fields| fields.optional_text("front_end"))?,
        patch_frames: Fields::first(&both, |fields| fields.count("patch_frames"))?,
        hop_frames: Fields::first(&both, |fields| fields.count("hop_frames"))?,
        layout: Fields::first(&both, |fields| fields.choice("layout", LAYOUTS))?,
        normalisation: Fields::first(&both, |fields| fields.choice("normalisation", NORMALISATIONS))?,
        activation: Fields::first(&both, |fields| fields.choice("activation", ACTIVATIONS))?,
        range: Fields::first(&both, |fields| fields.range("range"))?,
        assumed: Vec::new(),
    })
}

const LAYOUTS: &[(&str, Layout)] = &[("frames-bands", Layout::FramesBands), ("bands-frames", Layout::BandsFrames)];
const NORMALISATIONS: &[(&str, Normalisation)] =
    &[("none", Normalisation::None), ("standard", Normalisation::Standard), ("max", Normalisation::Max)];
const ACTIVATIONS: &[(&str, Activation)] =
    &[("none", Activation::None), ("softmax", Activation::Softmax), ("sigmoid", Activation::Sigmoid)];

fn tensor(fields: &Fields<'_>) -> Result<Tensor, String> {
    Ok(Tensor { name: fields.text("name")?, shape: fields.dims("shape")?, purpose: fields.text("output_purpose")? })
}

#[cfg(test)]
mod tests;
