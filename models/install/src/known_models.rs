//! Table of Essentia's published models by file name: labels, kind of output, base model.
//!
//! The order of the labels differs between heads, and from the order on the web page of the models.

use std::collections::HashMap;
use std::sync::LazyLock;

use earmark_models::Kind;
use serde::Deserialize;

/// Number of classes of a pitch network.
pub(crate) const PITCH_CLASSES: usize = 360;

/// The lists of labels by name.
static LABELS: LazyLock<HashMap<String, List>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../labels.json")).unwrap_or_default());

/// A list of labels.
#[derive(Deserialize)]
struct List {
    /// Whether the order is that of a metadata file published with a model.
    verified: bool,
    labels: Vec<String>,
}

/// A published model of a known file name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KnownModel {
    pub(crate) kind: Kind,
    pub(crate) labels: &'static [String],
    /// Whether the order of the labels is that of a metadata file published with the model; else that of the web page.
    pub(crate) verified: bool,
    /// Name of the positive class.
    pub(crate) positive: Option<&'static str>,
}

/// A task: prefix of file names, name of the list of labels, kind of output, positive class.
struct Task(&'static str, &'static str, OutputKind, Option<&'static str>);

/// The kind of the outputs of a task.
#[derive(Clone, Copy)]
enum OutputKind {
    Tags,
    Classes,
    /// Values from 1 to 9.
    OneToNine,
    /// Values from 0 to 1, an assumed range.
    ZeroToOne,
}

use OutputKind::{Classes, OneToNine, Tags, ZeroToOne};

const TASKS: &[Task] = &[
    Task("danceability", "danceability", Classes, Some("danceable")),
    Task("mood_happy", "mood_happy", Classes, Some("happy")),
    Task("mood_sad", "mood_sad", Classes, Some("sad")),
    Task("mood_relaxed", "mood_relaxed", Classes, Some("relaxed")),
    Task("mood_aggressive", "mood_aggressive", Classes, Some("aggressive")),
    Task("mood_party", "mood_party", Classes, Some("party")),
    Task("mood_acoustic", "mood_acoustic", Classes, Some("acoustic")),
    Task("mood_electronic", "mood_electronic", Classes, Some("electronic")),
    Task("voice_instrumental", "voice_instrumental", Classes, Some("voice")),
    Task("gender", "gender", Classes, None),
    Task("tonal_atonal", "tonal_atonal", Classes, Some("tonal")),
    Task("timbre", "timbre", Classes, None),
    Task("moods_mirex", "moods_mirex", Classes, None),
    Task("genre_dortmund", "genre_dortmund", Classes, None),
    Task("genre_rosamerica", "genre_rosamerica", Classes, None),
    Task("genre_rosamerica_head", "genre_rosamerica", Classes, None),
    Task("genre_tzanetakis", "genre_tzanetakis", Classes, None),
    Task("genre_electronic", "genre_electronic", Classes, None),
    Task("genre_discogs400", "genre_discogs400", Tags, None),
    Task("genre_discogs519", "genre_discogs519", Tags, None),
    Task("discogs-effnet", "genre_discogs400", Tags, None),
    Task("discogs-maest-30s-pw-519l", "genre_discogs519", Tags, None),
    Task("discogs-maest", "genre_discogs400", Tags, None),
    Task("mtg_jamendo_genre", "mtg_jamendo_genre", Tags, None),
    Task("mtg_jamendo_moodtheme", "mtg_jamendo_moodtheme", Tags, None),
    Task("mtg_jamendo_instrument", "mtg_jamendo_instrument", Tags, None),
    Task("mtg_jamendo_top50tags", "mtg_jamendo_top50tags", Tags, None),
    Task("nsynth_instrument", "nsynth_instrument", Classes, None),
    Task("nsynth_acoustic_electronic", "nsynth_acoustic_electronic", Classes, None),
    Task("nsynth_bright_dark", "nsynth_bright_dark", Classes, None),
    Task("nsynth_reverb", "nsynth_reverb", Classes, Some("wet")),
    Task("fs_loop_ds", "fs_loop_ds", Classes, None),
    Task("approachability_2c", "approachability_2c", Classes, Some("approachable")),
    Task("approachability_3c", "approachability_3c", Classes, None),
    Task("approachability_regression", "", ZeroToOne, None),
    Task("engagement_2c", "engagement_2c", Classes, Some("engaging")),
    Task("engagement_3c", "engagement_3c", Classes, None),
    Task("engagement_regression", "", ZeroToOne, None),
    Task("emomusic", "arousal_valence", OneToNine, None),
    Task("deam", "arousal_valence", OneToNine, None),
    Task("muse", "arousal_valence", OneToNine, None),
    Task("msd-musicnn", "msd50", Tags, None),
    Task("msd-vgg", "msd50", Tags, None),
    Task("msd", "msd50", Tags, None),
    // The order of these fifty tags is by frequency here, and alphabetical in the heads on Discogs-EffNet.
    Task("mtt-musicnn", "mtt50_legacy_musicnn_vgg", Tags, None),
    Task("mtt-vgg", "mtt50_legacy_musicnn_vgg", Tags, None),
    Task("mtt-discogs", "mtt50_effnet_heads", Tags, None),
    Task("urbansound8k", "urbansound8k", Classes, None),
];

/// Returns the known model whose name is the longest prefix of an id.
pub(crate) fn known(id: &str) -> Option<KnownModel> {
    let is_of = |task: &&Task| {
        let rest = id.strip_prefix(task.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    };
    let Task(name, list, output_kind, positive) = TASKS.iter().filter(is_of).max_by_key(|task| task.0.len())?;
    let list = LABELS.get(*list);
    let share: &'static [String] = match *name {
        "approachability_regression" => REGRESSION_LABELS.get(..1).unwrap_or_default(),
        "engagement_regression" => REGRESSION_LABELS.get(1..).unwrap_or_default(),
        _ => &[],
    };
    let kind = match output_kind {
        Tags => Kind::Tags,
        Classes => Kind::Classes,
        OneToNine => Kind::Values { low: 1.0, high: 9.0 },
        ZeroToOne => Kind::Values { low: 0.0, high: 1.0 },
    };
    let (labels, verified) = list.map_or((share, false), |list| (&*list.labels, list.verified));
    Some(KnownModel { kind, labels, verified, positive: *positive })
}

static REGRESSION_LABELS: LazyLock<Vec<String>> = LazyLock::new(|| vec!["approachability".into(), "engagement".into()]);

/// Parts of file names that identify the base model of a head: part, family, number of values of the embedding.
const BASES: &[(&str, &str, usize)] = &[
    ("msd-musicnn", "msd-musicnn", 200),
    ("musicnn-msd", "msd-musicnn", 200),
    ("musicnn_msd", "msd-musicnn", 200),
    ("mtt-musicnn", "mtt-musicnn", 200),
    ("musicnn-mtt", "mtt-musicnn", 200),
    ("discogs_artist_embeddings-effnet", "discogs_artist_embeddings-effnet", 1280),
    ("discogs_label_embeddings-effnet", "discogs_label_embeddings-effnet", 1280),
    ("discogs_release_embeddings-effnet", "discogs_release_embeddings-effnet", 1280),
    ("discogs_track_embeddings-effnet", "discogs_track_embeddings-effnet", 1280),
    ("discogs_multi_embeddings-effnet", "discogs_multi_embeddings-effnet", 1280),
    ("discogs-effnet", "discogs-effnet", 1280),
    ("audioset-vggish", "audioset-vggish", 128),
    ("vggish-audioset", "audioset-vggish", 128),
    ("audioset-yamnet", "audioset-yamnet", 1024),
    ("openl3-music-mel128-emb512", "openl3-music-mel128-emb512", 512),
];

/// Returns the family of models whose embedding of `width` values is the input of a head.
pub(crate) fn base(id: &str, width: usize) -> Option<&'static str> {
    let named = BASES.iter().filter(|(part, _, of_width)| *of_width == width && id.contains(part));
    named.max_by_key(|(part, ..)| part.len()).map(|(_, family, _)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_labels_that_include_its_positive_class() {
        for Task(name, ..) in TASKS {
            let known = known(name).unwrap();
            assert!(!known.labels.is_empty(), "{name}");
            if let Some(positive) = known.positive {
                assert!(known.labels.iter().any(|label| label == positive), "{name}: {positive}");
            }
        }
        assert!(LABELS.len() > 30);
    }

    #[test]
    fn longest_prefix_selects_labels_and_order() {
        let first = |id: &str| known(id).map(|known| (known.labels.len(), known.labels[0].as_str()));
        assert_eq!(first("mtt-musicnn-1"), Some((50, "guitar")));
        assert_eq!(first("mtt-discogs-effnet-1"), Some((50, "ambient")));
        assert_eq!(first("genre_dortmund_musicnn_msd"), Some((9, "alternative")));
        assert_eq!(first("discogs-maest-30s-pw-519l-2").map(|known| known.0), Some(519));
        assert_eq!(first("discogs-maest-10s-pw-2").map(|known| known.0), Some(400));
        assert_eq!(first("mood_sad-musicnn-msd-2"), Some((2, "non_sad")));
        assert_eq!(known("mood_sadness"), None);
        assert_eq!(known("emomusic-msd-musicnn-1").unwrap().kind, Kind::Values { low: 1.0, high: 9.0 });
    }

    #[test]
    fn head_name_identifies_its_base() {
        assert_eq!(base("mood_sad-msd-musicnn-1", 200), Some("msd-musicnn"));
        assert_eq!(base("genre_rosamerica_head-musicnn-msd-2", 200), Some("msd-musicnn"));
        assert_eq!(base("mood_sad-discogs-effnet-1", 1280), Some("discogs-effnet"));
        assert_eq!(base("mtt-discogs_artist_embeddings-effnet-1", 1280), Some("discogs_artist_embeddings-effnet"));
        assert_eq!((base("mood_sad-discogs-effnet-1", 200), base("mine", 200)), (None, None));
    }
}
