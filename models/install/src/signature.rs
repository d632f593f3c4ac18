//! The signature of a network: derived from the file, its metadata, and the known model of its name.

use earmark_import::{Source, TensorInfo};
use earmark_models::Kind;

use crate::input_spec::{self, ModelInput};
use crate::metadata::Tensor;
use crate::{InstallError, Metadata, known_models};

/// Common names of inputs.
const INPUTS: &[&str] = &[
    "model/Placeholder",
    "melspectrogram",
    "serving_default_melspectrogram",
    "serving_default_model_Placeholder",
    "input",
    "x",
    "frames",
    "flatten_in_input",
    "embeddings",
];

/// Common names of predictions, the most reliable first.
const PREDICTIONS: &[&str] = &[
    "activations",
    "model/Sigmoid",
    "model/Softmax",
    "model/Identity",
    "model/predictions/Sigmoid",
    "model/classifier/Sigmoid",
    "valence_arousal",
    "dense_out",
    "PartitionedCall",
    "StatefulPartitionedCall",
    "output",
    "Identity",
];

/// Prefixes of ids, and the name of the embedding output of such networks.
const EMBEDDINGS: &[(&str, &str)] = &[
    ("msd-musicnn", "model/dense/BiasAdd"),
    ("mtt-musicnn", "model/dense/BiasAdd"),
    ("discogs-effnet", "PartitionedCall:1"),
    ("discogs_", "PartitionedCall:1"),
    ("audioset-vggish", "model/vggish/embeddings"),
    ("audioset-yamnet", "embeddings"),
    ("openl3-", "embeddings"),
    ("fsd-sinet", "model/global_max_pooling1d/Max"),
];

/// Prefixes of ids of networks that have an embedding and no predictions.
const EMBEDDING_ONLY: &[&str] = &["audioset-vggish", "openl3-", "discogs_"];

/// Inputs and outputs of a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    /// Name of the input.
    pub(crate) input: String,
    /// Shape of the input, with a batch of 1.
    pub(crate) shape: Vec<usize>,
    pub(crate) model_input: ModelInput,
    /// Name of the predictions.
    pub(crate) predictions: Option<String>,
    /// Name of the embedding.
    pub(crate) embedding: Option<String>,
    /// Differences between metadata and network.
    pub(crate) notes: Vec<String>,
}

impl Signature {
    pub(crate) fn new(id: &str, source: &Source, metadata: &Metadata) -> Result<Self, InstallError> {
        let mut notes = Vec::new();
        let declared = metadata.inputs.first();
        let input = input(source, declared, &mut notes)?;
        let input_dims = dims(input, declared)?;
        let (model_input, concrete) = input_spec::match_input(&metadata.algorithm, id, &input_dims)
            .ok_or_else(|| unknown(metadata, input, &input_dims))?;
        if let Some(declared) = declared {
            compare(declared, &concrete, &mut notes);
        }
        let is_head = matches!(model_input, ModelInput::Embedding(_));
        let embedding = if is_head { None } else { embedding(id, source, metadata) };
        let predictions = predictions(id, source, metadata, embedding.as_deref(), &mut notes)?;
        let shape = std::iter::once(1).chain(concrete).collect();
        Ok(Self { input: input.name.clone(), shape, model_input, predictions, embedding, notes })
    }
}

/// Returns the kind of a network's outputs, derived from names and metadata.
pub(crate) fn kind(id: &str, metadata: &Metadata, model_input: ModelInput, predictions: Option<&str>) -> Kind {
    use earmark_dsp::FrontEnd;
    let Some(predictions) = predictions else { return Kind::Embedding };
    if let ModelInput::Patches(patches) = model_input {
        match patches.front_end {
            FrontEnd::TempoCnn => return Kind::Tempo { first_bpm: 30 },
            FrontEnd::Crepe => return Kind::Pitch,
            FrontEnd::FsdSinet => return Kind::Events,
            _ if id.contains("yamnet") => return Kind::Events,
            _ => {}
        }
    }
    let task = metadata.task.to_lowercase();
    match known_models::known(id) {
        Some(known) => known.kind,
        None if task.contains("regression") => Kind::Values { low: 0.0, high: 1.0 },
        None if task.contains("multi-class") || task.contains("binary") => Kind::Classes,
        // A softmax means one class out of several.
        None if task.is_empty() && predictions.ends_with("Softmax") => Kind::Classes,
        None => Kind::Tags,
    }
}

