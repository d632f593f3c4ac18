//! A network with metadata, or without any description.

use earmark_dsp::FrontEnd;
use earmark_models::{Card, Kind, Layout, ModelError, Normalisation};

use crate::activation::Activation;
use crate::base_model::base_model;
use crate::class_pair::positive_of_pair;
use crate::conversion::{Conversion, Outputs};
use crate::input_spec::{self, InputCandidate, ModelInput, PatchSpec, open_sides};
use crate::kind::{OutputFacts, kind};
use crate::labels::{Labels, Notes};
use crate::network_file::NetworkFile;
use crate::published::{Evidence, Published};
use crate::{InstallError, Metadata, PreparedModel, element_type, examination, known_models, labels, probe, tensors};

/// Next step for outputs that are no probabilities.
const NEXT_STEP: &str = "If they are logits, add to the metadata file (NAME.json beside the network) \"inference\": \
     {\"activation\": \"softmax\"} for classes that exclude each other, or \"sigmoid\" for independent tags; if they are \
     quantities, \"type\": \"regression\" and \"range\": [low, high]";

/// Prepares a network with metadata, or by its content and name only.
pub(crate) fn prepare(metadata: &Metadata, file: &NetworkFile<'_>) -> Result<PreparedModel, InstallError> {
    let NetworkFile { id, source, bytes, origin, registry } = *file;
    let published = Published::new(&origin.sha256, metadata, id);
    let mut notes = Notes { notes: Vec::new(), assumed: metadata.assumed.clone() };
    source.check_branches(&[])?;
    let input = tensors::input(source, metadata, &mut notes)?;
    element_type::check(bytes, source.format(), &input.name)?;
    let dims = tensors::dims(input, metadata)?;
    let candidates = input_spec::candidates(metadata, Some(&published), &dims)?;
    let takes_embedding = candidates.iter().all(|candidate| matches!(candidate.model_input, ModelInput::Embedding(_)));
    if candidates.is_empty() {
        return Err(unknown_input(metadata, &input.name, &dims));
    }
    let embedding = if takes_embedding { None } else { tensors::embedding(source, metadata, &published) };
    let predictions = tensors::predictions(source, metadata, &published, embedding.as_deref(), &mut notes)?;
    let outputs = Outputs { predictions, embedding, activation: metadata.activation.unwrap_or(Activation::None) };
    let (candidate, conversion) = choose(candidates, file, &input.name, &outputs, metadata)?;
    let InputCandidate { model_input, dims, assumed, .. } = candidate;
    let Conversion { onnx, shape, examination, classes, width } = conversion;
    if let Some(declared) = metadata.inputs.first() {
        tensors::compare(declared, &dims, &mut notes.notes);
    }
    notes.assumed.extend(assumed);

    let known = known_models::known(published.name);
    let facts = OutputFacts {
        metadata,
        published: &published,
        known: known.as_ref(),
        model_input,
        predictions: outputs.predictions.as_deref(),
        sums_to_one: examination.sums_to_one,
    };
    let kind = kind(&facts, &mut notes.assumed);
    if !matches!(kind, Kind::Values { .. } | Kind::Embedding) {
        examination.check_probabilities(NEXT_STEP)?;
    }
    let Labels { names: labels, by_file_name } = match kind.has_labels() {
        true => labels::labels(id, metadata, &published, classes, &mut notes)?,
        false => Labels { names: Vec::new(), by_file_name: false },
    };
    labels::check(&labels)?;
    if by_file_name {
        notes.assumed.push(
            "the labels are those of the published network of this name; if they are others, list them in the metadata file: \
             \"classes\": [...]"
                .to_owned(),
        );
    }
    if let Some(table) = width.and_then(|_| examination::table(&onnx, "embeddings")) {
        notes.assumed.push(format!("the embedding is the output of {table}, row by row"));
    }
    let (head_of, waits_for, patches) = match model_input {
        ModelInput::Patches(patches) => (None, None, patches),
        ModelInput::Embedding(width) => {
            let base = base_model(id, (&input.name, width), metadata, &published, registry, &mut notes)?;
            let waits_for = base.installed.is_none().then(|| base.id.clone());
            (Some(base.id), waits_for, base.installed.map_or(PLACEHOLDER_PATCHES, patches_of))
        }
    };
    if waits_for.is_none() {
        check_rate(metadata, patches)?;
    }
    let is_known = published.is_certain() || by_file_name;
    let positive = known.as_ref().filter(|_| is_known).and_then(|known| known.positive).map(str::to_owned);
    let positive = positive.or_else(|| positive_of_pair(&labels));
    let mut builder =
        Card::builder(id, kind, patches.front_end).patch_frames(patches.frames).hop_frames(patches.hop_frames);
    if let Some(base) = head_of {
        builder = builder.head_of(base, shape.iter().product());
    }
    if let Some(positive) = positive.filter(|positive| labels.contains(positive)) {
        builder = builder.positive_class(positive);
    }
    let card = builder
        .name(if metadata.name.is_empty() { id } else { metadata.name.as_str() })
        .input(shape)
        .layout(patches.layout)
        .normalisation(patches.normalisation)
        .embedding(width)
        .classes(classes)
        .labels(labels)
        .licence(licence(metadata, &published))
        .source(if metadata.link.is_empty() { &origin.file } else { &metadata.link })
        .citation(&metadata.citation)
        .description(&metadata.description)
        .weights(&onnx)
        .origin(origin.clone())
        .notes(notes.notes)
        .assumed(notes.assumed)
        .build()
        .map_err(ModelError::from)?;
    let probe = probe::probe(&card, &onnx)?;
    Ok(PreparedModel { card, weights: onnx, probe, waits_for })
}

