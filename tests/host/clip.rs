//! Decoded audio files, one vector of samples per channel.

use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// A decoded file.
pub(crate) struct Clip {
    pub(crate) rate_hz: f64,
    pub(crate) channels: Vec<Vec<f32>>,
}

impl Clip {
    pub(crate) fn read(path: &Path) -> Self {
        let mut hint = Hint::new();
        hint.with_extension(path.extension().unwrap().to_str().unwrap());
        let stream = MediaSourceStream::new(Box::new(File::open(path).unwrap()), Default::default());
        let probe = symphonia::default::get_probe();
        let mut format = probe.probe(&hint, stream, FormatOptions::default(), MetadataOptions::default()).unwrap();
        let track = format.default_track(TrackType::Audio).unwrap();
        let id = track.id;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio()).unwrap();
        let codecs = symphonia::default::get_codecs();
        let mut codec = codecs.make_audio_decoder(parameters, &AudioDecoderOptions::default()).unwrap();
        let mut clip = Self { rate_hz: 0.0, channels: Vec::new() };
        let mut interleaved = Vec::new();
        while let Some(packet) = format.next_packet().unwrap() {
            if packet.track_id != id {
                continue;
            }
            let audio = codec.decode(&packet).unwrap();
            let count = audio.spec().channels().count();
            clip.rate_hz = audio.spec().rate().into();
            clip.channels.resize(count, Vec::new());
            interleaved.resize(audio.samples_interleaved(), 0.0_f32);
            audio.copy_to_slice_interleaved(&mut interleaved);
            for (c, channel) in clip.channels.iter_mut().enumerate() {
                channel.extend(interleaved.iter().skip(c).step_by(count));
            }
        }
        clip
    }

    pub(crate) fn frames(&self) -> usize {
        self.channels[0].len()
    }
}
