// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Assignment of coded channels to output channels, from a channel configuration or from a program
//! configuration element (PCE).

use symphonia_core::audio::{Channels, Position};
use symphonia_core::errors::{Result, decode_error, unsupported_error};
use symphonia_core::io::{BitReaderLtr, ReadBitsLtr};

use symphonia_common::mpeg::audio::{
    AudioObjectType, AudioSpecificConfig, Mpeg4AudioSampleRate,
    get_mpeg4_audio_object_type_by_index, get_mpeg4_audio_sample_rate_by_index,
};

/// Single channel element.
pub const ID_SCE: u32 = 0;
/// Channel pair element.
pub const ID_CPE: u32 = 1;
/// Coupling channel element.
pub const ID_CCE: u32 = 2;
/// Low-frequency effects channel element.
pub const ID_LFE: u32 = 3;
/// Data stream element.
pub const ID_DSE: u32 = 4;
/// Program configuration element.
pub const ID_PCE: u32 = 5;
/// Fill element.
pub const ID_FIL: u32 = 6;
/// End of the raw data block.
pub const ID_END: u32 = 7;

/// The output channels of the coded channels of a channel configuration, in coding order. Derived
/// from ISO/IEC 14496-3 Table 1.19. Configuration 13 (22.2 channels) is not supported.
fn channel_config_positions(index: u32) -> Option<&'static [Position]> {
    const C: Position = Position::FRONT_CENTER;
    const L: Position = Position::FRONT_LEFT;
    const R: Position = Position::FRONT_RIGHT;
    const LC: Position = Position::FRONT_LEFT_CENTER;
    const RC: Position = Position::FRONT_RIGHT_CENTER;
    const LS: Position = Position::SIDE_LEFT;
    const RS: Position = Position::SIDE_RIGHT;
    const LB: Position = Position::REAR_LEFT;
    const RB: Position = Position::REAR_RIGHT;
    const CB: Position = Position::REAR_CENTER;
    const LT: Position = Position::TOP_FRONT_LEFT;
    const RT: Position = Position::TOP_FRONT_RIGHT;
    const LFE: Position = Position::LFE1;

    Some(match index {
        1 => &[C],
        2 => &[L, R],
        3 => &[C, L, R],
        4 => &[C, L, R, CB],
        5 => &[C, L, R, LB, RB],
        6 => &[C, L, R, LB, RB, LFE],
        7 => &[C, LC, RC, L, R, LB, RB, LFE],
        11 => &[C, L, R, LB, RB, CB, LFE],
        12 => &[C, L, R, LS, RS, LB, RB, LFE],
        14 => &[C, L, R, LB, RB, LFE, LT, RT],
        _ => return None,
    })
}

/// An element listed by a program configuration element.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Element {
    id: u32,
    tag: u32,
    /// The first coded channel of the element.
    channel: usize,
}

/// Maps the coded channels of a raw data block to the planes of the audio buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap {
    /// The output channels.
    pub channels: Channels,
    /// The plane of each coded channel.
    planes: Vec<usize>,
    /// The elements by type and tag, if a program configuration element lists them. Otherwise, the
    /// order of the elements identifies them.
    elements: Option<Vec<Element>>,
}

impl ChannelMap {
    fn from_positions(coded: &[Position]) -> Self {
        let channels =
            Channels::Positioned(coded.iter().fold(Position::empty(), |all, &pos| all | pos));

        let planes = coded
            .iter()
            .filter_map(|&pos| channels.get_canonical_index_for_positioned_channel(pos))
            .collect();

        ChannelMap { channels, planes, elements: None }
    }

    /// Get the channel map for a channel configuration index.
    pub fn from_config(index: u32) -> Option<Self> {
        channel_config_positions(index).map(Self::from_positions)
    }

    /// Get the channel map for channels that originate from a channel configuration.
    pub fn from_channels(channels: &Channels) -> Option<Self> {
        if let Some(map) =
            (1..=14).filter_map(Self::from_config).find(|map| map.channels == *channels)
        {
            return Some(map);
        }

        // There is only one possible order for one or two channels, however they are described.
        match channels.count() {
            count @ (1 | 2) => Some(ChannelMap {
                channels: channels.clone(),
                planes: (0..count).collect(),
                elements: None,
            }),
            _ => None,
        }
    }