fn input<'a>(
    source: &'a Source,
    declared: Option<&Tensor>,
    notes: &mut Vec<String>,
) -> Result<&'a TensorInfo, InstallError> {
    let inputs = source.inputs();
    let of_name = |name: &str| inputs.iter().find(|info| info.name == name);
    let declared = declared.map(|declared| declared.name.as_str()).filter(|name| !name.is_empty());
    if let Some(info) = declared.and_then(of_name) {
        return Ok(info);
    }
    let found = match inputs {
        [only] => Some(only),
        _ => INPUTS.iter().find_map(|name| of_name(name)),
    };
    let names = || inputs.iter().map(|info| info.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = found.ok_or_else(|| InstallError::mismatch("input", "one, or one of a known name", names()))?;
    if let Some(declared) = declared {
        notes.push(format!("the input is `{declared}` in the metadata, `{}` in the network", found.name));
    }
    Ok(found)
}

/// Returns the dimensions of the input without the batch: of the network, or else of the metadata.
fn dims(input: &TensorInfo, declared: Option<&Tensor>) -> Result<Vec<Option<usize>>, InstallError> {
    match (&input.shape, declared) {
        (Some(shape), declared) if shape.len() > 1 => {
            let mut dims = shape[1..].to_vec();
            // Open dimensions are filled from the metadata, if it has as many.
            let declared = declared.map(|declared| without_batch(&declared.shape, dims.len())).unwrap_or_default();
            if declared.len() == dims.len() {
                dims.iter_mut().zip(declared).for_each(|(dim, declared)| *dim = dim.or(declared));
            }
            Ok(dims)
        }
        (None, Some(declared)) if !declared.shape.is_empty() => {
            let open = declared.shape.first() == Some(&None);
            Ok(declared.shape[usize::from(open)..].to_vec())
        }
        (shape, _) => Err(InstallError::Unknown(format!("an input `{}` of shape {shape:?}", input.name))),
    }
}

/// Returns the last `count` dimensions of a shape in the metadata, which may include the batch.
fn without_batch(shape: &[Option<usize>], count: usize) -> Vec<Option<usize>> {
    shape.get(shape.len().saturating_sub(count)..).unwrap_or_default().to_vec()
}

/// Adds a note if metadata and network differ in the shape of the input.
fn compare(declared: &Tensor, concrete: &[usize], notes: &mut Vec<String>) {
    let shape = without_batch(&declared.shape, concrete.len());
    let differs = shape.iter().zip(concrete).any(|(declared, dim)| declared.is_some_and(|declared| declared != *dim));
    if differs || (shape.len() != concrete.len() && !shape.is_empty()) {
        let words = |dims: &[Option<usize>]| {
            dims.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect::<Vec<_>>().join(" x ")
        };
        let concrete: Vec<_> = concrete.iter().map(|&dim| Some(dim)).collect();
        notes.push(format!(
            "the metadata declares an input of {}, the network has {}",
            words(&declared.shape),
            words(&concrete)
        ));
    }
}

fn unknown(metadata: &Metadata, input: &TensorInfo, dims: &[Option<usize>]) -> InstallError {
    let words: Vec<_> = dims.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect();
    let got = format!("`{}` of {}", input.name, words.join(" x "));
    if metadata.algorithm.is_empty() {
        InstallError::Unknown(format!("an input {got}"))
    } else {
        InstallError::mismatch("input", format!("that of {}", metadata.algorithm), got)
    }
}

fn embedding(id: &str, source: &Source, metadata: &Metadata) -> Option<String> {
    let declared = metadata.output("embeddings").map(|output| output.name.as_str());
    let known = EMBEDDINGS.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, name)| *name);
    let is_extractor = declared.is_some() || known.is_some();
    let names = declared.into_iter().chain(known).chain(is_extractor.then_some("embeddings"));
    let found = names.into_iter().find(|name| source.has(name));
    // Earmark's own files use this name.
    found.or_else(|| (source.has("activations") && source.has("embeddings")).then_some("embeddings")).map(str::to_owned)
}

fn predictions(
    id: &str,
    source: &Source,
    metadata: &Metadata,
    embedding: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Option<String>, InstallError> {
    let declared = metadata.output("predictions").map(|output| output.name.as_str());
    if let Some(declared) = declared.filter(|name| source.has(name)) {
        return Ok(Some(declared.to_owned()));
    }
    let outputs = source.outputs();
    let is_embedding_only = EMBEDDING_ONLY.iter().any(|prefix| id.starts_with(prefix)) && declared.is_none();
    if is_embedding_only && embedding.is_some() {
        return Ok(None);
    }
    let found = PREDICTIONS.iter().find(|name| source.has(name)).copied();
    let found = match (found, outputs) {
        (Some(found), _) => found,
        (None, [only]) => only.name.as_str(),
        _ => {
            let names: Vec<_> = outputs.iter().map(|info| info.name.as_str()).collect();
            return Err(InstallError::mismatch("output", "one, or one of a known name", names.join(", ")));
        }
    };
    if Some(found) == embedding {
        return Ok(None);
    }
    if let Some(declared) = declared {
        notes.push(format!("the predictions are `{declared}` in the metadata, `{found}` in the network"));
    }
    Ok(Some(found.to_owned()))
}