/// Converts the network for each possible input, and returns the first one with the number of classes that it requires.
fn choose(
    candidates: Vec<InputCandidate>,
    file: &NetworkFile<'_>,
    input: &str,
    outputs: &Outputs,
    metadata: &Metadata,
) -> Result<(InputCandidate, Conversion), InstallError> {
    let mut last: Option<Conversion> = None;
    let mut refused = None;
    for candidate in candidates {
        let shape: Vec<usize> = std::iter::once(1).chain(candidate.dims.iter().copied()).collect();
        let conversion = match last.take().filter(|conversion| conversion.shape == shape) {
            Some(conversion) => conversion,
            None => Conversion::new(file, input, shape, outputs)?,
        };
        match candidate.classes {
            Some(expected) if outputs.predictions.is_some() && expected != conversion.classes => {
                refused.get_or_insert((candidate, expected, conversion.classes));
                last = Some(conversion);
            }
            _ => return Ok((candidate, conversion)),
        }
    }
    let Some((candidate, expected, got)) = refused else { return Err(unknown_input(metadata, input, &[])) };
    let what = if expected == known_models::PITCH_CLASSES { "pitch" } else { "tempo" };
    if metadata.algorithm.is_empty() && metadata.front_end.is_none() {
        let sides = input_spec::sides(&candidate.dims);
        let got = format!(
            "an input `{input}` of {sides}, that of a {what} network, which has {expected} classes (got {got}). {}",
            describe_front_end()
        );
        return Err(InstallError::Unknown(got));
    }
    Err(InstallError::mismatch("classes", format!("{expected} of a {what} network"), got))
}

/// Returns the next step for an input of unknown features.
fn describe_front_end() -> String {
    let known = FrontEnd::ALL.map(FrontEnd::name).join(", ");
    format!(
        "If its features are those of one of {known}, state that in a metadata file NAME.json beside it: \
         {{\"inference\": {{\"front_end\": ..., \
         \"patch_frames\": ...}}}}; describe other features in a card: earmark models describe FILE"
    )
}

fn unknown_input(metadata: &Metadata, name: &str, dims: &[Option<usize>]) -> InstallError {
    const MIN_SAMPLES: usize = 4_000;
    let got = format!("`{name}` of {}", open_sides(dims));
    if let Some(front_end) = &metadata.front_end {
        return InstallError::mismatch("the input", format!("that of the front end {front_end}"), got);
    }
    if dims.iter().flatten().any(|&dim| dim >= MIN_SAMPLES) {
        let next_step = "which looks like samples of audio. Describe them in a card: earmark models describe FILE";
        return InstallError::Unknown(format!("an input {got}, {next_step}"));
    }
    if metadata.algorithm.is_empty() || metadata.algorithm == "TensorflowPredict" {
        return InstallError::Unknown(format!("an input {got}. {}", describe_front_end()));
    }
    InstallError::mismatch("the input", format!("that of {}", metadata.algorithm), got)
}

/// Placeholder for the patches of a head whose base model is not installed. Not written into the card.
const PLACEHOLDER_PATCHES: PatchSpec = PatchSpec {
    front_end: FrontEnd::MusiCnn,
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

fn check_rate(metadata: &Metadata, patches: PatchSpec) -> Result<(), InstallError> {
    let expected = patches.front_end.rate().hz();
    match metadata.sample_rate_hz {
        Some(got) if got != expected => Err(InstallError::mismatch("sample_rate", expected, got)),
        _ => Ok(()),
    }
}

/// Returns the licence: of the description, or of the published network.
fn licence(metadata: &Metadata, published: &Published<'_>) -> String {
    let is = |names: &[&str]| names.iter().any(|name| published.name.starts_with(name));
    let is_described = *metadata != Metadata::default();
    let is_of_package = ["msd-musicnn", "mtt-musicnn", "msd-vgg", "mtt-vgg"].contains(&published.name);
    let name = match () {
        () if !metadata.licence.is_empty() => &metadata.licence,
        () if published.evidence == Evidence::FileName && is_described => "unknown",
        () if is(&["deeptemp", "deepsquare", "shallowtemp", "fcn"]) => "AGPL-3.0",
        () if published.evidence == Evidence::Hash && is_of_package => "ISC",
        () if published.evidence == Evidence::Link || known_models::known(published.name).is_some() => {
            "CC-BY-NC-SA-4.0"
        }
        () => "unknown",
    };
    name.to_owned()
}
