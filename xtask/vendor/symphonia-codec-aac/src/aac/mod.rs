// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// Previous Author: Kostya Shishkov <kostya.shiskov@gmail.com>
//
// This source file includes code originally written for the NihAV
// project. With the author's permission, it has been relicensed for,
// and ported to the Symphonia project.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use symphonia_core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioSpec, GenericAudioBufferRef,
};
use symphonia_core::codecs::CodecInfo;
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia_core::codecs::audio::{AudioDecoder, FinalizeResult};
use symphonia_core::codecs::registry::{RegisterableAudioDecoder, SupportedAudioCodec};
use symphonia_core::errors::{Result, decode_error, unsupported_error};
use symphonia_core::io::{BitReaderLtr, FiniteBitStream, ReadBitsLtr};
use symphonia_core::packet::PacketRef;
use symphonia_core::{codec_profile, support_audio_codec};

use symphonia_common::mpeg::audio::{AudioObjectType, AudioSpecificConfig};

mod channels;
mod codebooks;
mod common;
mod cpe;
mod dsp;
mod ics;
mod window;

use channels::*;
use common::*;

/// Advanced Audio Coding (AAC) decoder.
///
/// Implements a decoder for Advanced Audio Decoding Low-Complexity (AAC-LC) as defined in
/// ISO/IEC 13818-7 and ISO/IEC 14496-3.
pub struct AacDecoder {
    // info: NACodecInfoRef,
    asc: AudioSpecificConfig,
    /// The assignment of coded channels to output channels. It is only known once a program
    /// configuration element was read if neither the audio specific configuration nor the codec
    /// parameters contain the channels.
    map: Option<ChannelMap>,
    pairs: Vec<cpe::ChannelPair>,
    /// The noise generator of all channels.
    lcg: Lcg,
    dsp: dsp::Dsp,
    sbinfo: GASubbandInfo,
    params: AudioCodecParameters,
    opts: AudioDecoderOptions,
    buf: AudioBuffer<f32>,
}

impl AacDecoder {
    pub fn try_new(params: &AudioCodecParameters, opts: &AudioDecoderOptions) -> Result<Self> {
        // This decoder only supports AAC.
        if params.codec != CODEC_ID_AAC {
            return unsupported_error("aac: invalid codec");
        }

        // If extra data present, parse the audio specific config
        let (asc, map) = if let Some(extra_data_buf) = &params.extra_data {
            validate!(extra_data_buf.len() >= 2);
            read_config(extra_data_buf)?
        }
        else {
            // Otherwise, assume there is no ASC and use the codec parameters for ADTS.
            let mut asc = AudioSpecificConfig::default();

            asc.object_type = AudioObjectType::Lc;
            asc.samples = 1024;

            asc.sample_rate = match params.sample_rate {
                Some(rate) => rate,
                None => return unsupported_error("aac: sample rate is required"),
            };

            asc.channels = params.channels.clone();

            let map = asc.channels.as_ref().and_then(ChannelMap::from_channels);

            (asc, map)
        };

        // If the channels are known, then their order must be known, too.
        if asc.channels.is_some() && map.is_none() {
            return unsupported_error("aac: unsupported channel layout");
        }

        // Check complexity.
        if asc.sbr_present {
            return unsupported_error("aac: spectral band replication (he-aac) is not supported");
        }

        if asc.object_type != AudioObjectType::Lc || asc.samples != 1024 {
            return unsupported_error("aac: aac too complex");
        }

        // Clone and amend the codec parameters with information from the extra data.
        let mut params = params.clone();

        params.with_sample_rate(asc.sample_rate);

        let sbinfo = GASubbandInfo::find(asc.sample_rate);

        let mut decoder = AacDecoder {
            asc,
            map: None,
            pairs: Vec::new(),
            lcg: Lcg::new(0x1f2e3d4c), // Use the same seed as ffmpeg for symphonia-check.
            dsp: dsp::Dsp::new(),
            sbinfo,
            params,
            opts: *opts,
            buf: Default::default(),
        };

        if let Some(map) = map {
            decoder.set_channel_map(map);
        }

        Ok(decoder)
    }

    /// Set the output channels.
    fn set_channel_map(&mut self, map: ChannelMap) {
        let spec = AudioSpec::new(self.asc.sample_rate, map.channels.clone());

        self.params.with_channels(map.channels.clone());
        self.buf = AudioBuffer::new(spec, self.asc.samples);
        self.pairs.clear();
        self.map = Some(map);
    }

    /// Get ready to decode a single channel element, a channel pair element, or a low-frequency
    /// effects channel element.
    fn set_pair(&mut self, id: u32, tag: u32, pair_no: usize, next: usize) -> Result<()> {
        let Some(map) = self.map.as_ref()
        else {
            return decode_error("aac: audio element before the program config");
        };

        let pair = id == ID_CPE;

        // The channels coded so far plus those of this element must not exceed the output channels.
        validate!(if pair { next + 1 } else { next } < map.count());

        let Some(channel) = map.channel(id, tag, next)
        else {
            return decode_error("aac: audio element is not in the program config");
        };

        if self.pairs.len() <= pair_no {
            self.pairs.push(cpe::ChannelPair::new(pair, channel, self.sbinfo));
        }
        else {
            validate!(self.pairs[pair_no].channel == channel);
            validate!(self.pairs[pair_no].is_pair == pair);
        }

        Ok(())
    }

