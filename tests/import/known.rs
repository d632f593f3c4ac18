//! Model files of the reference data, with their inputs and outputs.

/// Input of a file.
pub(super) enum Feed {
    /// Patches of a clip's features.
    Mel { mel: &'static str, frames: usize, hop: usize },
    /// Patches for the tempo networks, each standardised and laid out band after band.
    Tempo,
    /// Embeddings of MusiCNN.
    Embeddings,
    /// Noise, for files without reference results.
    Noise,
}

/// Published model file.
pub(super) struct Known {
    pub(super) file: &'static str,
    pub(super) shape: &'static [usize],
    /// Output names in the file, and the names in the imported file.
    pub(super) outputs: &'static [(&'static str, &'static str)],
    pub(super) feed: Feed,
    /// Results of the reference, one for each output.
    pub(super) goldens: &'static [&'static str],
    /// Other file of the same network.
    pub(super) same_as: &'static str,
}

const MUSICNN: Feed = Feed::Mel { mel: "mel_musicnn", frames: 187, hop: 93 };
const VGGISH: Feed = Feed::Mel { mel: "mel_vggish", frames: 96, hop: 96 };
const PATCH: &[usize] = &[1, 187, 96];
const TEMPO: &[usize] = &[1, 40, 256, 1];
const EMBEDDING: &[usize] = &[1, 200];
const EFFNET: &[usize] = &[1, 1280];
const ONNX: &[(&str, &str)] = &[("activations", "activations")];
const ONNX_BOTH: &[(&str, &str)] = &[("activations", "activations"), ("embeddings", "embeddings")];
const SIGMOID: &[(&str, &str)] = &[("model/Sigmoid", "activations")];
const SIGMOID_BOTH: &[(&str, &str)] = &[("model/Sigmoid", "activations"), ("model/dense/BiasAdd", "embeddings")];
const SOFTMAX: &[(&str, &str)] = &[("model/Softmax", "activations")];
const CALL: &[(&str, &str)] = &[("PartitionedCall:0", "activations")];

const fn known(
    file: &'static str,
    shape: &'static [usize],
    outputs: &'static [(&'static str, &'static str)],
    feed: Feed,
    goldens: &'static [&'static str],
    same_as: &'static str,
) -> Known {
    Known { file, shape, outputs, feed, goldens, same_as }
}

const MSD: &[&str] = &["msd_musicnn.activations.hop93", "msd_musicnn.embeddings.hop93"];
const MTT: &[&str] = &["mtt_musicnn.activations.hop93", "mtt_musicnn.embeddings.hop93"];

