// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use symphonia_common::xiph::audio::opus;
use symphonia_core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia_core::errors::Error;
use symphonia_core::io::BufReader;

use crate::atoms::stsd::AudioSampleEntry;
use crate::atoms::{
    Atom, AtomHeader, AtomIterator, ReadAtom, Result, decode_error, unsupported_error,
};

const OPUS_MAGIC: &[u8] = b"OpusHead";
const OPUS_MAGIC_LEN: usize = OPUS_MAGIC.len();

/// Opus atom.
#[allow(dead_code)]
#[derive(Debug)]
pub struct OpusAtom {
    /// Opus extra data (identification header).
    extra_data: Box<[u8]>,
    /// The number of frames at 48 kHz to discard from the decoder output at the start.
    pre_skip: u16,
}

impl Atom for OpusAtom {
    fn read<R: ReadAtom>(reader: &mut AtomIterator<R>, header: &AtomHeader) -> Result<Self> {
        const MIN_OPUS_EXTRA_DATA_SIZE: usize = OPUS_MAGIC_LEN + 11;
        const MAX_OPUS_EXTRA_DATA_SIZE: usize = MIN_OPUS_EXTRA_DATA_SIZE + 257;

        // Offsets of the fields in the extra data.
        const OPUS_EXTRADATA_VERSION_OFFSET: usize = OPUS_MAGIC_LEN;
        const OPUS_EXTRADATA_PRE_SKIP_OFFSET: usize = OPUS_MAGIC_LEN + 2;
        const OPUS_EXTRADATA_SAMPLE_RATE_OFFSET: usize = OPUS_MAGIC_LEN + 4;
        const OPUS_EXTRADATA_GAIN_OFFSET: usize = OPUS_MAGIC_LEN + 8;

        // The dops atom contains the fields of an Opus identification header excluding the OpusHead
        // magic signature. Therefore, the atom data length should be atleast as long as the
        // shortest Opus identification header.
        let data_len = header
            .data_size()
            .ok_or(Error::DecodeError("isomp4 (opus): expected atom size to be known"))?
            as usize;

        if data_len < MIN_OPUS_EXTRA_DATA_SIZE - OPUS_MAGIC_LEN {
            return decode_error("isomp4 (opus): opus identification header too short");
        }

        if data_len > MAX_OPUS_EXTRA_DATA_SIZE - OPUS_MAGIC_LEN {
            return decode_error("isomp4 (opus): opus identification header too large");
        }

        let mut extra_data = vec![0; OPUS_MAGIC_LEN + data_len].into_boxed_slice();

        // The Opus magic is excluded in the atom, but the extra data must start with it.
        extra_data[..OPUS_MAGIC_LEN].copy_from_slice(OPUS_MAGIC);

        // Read the extra data from the atom.
        reader.read_buf_exact(&mut extra_data[OPUS_MAGIC_LEN..])?;

        // Verify the version number is 0.
        if extra_data[OPUS_EXTRADATA_VERSION_OFFSET] != 0 {
            return unsupported_error("isomp4 (opus): unsupported opus version");
        }

        // Version 0 of the dops atom corresponds to version 1 of the identification header. All
        // multi-byte fields are big-endian in the former, but little-endian in the latter.
        extra_data[OPUS_EXTRADATA_VERSION_OFFSET] = 1;

        for field in [
            OPUS_EXTRADATA_PRE_SKIP_OFFSET..OPUS_EXTRADATA_SAMPLE_RATE_OFFSET,
            OPUS_EXTRADATA_SAMPLE_RATE_OFFSET..OPUS_EXTRADATA_GAIN_OFFSET,
            OPUS_EXTRADATA_GAIN_OFFSET..OPUS_EXTRADATA_GAIN_OFFSET + 2,
        ] {
            extra_data[field].reverse();
        }

        let pre_skip = u16::from_le_bytes([
            extra_data[OPUS_EXTRADATA_PRE_SKIP_OFFSET],
            extra_data[OPUS_EXTRADATA_PRE_SKIP_OFFSET + 1],
        ]);

        Ok(OpusAtom { extra_data, pre_skip })
    }
}

impl OpusAtom {
    pub fn fill_audio_sample_entry(self, entry: &mut AudioSampleEntry) {
        let mut reader = BufReader::new(&self.extra_data);

        if let Ok(opus_head) = opus::OpusHead::read(&mut reader, 1) {
            entry.channels = Some(opus_head.channels);
        }

        // The sample rate of Opus is always 48 kHz. The rates in the sample entry and in the
        // identification header are informative.
        entry.sample_rate = 48_000.0;
        entry.pre_skip = u32::from(self.pre_skip);
        entry.codec_id = CODEC_ID_OPUS;
        entry.extra_data = Some(self.extra_data);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use symphonia_core::io::MediaSourceStream;

    use super::*;

    #[test]
    fn opus_atom_is_converted_to_identification_header() {
        let atom = [
            &[0, 0, 0, 19][..],
            b"dOps",
            // Version, channels, pre-skip of 312, 48 kHz, gain of -256, mapping family.
            &[0, 2, 0x01, 0x38, 0x00, 0x00, 0xbb, 0x80, 0xff, 0x00, 0],
        ]
        .concat();

        let mss = MediaSourceStream::new(Box::new(Cursor::new(atom)), Default::default());
        let mut it = AtomIterator::new(mss, Some(19));

        assert!(it.next_header().is_ok_and(|header| header.is_some()));

        let mut entry = AudioSampleEntry::default();

        match it.read_atom::<OpusAtom>() {
            Ok(atom) => atom.fill_audio_sample_entry(&mut entry),
            Err(_) => panic!("expected an opus atom"),
        }

        assert_eq!(
            entry.extra_data.as_deref(),
            Some(&b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\xff\x00"[..])
        );
        assert_eq!(entry.pre_skip, 312);
        assert_eq!(entry.channels.map(|channels| channels.count()), Some(2));
    }
}
