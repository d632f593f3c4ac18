//! From a file to a model that has answered once.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use earmark_import::{Source, content};
use earmark_models::{
    Card, Kind, Layout, ModelError, Normalisation, Origin, Registry, engine_from_onnx, family, sha256,
};

use crate::input_spec::{Patches, Takes};
use crate::signature::{self, Signature};
use crate::{InstallError, Metadata, Probe, known_models, metadata, probe};

/// A model that can be kept.
#[derive(Debug, Clone)]
pub struct PreparedModel {
    /// What it is.
    pub card: Card,
    /// Its network, in the form that is kept.
    pub onnx: Vec<u8>,
    /// What a first run showed.
    pub probe: Probe,
    /// The model whose embedding it takes, if that is not here yet.
    pub waits_for: Option<String>,
}

/// Reads a network file, or the folder of a SavedModel, with what lies beside it: a card (`<name>.toml`), or else
/// metadata (`<name>.json`), or neither. Converts it, and lets it answer once. Stores nothing.
///
/// # Errors
/// What is wrong with the file or what lies beside it; see [`InstallError`].
pub fn prepare(path: &Path, registry: &'static Registry) -> Result<PreparedModel, InstallError> {
    let id = id(path)?;
    let bytes = content(path)?;
    let source = Source::from_bytes(&bytes)?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = Origin { file, sha256: sha256(&bytes) };
    if let Some(text) = beside(path, "toml")? {
        return with_card(&text, &source, &origin, registry);
    }
    let metadata = beside(path, "json")?.map_or_else(|| Ok(Metadata::default()), |text| Metadata::from_json(&text))?;
    described(&id, &source, &metadata, origin, registry)
}

/// The id that a file's name gives it.
fn id(path: &Path) -> Result<String, InstallError> {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(InstallError::Name(name));
    }
    Ok(name)
}