#[rustfmt::skip]
pub(super) const FILES: &[Known] = &[
    known("mtg/original/msd-musicnn-1.pb", PATCH, SIGMOID_BOTH, MUSICNN, MSD, "musicnn/msd_musicnn.onnx"),
    known("musicnn/msd_musicnn.pb", PATCH, SIGMOID_BOTH, MUSICNN, MSD, "musicnn/msd_musicnn.onnx"),
    known("musicnn/msd_musicnn.onnx", PATCH, ONNX_BOTH, MUSICNN, MSD, ""),
    known("musicnn/mtt_musicnn.pb", PATCH, SIGMOID_BOTH, MUSICNN, MTT, "musicnn/mtt_musicnn.onnx"),
    known("musicnn/mtt_musicnn.onnx", PATCH, ONNX_BOTH, MUSICNN, MTT, ""),
    known("musicnn/msd_vgg.pb", PATCH, SIGMOID, MUSICNN, &["msd_vgg.activations.hop93"], "musicnn/msd_vgg.onnx"),
    known("musicnn/msd_vgg.onnx", PATCH, ONNX, MUSICNN, &["msd_vgg.activations.hop93"], ""),
    known("musicnn/mtt_vgg.pb", PATCH, SIGMOID, MUSICNN, &["mtt_vgg.activations.hop93"], "musicnn/mtt_vgg.onnx"),
    known("musicnn/mtt_vgg.onnx", PATCH, ONNX, MUSICNN, &["mtt_vgg.activations.hop93"], ""),
    known("mtg/original/danceability-musicnn-msd-2.pb", PATCH, SIGMOID, MUSICNN, &["danceability-musicnn-msd-2.activations.hop93"], ""),
    known("mtg/original/mood_acoustic-musicnn-msd-2.pb", PATCH, SIGMOID, MUSICNN, &["mood_acoustic-musicnn-msd-2.activations.hop93"], ""),
    known("mtg/original/voice_instrumental-musicnn-msd-2.pb", PATCH, SIGMOID, MUSICNN, &["voice_instrumental-musicnn-msd-2.activations.hop93"], "mtg/voice_instrumental-musicnn-msd-2.onnx"),
    known("mtg/voice_instrumental-musicnn-msd-2.onnx", PATCH, ONNX, MUSICNN, &["voice_instrumental-musicnn-msd-2.activations.hop93"], ""),
    known("mtg/original/genre_dortmund_musicnn_msd.pb", PATCH, SIGMOID, MUSICNN, &["genre_dortmund_musicnn_msd.activations.hop93"], ""),
    known("mtg/original/genre_dortmund_saved_model", PATCH, SIGMOID, MUSICNN, &["genre_dortmund_musicnn_msd.activations.hop93"], "mtg/original/genre_dortmund_musicnn_msd.pb"),
    known("mtg/danceability-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["danceability-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/mood_aggressive-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["mood_aggressive-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/mood_happy-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["mood_happy-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/mood_relaxed-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["mood_relaxed-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/mood_sad-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["mood_sad-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/genre_rosamerica_head-musicnn-msd-2.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["genre_rosamerica-musicnn-msd-2.activations.hop93"], ""),
    known("mtg/moods_mirex-msd-musicnn-1.onnx", EMBEDDING, ONNX, Feed::Embeddings, &["moods_mirex-msd-musicnn-1.activations.hop93"], ""),
    known("mtg/original/moods_mirex-msd-musicnn-1.pb", EMBEDDING, CALL, Feed::Embeddings, &["moods_mirex-msd-musicnn-1.activations.hop93"], "mtg/moods_mirex-msd-musicnn-1.onnx"),
    known("mtg/original/emomusic-msd-musicnn-1.pb", &[1, 1, 200], &[("dense_out", "activations")], Feed::Noise, &[], "mtg/emomusic-msd-musicnn-1.onnx"),
    known("mtg/emomusic-msd-musicnn-1.onnx", &[1, 1, 200], &[("valence_arousal", "activations")], Feed::Noise, &[], ""),
    known("mtg/original/danceability-discogs-effnet-1.pb", EFFNET, SOFTMAX, Feed::Noise, &[], "mtg/original/danceability-discogs-effnet-1.onnx"),
    known("mtg/original/danceability-discogs-effnet-1.onnx", EFFNET, ONNX, Feed::Noise, &[], ""),
    known("mtg/original/mood_sad-discogs-effnet-1.pb", EFFNET, SOFTMAX, Feed::Noise, &[], "mtg/original/mood_sad-discogs-effnet-1.onnx"),
    known("mtg/original/mood_sad-discogs-effnet-1.onnx", EFFNET, ONNX, Feed::Noise, &[], ""),
    known("mtg/original/voice_instrumental-discogs-effnet-1.pb", EFFNET, SOFTMAX, Feed::Noise, &[], ""),
    known("mtg/original/approachability_regression-discogs-effnet-1.onnx", EFFNET, ONNX, Feed::Noise, &[], ""),
    known("mtg/original/genre_discogs400-discogs-effnet-1.pb", EFFNET, CALL, Feed::Noise, &[], ""),
    known("mtg/small_vggish_init.pb", &[1, 96, 64], SIGMOID, VGGISH, &["small_vggish_init.activations.hop96"], "mtg/small_vggish_init.onnx"),
    known("mtg/small_vggish_init.onnx", &[1, 96, 64], ONNX, VGGISH, &["small_vggish_init.activations.hop96"], ""),
    known("mtg/original/vgg4.pb", &[1, 128, 128], SOFTMAX, Feed::Noise, &[], ""),
    known("mtg/original/crepe-tiny-1.pb", &[1, 1024], &[("model/classifier/Sigmoid", "activations")], Feed::Noise, &[], ""),
    known("mtg/original/deeptemp_k16.pb", TEMPO, &[("output", "activations")], Feed::Tempo, &["tempocnn_deeptemp_k16.activations.hop128"], "tempocnn/deeptemp_k16.onnx"),
    known("tempocnn/deeptemp_k16.onnx", TEMPO, ONNX, Feed::Tempo, &["tempocnn_deeptemp_k16.activations.hop128"], ""),
    known("tempocnn/deeptemp_k4.pb", TEMPO, &[("output", "activations")], Feed::Tempo, &["tempocnn_deeptemp_k4.activations.hop128"], "tempocnn/deeptemp_k4.onnx"),
    known("tempocnn/deeptemp_k4.onnx", TEMPO, ONNX, Feed::Tempo, &["tempocnn_deeptemp_k4.activations.hop128"], ""),
    known("tempocnn/deepsquare_k1.pb", TEMPO, &[("output", "activations")], Feed::Tempo, &["tempocnn_deepsquare_k1.activations.hop128"], "tempocnn/deepsquare_k1.onnx"),
    known("tempocnn/deepsquare_k1.onnx", TEMPO, ONNX, Feed::Tempo, &["tempocnn_deepsquare_k1.activations.hop128"], ""),
    known("tempocnn/deepsquare_k8.pb", TEMPO, &[("output", "activations")], Feed::Tempo, &["tempocnn_deepsquare_k8.activations.hop128"], "tempocnn/deepsquare_k8.onnx"),
    known("tempocnn/deepsquare_k8.onnx", TEMPO, ONNX, Feed::Tempo, &["tempocnn_deepsquare_k8.activations.hop128"], ""),
    known("tempocnn/shallowtemp_k1.pb", TEMPO, &[("output", "activations")], Feed::Tempo, &["tempocnn_shallowtemp_k1.activations.hop128"], "tempocnn/shallowtemp_k1.onnx"),
    known("tempocnn/shallowtemp_k1.onnx", TEMPO, ONNX, Feed::Tempo, &["tempocnn_shallowtemp_k1.activations.hop128"], ""),
    known("tempocnn/fcn.onnx", TEMPO, ONNX, Feed::Noise, &[], ""),
];
