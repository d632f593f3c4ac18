//! Kind of a network's outputs.

use earmark_dsp::FrontEnd;
use earmark_models::Kind;

use crate::Metadata;
use crate::input_spec::ModelInput;
use crate::known_models::KnownModel;
use crate::published::Published;

/// Known facts about the outputs of a network.
pub(crate) struct OutputFacts<'a> {
    pub(crate) metadata: &'a Metadata,
    pub(crate) published: &'a Published<'a>,
    pub(crate) known: Option<&'a KnownModel>,
    pub(crate) model_input: ModelInput,
    /// Name of the predictions, if the network has some.
    pub(crate) predictions: Option<&'a str>,
    /// Whether the outputs add up to 1.
    pub(crate) sums_to_one: bool,
}

/// Returns the kind of a network's outputs: that of the front end, of a published network, of the description, or of the
/// values. Appends a sentence to `assumed` if neither a description nor the file determines it.
pub(crate) fn kind(facts: &OutputFacts<'_>, assumed: &mut Vec<String>) -> Kind {
    let OutputFacts { metadata, published, known, model_input, predictions, sums_to_one } = *facts;
    let Some(predictions) = predictions else { return Kind::Embedding };
    let front_end = match model_input {
        ModelInput::Patches(patches) => Some(patches.front_end),
        ModelInput::Embedding(_) => None,
    };
    match front_end {
        Some(FrontEnd::TempoCnn) => return Kind::Tempo { first_bpm: 30 },
        Some(FrontEnd::Crepe) => return Kind::Pitch,
        Some(FrontEnd::FsdSinet) if metadata.algorithm == "TensorflowPredictFSDSINet" => return Kind::Events,
        _ => {}
    }
    let is_of_sounds =
        front_end.is_some() && (published.name.contains("yamnet") || published.name.contains("fsd-sinet"));
    let by_name = known.map(|known| known.kind).or_else(|| is_of_sounds.then_some(Kind::Events));
    if let Some(kind) = by_name.filter(|_| published.is_certain()) {
        return kind;
    }
    if let Some(kind) = described(metadata, assumed) {
        return kind;
    }
    if let Some(kind) = by_name {
        let sentence =
            "as those of the published network of this name; if that is wrong, state the `type` in the metadata file";
        assumed.push(format!("the outputs are {}, {sentence}", words(kind)));
        return kind;
    }
    // A softmax means one class out of several.
    if sums_to_one || predictions.ends_with("Softmax") {
        assumed.push("the classes exclude each other, because the outputs add up to 1".to_owned());
        return Kind::Classes;
    }
    assumed.push(
        "the outputs are tags with independent probabilities; for classes that exclude each other, or for quantities, state \
         the `type` in the metadata file: \"multi-class classifier\" or \"regression\""
            .to_owned(),
    );
    Kind::Tags
}

/// Returns the kind that the description states.
fn described(metadata: &Metadata, assumed: &mut Vec<String>) -> Option<Kind> {
    let task = metadata.task.to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| task.contains(word));
    match () {
        () if is(&["regression"]) => {
            let (low, high) = metadata.range.unwrap_or_else(|| {
                assumed.push(
                    "the values are on a scale from 0 to 1; state another one as \"range\": [low, high]".to_owned(),
                );
                (0.0, 1.0)
            });
            Some(Kind::Values { low, high })
        }
        () if is(&["multi-label", "multilabel", "tagging", "tagger"]) => Some(Kind::Tags),
        () if is(&["multi-class", "multiclass", "binary", "single-label"]) => Some(Kind::Classes),
        () if is(&["event"]) => Some(Kind::Events),
        () => None,
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Classes => "classes that exclude each other",
        Kind::Values { .. } => "quantities",
        Kind::Events => "sound events",
        _ => "tags",
    }
}