/// The text of the file of the same name with another ending, if there is one.
fn beside(path: &Path, ending: &str) -> Result<Option<String>, InstallError> {
    let path = path.with_extension(ending);
    let mut text = String::new();
    // A pipe or a device has no end.
    if path.exists() && !path.is_file() {
        return Err(InstallError::File { path, why: "expected a file, got something else".into() });
    }
    match File::open(&path) {
        Ok(file) => {
            let read = file.take(metadata::LARGEST + 1).read_to_string(&mut text);
            read.map_err(|error| InstallError::file(&path, &error))?;
            Ok(Some(text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(InstallError::file(&path, &error)),
    }
}

/// A network with a card of Earmark's, which must be right in everything.
fn with_card(
    text: &str,
    source: &Source,
    origin: &Origin,
    registry: &'static Registry,
) -> Result<PreparedModel, InstallError> {
    let base = |of: &str| registry.base(of);
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
    Ok(PreparedModel { card, onnx, probe, waits_for: None })
}

/// A network with metadata, or with nothing but a name.
fn described(
    id: &str,
    source: &Source,
    metadata: &Metadata,
    origin: Origin,
    registry: &'static Registry,
) -> Result<PreparedModel, InstallError> {
    let Signature { input, shape, takes, predictions, embedding, mut notes } = Signature::new(id, source, metadata)?;
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

    let kind = signature::kind(id, metadata, takes, predictions.as_deref());
    let labels = if kind.has_labels() { labels(id, metadata, classes, &mut notes)? } else { Vec::new() };
    let (head_of, waits_for, patches) = match takes {
        Takes::Patches(patches) => (None, None, patches),
        Takes::Embedding(width) => {
            let of = base(id, metadata, width, &mut notes)?;
            let here = registry.base(&of);
            if let Some(base) = here.filter(|base| base.embedding != Some(width)) {
                let (id, base, got) = (id.to_owned(), base.id.clone(), base.embedding.unwrap_or(0));
                return Err(ModelError::Width { id, base, expected: width, got }.into());
            }
            let waits_for = here.is_none().then(|| of.clone());
            (Some(of), waits_for, here.map_or(STAND_IN, patches_of))
        }
    };
    if waits_for.is_none() {
        check_rate(metadata, patches)?;
    }
    let known = known_models::known(id);
    let positive = known.as_ref().and_then(|known| known.positive).map(str::to_owned).or_else(|| opposed(&labels));
    let card = Card {
        id: id.to_owned(),
        name: if metadata.name.is_empty() { id.to_owned() } else { metadata.name.clone() },
        kind,
        head_of,
        front_end: patches.front_end,
        patch_frames: patches.frames,
        hop_frames: patches.hop_frames,
        input: shape,
        layout: patches.layout,
        normalisation: patches.normalisation,
        embedding: width,
        classes,
        positive: positive.and_then(|positive| labels.iter().position(|label| *label == positive)),
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
    Ok(PreparedModel { card, onnx, probe, waits_for })
}

/// Patches of a head whose model is not here. They are not written into its card.
const STAND_IN: Patches = Patches {
    front_end: earmark_dsp::FrontEnd::MusiCnn,
    frames: 187,
    hop_frames: 93,
    layout: Layout::FramesBands,
    normalisation: Normalisation::None,
};

fn patches_of(card: &Card) -> Patches {
    Patches {
        front_end: card.front_end,
        frames: card.patch_frames,
        hop_frames: card.hop_frames,
        layout: Layout::FramesBands,
        normalisation: Normalisation::None,
    }
}

/// Our names for what a network gives.
fn names(predicts: bool, embeds: bool) -> Vec<&'static str> {
    let predictions = predicts.then_some("activations");
    predictions.into_iter().chain(embeds.then_some("embeddings")).collect()
}

fn labels(id: &str, metadata: &Metadata, classes: usize, notes: &mut Vec<String>) -> Result<Vec<String>, InstallError> {
    let said = metadata.output("predictions").and_then(|output| *output.shape.last()?);
    if let Some(said) = said.filter(|&said| said != classes) {
        notes.push(format!("the description has {said} outputs, the network gives {classes}"));
    }
    if metadata.classes.len() == classes {
        return Ok(metadata.classes.clone());
    }
    let known = known_models::known(id).filter(|known| known.labels.len() == classes);
    let said = metadata.classes.len();
    match known {
        Some(known) => {
            if said > 0 {
                notes.push(format!(
                    "the description has {said} classes, the network gives {classes}: labels are those of its name"
                ));
            } else if !known.seen {
                notes.push("the order of the labels is that of Essentia's page; no description was seen".into());
            }
            Ok(known.labels.to_vec())
        }
        None if said > 0 => Err(InstallError::mismatch("classes", classes, said)),
        None => {
            notes.push("labels unknown: no description, and no list for a file of that name".into());
            Ok((1..=classes).map(|class| format!("class {class}")).collect())
        }
    }
}

/// The model whose embedding a head takes.
fn base(id: &str, metadata: &Metadata, width: usize, notes: &mut Vec<String>) -> Result<String, InstallError> {
    let known = known_models::base(id, width);
    match (&metadata.embedding_model, known) {
        // Descriptions have named another network now and then.
        (Some(said), Some(known)) if family(said) != known => {
            notes.push(format!(
                "the description says that it takes the embedding of {said}, its name and width say {known}"
            ));
            Ok(known.to_owned())
        }
        (Some(said), _) => Ok(said.clone()),
        (None, Some(known)) => Ok(known.to_owned()),
        (None, None) => {
            Err(InstallError::Unknown(format!("an input of {width} values, and no telling whose embedding")))
        }
    }
}

fn check_rate(metadata: &Metadata, patches: Patches) -> Result<(), InstallError> {
    let expected = patches.front_end.rate().hz();
    match metadata.sample_rate_hz {
        Some(got) if got != expected => Err(InstallError::mismatch("sample_rate", expected, got)),
        _ => Ok(()),
    }
}

/// Of a class and its opposite, the class.
fn opposed(labels: &[String]) -> Option<String> {
    let [a, b] = labels else { return None };
    let is_not = |label: &str, other: &str| {
        ["non_", "not_", "non-", "not ", "no_"].iter().any(|not| label.strip_prefix(not) == Some(other))
    };
    if is_not(a, b) {
        Some(b.clone())
    } else if is_not(b, a) {
        Some(a.clone())
    } else {
        None
    }
}

fn licence(id: &str, metadata: &Metadata) -> String {
    let is_tempo = ["deeptemp", "deepsquare", "shallowtemp"].iter().any(|name| id.starts_with(name));
    let words = match () {
        () if is_tempo => "AGPL-3.0",
        () if metadata.link.contains("essentia.upf.edu") || known_models::known(id).is_some() => "CC-BY-NC-SA-4.0",
        () => "unknown",
    };
    words.to_owned()
}