    fn decode_ga<B: ReadBitsLtr + FiniteBitStream>(&mut self, bs: &mut B) -> Result<()> {
        let mut cur_pair = 0;
        let mut cur_ch = 0;
        while bs.bits_left() > 3 {
            let id = bs.read_bits_leq32(3)?;

            match id {
                ID_SCE | ID_LFE => {
                    let tag = bs.read_bits_leq32(4)?;
                    self.set_pair(id, tag, cur_pair, cur_ch)?;
                    self.pairs[cur_pair].decode_ga_sce(bs, &mut self.lcg, self.asc.object_type)?;
                    cur_pair += 1;
                    cur_ch += 1;
                }
                ID_CPE => {
                    let tag = bs.read_bits_leq32(4)?;
                    self.set_pair(id, tag, cur_pair, cur_ch)?;
                    self.pairs[cur_pair].decode_ga_cpe(bs, &mut self.lcg, self.asc.object_type)?;
                    cur_pair += 1;
                    cur_ch += 2;
                }
                ID_CCE => {
                    return unsupported_error("aac: coupling channel element");
                }
                ID_DSE => {
                    let _id = bs.read_bits_leq32(4)?;
                    let align = bs.read_bool()?;
                    let mut count = bs.read_bits_leq32(8)?;
                    if count == 255 {
                        count += bs.read_bits_leq32(8)?;
                    }
                    if align {
                        bs.realign(); // ????
                    }
                    bs.ignore_bits(count * 8)?; // no SBR payload or such
                }
                ID_PCE => {
                    let map = ChannelMap::read_pce(bs)?;

                    // The channels given by the container take precedence, if any.
                    if self.asc.channels.is_none() && self.map.as_ref() != Some(&map) {
                        // A program config must precede all audio elements.
                        validate!(cur_pair == 0);
                        self.set_channel_map(map);
                    }
                }
                ID_FIL => {
                    let mut count = bs.read_bits_leq32(4)? as usize;
                    if count == 15 {
                        count += bs.read_bits_leq32(8)? as usize;
                        count -= 1;
                    }

                    // Check if the ID_FIL element contains SBR data. Note that ID_FIL elements with
                    // SBR data may not contain other extension payloads.
                    if count > 0 {
                        let ext_type = bs.read_bits_leq32(4)?;

                        match ext_type {
                            // EXT_SBR_DATA (0xd)
                            // EXT_SBR_DATA_CRC (0xe)
                            0xd | 0xe => self.asc.sbr_present = true,
                            // EXT_FILL (0x0)
                            // EXT_FILL_DATA (0x1)
                            // EXT_DATA_ELEMENT (0x2)
                            // EXT_DYNAMIC_RANGE (0xb)
                            // EXT_SAC_DATA (0xc)
                            _ => (),
                        }

                        // Ignore extension payload(s).
                        bs.ignore_bits(4)?;
                        for _ in 0..count - 1 {
                            bs.ignore_bits(8)?;
                        }
                    }
                }
                ID_END => {
                    break;
                }
                _ => unreachable!(),
            };
        }

        // Channels that are not coded are silent.
        self.buf.render_silence(None);

        let rate_idx = GASubbandInfo::find_idx(self.asc.sample_rate);

        if let Some(map) = &self.map {
            for pair in &mut self.pairs[..cur_pair] {
                pair.synth_audio(&mut self.dsp, map, &mut self.buf, rate_idx);
            }
        }

        Ok(())
    }

    // fn flush(&mut self) {
    //     for pair in self.pairs.iter_mut() {
    //         pair.ics[0].delay = [0.0; 1024];
    //         pair.ics[1].delay = [0.0; 1024];
    //     }
    // }

    fn decode_inner(&mut self, packet: &PacketRef<'_>) -> Result<()> {
        // Clear the audio output buffer.
        self.buf.clear();

        // The elements added by a packet that cannot be decoded are not to be relied on.
        let num_pairs = self.pairs.len();

        let mut bs = BitReaderLtr::new(packet.data);

        // Choose decode step based on the object type.
        match self.asc.object_type {
            AudioObjectType::Lc => {
                if let Err(err) = self.decode_ga(&mut bs) {
                    self.pairs.truncate(num_pairs);
                    return Err(err);
                }
            }
            _ => return unsupported_error("aac: object type"),
        }

        if self.opts.gapless {
            self.buf.trim(packet.trim_start.get() as usize, packet.trim_end.get() as usize);
        }

        Ok(())
    }
}

impl AudioDecoder for AacDecoder {
    fn reset(&mut self) {
        for pair in self.pairs.iter_mut() {
            pair.reset();
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        // Only one codec is supported.
        &Self::supported_codecs().first().expect("at least one codec registered").info
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        if let Err(e) = self.decode_inner(packet) {
            self.buf.clear();
            Err(e)
        }
        else {
            Ok(self.buf.as_generic_audio_buffer_ref())
        }
    }

    fn finalize(&mut self) -> FinalizeResult {
        Default::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buf.as_generic_audio_buffer_ref()
    }
}

impl RegisterableAudioDecoder for AacDecoder {
    fn try_registry_new(
        params: &AudioCodecParameters,
        opts: &AudioDecoderOptions,
    ) -> Result<Box<dyn AudioDecoder>>
    where
        Self: Sized,
    {
        Ok(Box::new(AacDecoder::try_new(params, opts)?))
    }

    fn supported_codecs() -> &'static [SupportedAudioCodec] {
        use symphonia_core::codecs::audio::well_known::profiles::CODEC_PROFILE_AAC_LC;

        &[support_audio_codec!(
            CODEC_ID_AAC,
            "aac",
            "Advanced Audio Coding",
            &[codec_profile!(CODEC_PROFILE_AAC_LC, "aac-lc", "Low Complexity"),]
        )]
    }
}