    /// Read a program configuration element. If it is in a raw data block, the element identifier
    /// must already have been read.
    pub fn read_pce<B: ReadBitsLtr>(bs: &mut B) -> Result<Self> {
        // The instance tag, the object type, and the sample rate index.
        bs.ignore_bits(4 + 2 + 4)?;

        let num_front = bs.read_bits_leq32(4)?;
        let num_side = bs.read_bits_leq32(4)?;
        let num_back = bs.read_bits_leq32(4)?;
        let num_lfe = bs.read_bits_leq32(2)?;
        let num_assoc_data = bs.read_bits_leq32(3)?;
        let num_coupling = bs.read_bits_leq32(4)?;

        // The optional mono, stereo, and matrix mix-downs.
        for num_bits in [4, 4, 3] {
            if bs.read_bool()? {
                bs.ignore_bits(num_bits)?;
            }
        }

        let mut elements = Vec::new();
        let mut positions = Some(Vec::new());
        let mut channel = 0;

        for (area, num_elements) in [num_front, num_side, num_back].into_iter().enumerate() {
            let first_channel = channel;
            let mut first_is_pair = false;

            for i in 0..num_elements {
                let id = if bs.read_bool()? { ID_CPE } else { ID_SCE };
                let tag = bs.read_bits_leq32(4)?;

                if i == 0 {
                    first_is_pair = id == ID_CPE;
                }

                elements.push(Element { id, tag, channel });
                channel += if id == ID_CPE { 2 } else { 1 };
            }

            let area_positions = pce_positions(area, channel - first_channel, first_is_pair);

            positions = positions.zip(area_positions).map(|(mut all, area_positions)| {
                all.extend(area_positions);
                all
            });
        }

        for (_, lfe) in (0..num_lfe).zip([Position::LFE1, Position::LFE2].iter().cycle()) {
            elements.push(Element { id: ID_LFE, tag: bs.read_bits_leq32(4)?, channel });
            channel += 1;

            if let Some(all) = positions.as_mut() {
                all.push(*lfe);
            }
        }

        // Associated data elements and coupling channel elements.
        bs.ignore_bits(4 * num_assoc_data + 5 * num_coupling)?;

        // The comment is byte-aligned.
        bs.realign();

        let comment_len = bs.read_bits_leq32(8)?;
        bs.ignore_bits(8 * comment_len)?;

        if channel == 0 {
            return decode_error("aac: program config without channels");
        }

        // If the speakers are not known, or if a speaker is listed more than once, then the
        // channels are only numbered.
        let map = positions
            .map(|positions| Self::from_positions(&positions))
            .filter(|map| map.channels.count() == channel)
            .unwrap_or_else(|| ChannelMap {
                channels: Channels::Discrete(channel as u16),
                planes: (0..channel).collect(),
                elements: None,
            });

        Ok(ChannelMap { elements: Some(elements), ..map })
    }

    /// Get the number of coded channels.
    pub fn count(&self) -> usize {
        self.planes.len()
    }

    /// Get the first coded channel of an element. `next` is the number of the channels coded before
    /// it in the raw data block.
    pub fn channel(&self, id: u32, tag: u32, next: usize) -> Option<usize> {
        match &self.elements {
            Some(elements) => elements
                .iter()
                .find(|element| element.id == id && element.tag == tag)
                .map(|element| element.channel),
            None => Some(next),
        }
    }

    /// Get the plane of a coded channel.
    pub fn plane(&self, channel: usize) -> usize {
        self.planes[channel]
    }
}

/// Get the output channels of an area (0: front, 1: side, 2: back) of a program configuration
/// element, in coding order. Elements are listed from the center of the front to the center of the
/// back.
fn pce_positions(
    area: usize,
    num_channels: usize,
    first_is_pair: bool,
) -> Option<&'static [Position]> {
    const C: Position = Position::FRONT_CENTER;
    const L: Position = Position::FRONT_LEFT;
    const R: Position = Position::FRONT_RIGHT;
    const LC: Position = Position::FRONT_LEFT_CENTER;
    const RC: Position = Position::FRONT_RIGHT_CENTER;
    const LS: Position = Position::SIDE_LEFT;
    const RS: Position = Position::SIDE_RIGHT;
    const LB: Position = Position::REAR_LEFT;
    const RB: Position = Position::REAR_RIGHT;
    const CB: Position = Position::REAR_CENTER;

    Some(match (area, num_channels, first_is_pair) {
        (_, 0, _) => &[],
        (0, 1, false) => &[C],
        (0, 2, _) => &[L, R],
        (0, 3, false) => &[C, L, R],
        (0, 4, _) => &[LC, RC, L, R],
        (0, 5, false) => &[C, LC, RC, L, R],
        (1, 2, _) => &[LS, RS],
        (2, 1, false) => &[CB],
        (2, 2, _) => &[LB, RB],
        (2, 3, true) => &[LB, RB, CB],
        (2, 4, _) => &[LS, RS, LB, RB],
        (2, 5, true) => &[LS, RS, LB, RB, CB],
        _ => return None,
    })
}

