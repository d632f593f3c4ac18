//! Input and outputs of a network, by the names in its description or by common names.

use earmark_import::{Source, TensorInfo};

use crate::input_spec::{open_sides, sides};
use crate::labels::Notes;
use crate::metadata::Tensor;
use crate::published::Published;
use crate::{InstallError, Metadata};

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

/// Prefixes of names of published networks, and the name of the embedding output of such networks.
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

/// Prefixes of names of published networks that have an embedding and no predictions.
const EMBEDDING_ONLY: &[&str] = &["audioset-vggish", "openl3-", "discogs_"];

/// Returns the input of a network.
pub(crate) fn input<'a>(
    source: &'a Source,
    metadata: &Metadata,
    notes: &mut Notes,
) -> Result<&'a TensorInfo, InstallError> {
    let inputs = source.inputs();
    let of_name = |name: &str| inputs.iter().find(|info| info.name == name);
    let declared = metadata.inputs.first().map(|declared| declared.name.as_str()).filter(|name| !name.is_empty());
    if let Some(info) = declared.and_then(of_name) {
        return Ok(info);
    }
    let found = match inputs {
        [only] => Some(only),
        _ => INPUTS.iter().find_map(|name| of_name(name)),
    };
    let found = found.ok_or_else(|| {
        let names: Vec<_> = inputs.iter().map(|info| format!("`{}`", info.name)).collect();
        let next_step =
            "Name the one of the features in the metadata file: {\"schema\": {\"inputs\": [{\"name\": ...}]}}; if the \
             others are constants or states, describe them in a card: earmark models describe FILE";
        InstallError::mismatch("the inputs", "one", format!("{}. {next_step}", listed(&names)))
    })?;
    if let Some(declared) = declared {
        notes.notes.push(format!("the input is `{declared}` in the metadata, `{}` in the network", found.name));
    }
    Ok(found)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Returns the dimensions of the input without the batch: of the network, or else of the metadata.
pub(crate) fn dims(input: &TensorInfo, metadata: &Metadata) -> Result<Vec<Option<usize>>, InstallError> {
    let declared = metadata.inputs.first();
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
        (shape, _) => {
            let shape = match shape.as_deref() {
                None => "without a shape".to_owned(),
                Some([]) => "that is a single number".to_owned(),
                Some(dims) => format!("of {} without a batch axis", open_sides(dims)),
            };
            let next_step = "Export the network with an input of [1, frames, bands]";
            Err(InstallError::Unknown(format!("an input `{}` {shape}. {next_step}", input.name)))
        }
    }
}

/// Returns the last `count` dimensions of a shape in the metadata, which may include the batch.
fn without_batch(shape: &[Option<usize>], count: usize) -> Vec<Option<usize>> {
    shape.get(shape.len().saturating_sub(count)..).unwrap_or_default().to_vec()
}

/// Adds a note if metadata and network differ in the shape of the input.
pub(crate) fn compare(declared: &Tensor, concrete: &[usize], notes: &mut Vec<String>) {
    let shape = without_batch(&declared.shape, concrete.len());
    let differs = shape.iter().zip(concrete).any(|(declared, dim)| declared.is_some_and(|declared| declared != *dim));
    if differs || (shape.len() != concrete.len() && !shape.is_empty()) {
        notes.push(format!(
            "the metadata declares an input of {}, the network has {}",
            open_sides(&declared.shape),
            sides(concrete)
        ));
    }
}

/// Returns the name of the embedding, if the network has one.
pub(crate) fn embedding(source: &Source, metadata: &Metadata, published: &Published<'_>) -> Option<String> {
    let declared = metadata.output("embeddings").map(|output| output.name.as_str());
    let known = EMBEDDINGS.iter().find(|(prefix, _)| published.name.starts_with(prefix)).map(|(_, name)| *name);
    let is_extractor = declared.is_some() || known.is_some();
    let names = declared.into_iter().chain(known).chain(is_extractor.then_some("embeddings"));
    let found = names.into_iter().find(|name| source.has(name));
    // Earmark's own files use this name.
    found.or_else(|| (source.has("activations") && source.has("embeddings")).then_some("embeddings")).map(str::to_owned)
}

/// Returns the name of the predictions, if the network has some.
pub(crate) fn predictions(
    source: &Source,
    metadata: &Metadata,
    published: &Published<'_>,
    embedding: Option<&str>,
    notes: &mut Notes,
) -> Result<Option<String>, InstallError> {
    let mut declared =
        metadata.outputs.iter().filter(|output| output.purpose == "predictions").map(|output| output.name.as_str());
    let (declared, second) = (declared.next(), declared.next());
    if let Some(declared) = declared.filter(|name| source.has(name)) {
        if let Some(second) = second {
            notes.assumed.push(format!(
                "the predictions are `{declared}`, the first of several in the metadata file; `{second}` is not used"
            ));
        }
        return Ok(Some(declared.to_owned()));
    }
    let outputs = source.outputs();
    let is_embedding_only =
        EMBEDDING_ONLY.iter().any(|prefix| published.name.starts_with(prefix)) && declared.is_none();
    if is_embedding_only && embedding.is_some() {
        return Ok(None);
    }
    let found = PREDICTIONS.iter().find(|name| source.has(name)).copied();
    let found = match (found, outputs) {
        (Some(found), _) => found,
        (None, [only]) => only.name.as_str(),
        _ => {
            let names: Vec<_> = outputs.iter().map(|info| format!("`{}`", info.name)).collect();
            return Err(InstallError::mismatch(
                "the outputs",
                "one",
                format!("{}. {}", listed(&names), choice(outputs)),
            ));
        }
    };
    if Some(found) == embedding {
        return Ok(None);
    }
    if let Some(declared) = declared {
        notes.notes.push(format!("the predictions are `{declared}` in the metadata, `{found}` in the network"));
    } else if !published.is_certain() {
        let others = others(source, found, embedding);
        if !others.is_empty() {
            notes.assumed.push(format!(
                "the predictions are `{found}`, and {} is not used. {}",
                others.join(", "),
                choice(outputs)
            ));
        }
    }
    Ok(Some(found.to_owned()))
}

/// Returns the outputs other than the predictions and the embedding.
fn others(source: &Source, found: &str, embedding: Option<&str>) -> Vec<String> {
    let is_used = |name: &str| name == found.trim_end_matches(":0") || Some(name) == embedding;
    let second = format!("{}:1", found.trim_end_matches(":0"));
    let names = source.outputs().iter().map(|info| info.name.clone()).chain(source.has(&second).then_some(second));
    names.filter(|name| !is_used(name)).map(|name| format!("`{name}`")).collect()
}

/// Returns the text of a description that chooses an output.
fn choice(outputs: &[TensorInfo]) -> String {
    let name = outputs.last().map(|info| info.name.as_str()).unwrap_or_default();
    format!(
        "Choose one in the metadata file: {{\"schema\": {{\"outputs\": [{{\"name\": \"{name}\", \"output_purpose\": \
         \"predictions\"}}]}}}}"
    )
}
