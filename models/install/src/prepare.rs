//! Conversion of a network file to a model with a card, and a test run.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use earmark_import::{Source, read_model_file};
use earmark_models::{
    Card, Kind, Layout, ModelError, Normalisation, Origin, Registry, engine_from_onnx, family, sha256,
};

use crate::class_pair::positive_of_pair;
use crate::input_spec::{ModelInput, PatchSpec};
use crate::signature::{self, Signature};
use crate::{InstallError, Metadata, PreparedModel, known_models, metadata, probe};

/// Reads a Gaia classifier (`.history`), or a network file or the folder of a SavedModel with its sidecar file: a card (`<name>.toml`), else metadata
/// (`<name>.json`), if there is one. Converts the network and runs it once. Writes nothing. Blocks.
///
/// # Errors
/// Any [`InstallError`] of the file or its sidecar file.
pub fn prepare(path: &Path, registry: &'static Registry) -> Result<PreparedModel, InstallError> {
    let id = id(path)?;
    let bytes = read_model_file(path)?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if path.extension().is_some_and(|extension| extension == "history") {
        return classifier(&id, bytes, file);
    }
    let source = Source::from_bytes(&bytes)?;
    let origin = Origin { file, sha256: sha256(&bytes) };
    if let Some(text) = read_sidecar(path, "toml")? {
        return with_card(&text, &source, &origin, registry);
    }
    let metadata =
        read_sidecar(path, "json")?.map_or_else(|| Ok(Metadata::default()), |text| Metadata::from_json(&text))?;
    from_metadata(&id, &source, &metadata, origin, registry)
}

#[cfg(feature = "classifiers")]
fn classifier(id: &str, history: Vec<u8>, file: String) -> Result<PreparedModel, InstallError> {
    crate::classifier::prepare(id, history, file)
}

#[cfg(not(feature = "classifiers"))]
fn classifier(_: &str, _: Vec<u8>, _: String) -> Result<PreparedModel, InstallError> {
    Err(InstallError::Classifier("this build lacks the cargo feature `descriptors`".into()))
}

/// Returns the id of a model, the file name without its extension.
fn id(path: &Path) -> Result<String, InstallError> {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(InstallError::Name(name));
    }
    Ok(name)
}