/// Read the audio specific configuration. The channel map is `None` if it is only known once a
/// program configuration element was read from the bitstream.
pub fn read_config(buf: &[u8]) -> Result<(AudioSpecificConfig, Option<ChannelMap>)> {
    let mut bs = BitReaderLtr::new(buf);

    let object_type = read_object_type(&mut bs)?;
    let sample_rate = read_sample_rate(&mut bs)?;
    let channel_config = bs.read_bits_leq32(4)?;

    // AudioSpecificConfig neither reads a program configuration element, nor knows the channel
    // configurations above 7.
    if (1..=7).contains(&channel_config) || object_type != AudioObjectType::Lc {
        let asc = AudioSpecificConfig::read(buf)?;
        let map = asc.channels.as_ref().and_then(ChannelMap::from_channels);
        return Ok((asc, map));
    }

    let mut asc = AudioSpecificConfig::default();

    asc.object_type = object_type;
    asc.sample_rate = sample_rate;
    asc.samples = if bs.read_bool()? { 960 } else { 1024 };

    let depends_on_core = bs.read_bool()?;

    if depends_on_core {
        let _delay = bs.read_bits_leq32(14)?;
    }

    let _extension_flag = bs.read_bool()?;

    let map = match channel_config {
        0 => ChannelMap::read_pce(&mut bs)?,
        index => match ChannelMap::from_config(index) {
            Some(map) => map,
            None => return unsupported_error("aac: unsupported channel configuration"),
        },
    };

    asc.channels = Some(map.channels.clone());

    Ok((asc, Some(map)))
}

fn read_object_type<B: ReadBitsLtr>(bs: &mut B) -> Result<AudioObjectType> {
    let index = match bs.read_bits_leq32(5)? {
        31 => 32 + bs.read_bits_leq32(6)?,
        index => index,
    };

    Ok(get_mpeg4_audio_object_type_by_index(index).unwrap_or(AudioObjectType::Unknown))
}

fn read_sample_rate<B: ReadBitsLtr>(bs: &mut B) -> Result<u32> {
    let rate = match get_mpeg4_audio_sample_rate_by_index(bs.read_bits_leq32(4)?) {
        Mpeg4AudioSampleRate::SampleRate(rate) => rate,
        Mpeg4AudioSampleRate::Escape => bs.read_bits_leq32(24)?,
        Mpeg4AudioSampleRate::Invalid => 0,
    };

    if rate == 0 {
        return decode_error("aac: invalid sample rate");
    }

    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_config_maps_coding_order_to_planes() {
        // Coded as center, left, right, rear left, rear right, LFE.
        let map = ChannelMap::from_config(6).unwrap();
        assert_eq!((0..6).map(|ch| map.plane(ch)).collect::<Vec<_>>(), [2, 0, 1, 4, 5, 3]);
        assert_eq!(ChannelMap::from_channels(&map.channels), Some(map));

        for index in (1..=7).chain([11, 12, 14]) {
            let map = ChannelMap::from_config(index).unwrap();
            let mut planes: Vec<_> = (0..map.count()).map(|ch| map.plane(ch)).collect();
            planes.sort_unstable();
            assert_eq!(planes, (0..map.channels.count()).collect::<Vec<_>>());
        }

        assert_eq!(ChannelMap::from_config(0), None);
        assert_eq!(ChannelMap::from_config(13), None);
    }

    #[test]
    fn program_config_maps_tags_to_channels() {
        // AAC-LC, 48 kHz, channel configuration 0, then a program configuration element with a
        // single channel element (tag 0) and a channel pair element (tag 1) in front, and a channel
        // pair element (tag 2) at the back, and no comment.
        let fields = [
            (2u32, 5),
            (3, 4),
            (0, 4),
            (0, 3),
            (0, 4),
            (1, 2),
            (3, 4),
            (2, 4),
            (0, 4),
            (1, 4),
            (0, 2 + 3 + 4 + 3),
            (0, 5),
            (0x11, 5),
            (0x12, 5),
        ];

        let mut bits: Vec<bool> = fields
            .iter()
            .flat_map(|&(value, len)| (0..len).rev().map(move |bit| value >> bit & 1 == 1))
            .collect();
        bits.resize(bits.len().next_multiple_of(8) + 8, false);

        let buf: Vec<u8> = bits
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |acc, &bit| acc << 1 | u8::from(bit)))
            .collect();

        let (asc, map) = read_config(&buf).unwrap();
        let map = map.unwrap();

        assert_eq!(asc.sample_rate, 48_000);
        assert_eq!(map.channels, ChannelMap::from_config(5).unwrap().channels);
        assert_eq!(map.channel(ID_SCE, 0, 0), Some(0));
        assert_eq!(map.channel(ID_CPE, 1, 0), Some(1));
        assert_eq!(map.channel(ID_CPE, 2, 0), Some(3));
        assert_eq!(map.channel(ID_CPE, 0, 0), None);

        // Any truncation is an error, and never a panic.
        for len in 0..buf.len() {
            assert!(read_config(&buf[..len]).is_err());
        }
    }
}
