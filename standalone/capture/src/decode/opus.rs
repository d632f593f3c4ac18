//! Opus decoder that implements symphonia's codec trait: symphonia has no Opus decoder of its own.
//!
//! The header of the container (RFC 7845, section 5.1) maps the streams of a packet to channels. The output rate is
//! always 48 kHz, and the samples are decoded to 16 bits before they are converted to f32.

use ropus::{OPUS_BAD_ARG, OPUS_BUFFER_TOO_SMALL, OPUS_INVALID_PACKET, OpusMSDecoder};
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, FinalizeResult};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;

/// Output rate of the decoder, in Hz.
const RATE_HZ: u32 = 48_000;
/// Maximum length of a packet, in frames (120 ms).
const MAX_PACKET_FRAMES: usize = 5_760;

const INFO: CodecInfo = CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] };

/// Identification header of a track (`OpusHead`).
#[derive(Debug, PartialEq)]
struct OpusHeader {
    channels: usize,
    /// Number of frames to drop at the start (RFC 7845: pre-skip).
    pre_skip: usize,
    /// Output gain as a factor.
    gain: f32,
    streams: usize,
    coupled: usize,
    /// Index of the decoded channel of each output channel.
    mapping: Vec<u8>,
}

/// Decoder of one Opus track.
pub(super) struct Opus {
    parameters: AudioCodecParameters,
    head: OpusHeader,
    inner: OpusMSDecoder,
    /// Number of frames still to drop at the start.
    lead: usize,
    interleaved: Vec<i16>,
    buffer: AudioBuffer<f32>,
}

/// Whether the track is Opus.
pub(super) fn is(parameters: &AudioCodecParameters) -> bool {
    parameters.codec == CODEC_ID_OPUS
}

impl Opus {
    /// Creates a decoder of a track. The extra data of `parameters` must be an Opus identification header.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Self> {
        let head = parameters.extra_data.as_deref().and_then(OpusHeader::read);
        let head = head.ok_or(Error::DecodeError("opus: expected an identification header, got none"))?;
        let inner = head.decoder()?;
        let channels = parameters.channels.clone().filter(|named| named.count() == head.channels);
        let channels = channels.unwrap_or(Channels::Discrete(head.channels as u16));
        Ok(Self {
            parameters: parameters.clone(),
            inner,
            interleaved: vec![0; MAX_PACKET_FRAMES * head.channels],
            lead: head.pre_skip,
            head,
            buffer: AudioBuffer::new(AudioSpec::new(RATE_HZ, channels), MAX_PACKET_FRAMES),
        })
    }

    fn try_decode(&mut self, packet: &PacketRef<'_>) -> Result<()> {
        // The decoder would treat an empty packet as a lost one and synthesize audio for it.
        if packet.data.is_empty() {
            return Err(Error::DecodeError("opus: expected a packet, got an empty one"));
        }
        let (len, room) = (packet.data.len() as i32, MAX_PACKET_FRAMES as i32);
        let frames = self.inner.decode(Some(packet.data), len, &mut self.interleaved, room, false).map_err(refused)?;
        self.buffer.clear();
        self.buffer.render_silence(Some(frames as usize));
        let (channels, gain) = (self.head.channels, self.head.gain / 32_768.0);
        for channel in 0..channels {
            let samples = self.interleaved.iter().skip(channel).step_by(channels);
            if let Some(plane) = self.buffer.plane_mut(channel) {
                plane.iter_mut().zip(samples).for_each(|(out, &sample)| *out = f32::from(sample) * gain);
            }
        }
        // Some containers already trim the pre-skip: it must not be dropped twice.
        let start = self.lead.max(packet.trim_start.get() as usize).min(frames as usize);
        self.lead = self.lead.saturating_sub(frames as usize);
        self.buffer.trim(start, packet.trim_end.get() as usize);
        Ok(())
    }
}

impl AudioDecoder for Opus {
    fn reset(&mut self) {
        // The header was valid when the first decoder was created, so an error is not expected.
        if let Ok(fresh) = self.head.decoder() {
            self.inner = fresh;
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        &INFO
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.parameters
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        if let Err(error) = self.try_decode(packet) {
            self.buffer.clear();
            return Err(error);
        }
        Ok(self.buffer.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}

impl OpusHeader {
    fn decoder(&self) -> Result<OpusMSDecoder> {
        let [channels, streams, coupled] = [self.channels, self.streams, self.coupled].map(|count| count as i32);
        OpusMSDecoder::new(RATE_HZ as i32, channels, streams, coupled, &self.mapping).map_err(refused)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let fields = bytes.strip_prefix(b"OpusHead")?;
        // Version, channels, pre-skip (2), input rate (4), gain (2), mapping family.
        let channels = usize::from(*fields.get(1)?);
        let pre_skip = usize::from(u16::from_le_bytes(fields.get(2..4)?.try_into().ok()?));
        let gain_q8 = i16::from_le_bytes(fields.get(8..10)?.try_into().ok()?);
        let gain = 10.0_f32.powf(f32::from(gain_q8) / 256.0 / 20.0);
        let (streams, coupled, mapping) = match fields.get(10)? {
            0 if (1..=2).contains(&channels) => (1, channels - 1, (0..channels as u8).collect()),
            0 => return None,
            _ => {
                let mapping = fields.get(13..13 + channels)?.to_vec();
                (usize::from(*fields.get(11)?), usize::from(*fields.get(12)?), mapping)
            }
        };
        Some(Self { channels, pre_skip, gain, streams, coupled, mapping })
    }
}

/// Converts an error code of the library. Symphonia accepts static messages only.
fn refused(code: i32) -> Error {
    Error::DecodeError(match code {
        OPUS_BAD_ARG => "opus: invalid number of channels or streams",
        OPUS_BUFFER_TOO_SMALL => "opus: packet longer than 120 ms",
        OPUS_INVALID_PACKET => "opus: invalid packet",
        _ => "opus: not supported by the decoder",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_header_maps_streams_to_channels() {
        let head = |channels: u8, gain: i16, family: u8, rest: &[u8]| {
            let mut bytes = b"OpusHead\x01".to_vec();
            bytes.extend([channels, 0x38, 1, 0x80, 0xbb, 0, 0]);
            bytes.extend(gain.to_le_bytes());
            bytes.push(family);
            bytes.extend(rest);
            OpusHeader::read(&bytes)
        };
        let stereo = head(2, 0, 0, &[]).unwrap();
        assert_eq!(
            stereo,
            OpusHeader { channels: 2, pre_skip: 312, gain: 1.0, streams: 1, coupled: 1, mapping: vec![0, 1] }
        );
        let quieter = head(1, -6 * 256, 0, &[]).unwrap();
        assert_eq!((quieter.streams, quieter.coupled, quieter.mapping), (1, 0, vec![0]));
        assert!((quieter.gain - 0.501_19).abs() < 1e-4);
        let quad = head(4, 0, 1, &[2, 2, 0, 1, 2, 3]).unwrap();
        assert_eq!((quad.streams, quad.coupled, quad.mapping), (2, 2, vec![0, 1, 2, 3]));
        for bad in [head(3, 0, 0, &[]), head(0, 0, 0, &[]), head(4, 0, 1, &[2, 2, 0]), OpusHeader::read(b"OpusTags")] {
            assert_eq!(bad, None);
        }
    }
}