/// Reads the file of the same name with another extension, if it exists.
fn read_sidecar(path: &Path, extension: &str) -> Result<Option<String>, InstallError> {
    let path = path.with_extension(extension);
    let mut text = String::new();
    // Reading a pipe or a device may never end.
    if path.exists() && !path.is_file() {
        return Err(InstallError::File { path, why: "expected a file, got something else".into() });
    }
    match File::open(&path) {
        Ok(file) => {
            let read = file.take(metadata::MAX_BYTES + 1).read_to_string(&mut text);
            read.map_err(|error| InstallError::file(&path, &error))?;
            Ok(Some(text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(InstallError::file(&path, &error)),
    }
}

/// Prepares a network with a card, which must match the network completely.
fn with_card(
    text: &str,
    source: &Source,
    origin: &Origin,
    registry: &'static Registry,
) -> Result<PreparedModel, InstallError> {
    let base = |base_id: &str| registry.base(base_id);
    let card = Card::from_toml_with(text, base)?;
    if card.sha256 != origin.sha256 {
        let (id, expected, got) = (card.id, card.sha256, origin.sha256.clone());
        return Err(ModelError::Weights { id, expected, got }.into());
    }
    let [input] = source.inputs() else {
        return Err(InstallError::mismatch("inputs", 1, source.inputs().len()));
    };
    let names = names(card.kind != Kind::Embedding, card.embedding.is_some());
    let outputs: Vec<_> = names.iter().map(|&name| (name, name)).collect();
    let onnx = source.to_onnx((&input.name, &card.input), &outputs)?;
    let card = Card { sha256: sha256(&onnx), origin: Some(origin.clone()), ..card };
    let probe = probe::probe(&card, &onnx)?;
    Ok(PreparedModel { card, weights: onnx, probe, waits_for: None })
}

/// Prepares a network with metadata, or by its name only.
fn from_metadata(
    id: &str,
    source: &Source,
    metadata: &Metadata,
    origin: Origin,
    registry: &'static Registry,
) -> Result<PreparedModel, InstallError> {
    let Signature { input, shape, model_input, predictions, embedding, mut notes } =
        Signature::new(id, source, metadata)?;
    let predicts = predictions.is_some();
    let ours = names(predicts, embedding.is_some());
    let theirs = predictions.iter().chain(&embedding).map(String::as_str);
    let outputs: Vec<_> = theirs.zip(ours.iter().copied()).collect();
    let onnx = source.to_onnx((&input, &shape), &outputs)?;
    let engine =
        engine_from_onnx(&onnx, &shape, &ours).map_err(|error| ModelError::Engine { id: id.to_owned(), error })?;
    let mut widths = engine.outputs().iter().map(|output_spec| output_spec.width);
    let classes = if predicts { widths.next().unwrap_or(0) } else { 0 };
    let width = widths.next();

    let kind = signature::kind(id, metadata, model_input, predictions.as_deref());
    let labels = if kind.has_labels() { labels(id, metadata, classes, &mut notes)? } else { Vec::new() };
    let (head_of, waits_for, patches) = match model_input {
        ModelInput::Patches(patches) => (None, None, patches),
        ModelInput::Embedding(width) => {
            let base_id = base(id, metadata, width, &mut notes)?;
            let installed = registry.base(&base_id);
            if let Some(base) = installed.filter(|base| base.embedding != Some(width)) {
                let (id, base, got) = (id.to_owned(), base.id.clone(), base.embedding.unwrap_or(0));
                return Err(ModelError::EmbeddingWidth { id, base, expected: width, got }.into());
            }
            let waits_for = installed.is_none().then(|| base_id.clone());
            (Some(base_id), waits_for, installed.map_or(PLACEHOLDER_PATCHES, patches_of))
        }
    };
    if waits_for.is_none() {
        check_rate(metadata, patches)?;
    }
    let known = known_models::known(id);
    let positive =
        known.as_ref().and_then(|known| known.positive).map(str::to_owned).or_else(|| positive_of_pair(&labels));
    let card = Card {
        id: id.to_owned(),
        name: if metadata.name.is_empty() { id.to_owned() } else { metadata.name.clone() },
        kind,
        head_of,
        takes_descriptors: false,
        front_end: patches.front_end,
        patch_frames: patches.frames,
        hop_frames: patches.hop_frames,
        input: shape,
        layout: patches.layout,
        normalisation: patches.normalisation,
        embedding: width,
        classes,
        positive_class: positive.and_then(|positive| labels.iter().position(|label| *label == positive)),
        labels,
        licence: licence(id, metadata),
        source: if metadata.link.is_empty() { origin.file.clone() } else { metadata.link.clone() },
        citation: metadata.citation.clone(),
        description: metadata.description.clone(),
        sha256: sha256(&onnx),
        origin: Some(origin),
        notes,
    };
    let probe = probe::probe(&card, &onnx)?;
    Ok(PreparedModel { card, weights: onnx, probe, waits_for })
}

/// Placeholder for the patches of a head whose base model is not installed. Not written into the card.
const PLACEHOLDER_PATCHES: PatchSpec = PatchSpec {
    front_end: earmark_dsp::FrontEnd::MusiCnn,
    frames: 187,
    hop_frames: 93,
    layout: Layout::FramesBands,
    normalisation: Normalisation::None,
};

fn patches_of(card: &Card) -> PatchSpec {
    PatchSpec {
        front_end: card.front_end,
        frames: card.patch_frames,
        hop_frames: card.hop_frames,
        layout: Layout::FramesBands,
        normalisation: Normalisation::None,
    }
}

/// Returns the names of the outputs in the converted file.
fn names(predicts: bool, embeds: bool) -> Vec<&'static str> {
    let predictions = predicts.then_some("activations");
    predictions.into_iter().chain(embeds.then_some("embeddings")).collect()
}

fn labels(id: &str, metadata: &Metadata, classes: usize, notes: &mut Vec<String>) -> Result<Vec<String>, InstallError> {
    let declared = metadata.output("predictions").and_then(|output| *output.shape.last()?);
    if let Some(declared) = declared.filter(|&declared| declared != classes) {
        notes.push(format!("the metadata declares {declared} outputs, the network has {classes}"));
    }
    if metadata.classes.len() == classes {
        return Ok(metadata.classes.clone());
    }
    let known = known_models::known(id).filter(|known| known.labels.len() == classes);
    let declared = metadata.classes.len();
    match known {
        Some(known) => {
            if declared > 0 {
                notes.push(format!(
                    "the metadata declares {declared} classes, the network has {classes}: labels of the known model of this name"
                ));
            } else if !known.verified {
                notes.push(
                    "the order of the labels is that of Essentia's web page, not verified with a metadata file".into(),
                );
            }
            Ok(known.labels.to_vec())
        }
        None if declared > 0 => Err(InstallError::mismatch("classes", classes, declared)),
        None => {
            notes.push("labels unknown: no metadata, and no known model of this name".into());
            Ok((1..=classes).map(|class| format!("class {class}")).collect())
        }
    }
}

/// Returns the base model of a head.
fn base(id: &str, metadata: &Metadata, width: usize, notes: &mut Vec<String>) -> Result<String, InstallError> {
    let known = known_models::base(id, width);
    match (&metadata.embedding_model, known) {
        // Some published metadata files name another network.
        (Some(declared), Some(known)) if family(declared) != known => {
            notes.push(format!("the metadata declares the embedding of {declared}, name and width match {known}"));
            Ok(known.to_owned())
        }
        (Some(declared), _) => Ok(declared.clone()),
        (None, Some(known)) => Ok(known.to_owned()),
        (None, None) => Err(InstallError::Unknown(format!("an input of {width} values of an unknown base model"))),
    }
}

fn check_rate(metadata: &Metadata, patches: PatchSpec) -> Result<(), InstallError> {
    let expected = patches.front_end.rate().hz();
    match metadata.sample_rate_hz {
        Some(got) if got != expected => Err(InstallError::mismatch("sample_rate", expected, got)),
        _ => Ok(()),
    }
}

fn licence(id: &str, metadata: &Metadata) -> String {
    let is_tempo = ["deeptemp", "deepsquare", "shallowtemp"].iter().any(|name| id.starts_with(name));
    let name = match () {
        () if is_tempo => "AGPL-3.0",
        () if metadata.link.contains("essentia.upf.edu") || known_models::known(id).is_some() => "CC-BY-NC-SA-4.0",
        () => "unknown",
    };
    name.to_owned()
}
