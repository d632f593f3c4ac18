// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Detection of metadata tags between, and after, MPEG audio frames.
//!
//! Lyrics3 tags do not begin with their length. However, they are text without any byte that is
//! part of a sync word. Therefore, it is safe to search them for frames.

use symphonia_core::errors::Result;
use symphonia_core::io::{MediaSource, MediaSourceStream, ReadBytes, SeekBuffered};

/// Check if the first 4 bytes of data may be the first 4 bytes of a tag.
pub fn is_maybe_tag(word: u32) -> bool {
    matches!(&word.to_be_bytes(), [b'I', b'D', b'3', _] | [b'T', b'A', b'G', _] | b"APET" | b"LYRI")
}

/// Skip an ID3v2, ID3v1, or APE tag, whose first 4 bytes were just read from the reader. Returns
/// false, and leaves the reader where it is, if there is no such tag.
pub fn try_skip(reader: &mut MediaSourceStream<'_>, word: u32) -> Result<bool> {
    let pos = reader.pos();

    let len = match &word.to_be_bytes() {
        [b'I', b'D', b'3', major] => read_id3v2_len(reader, *major)?,
        // The tag is 128 bytes in length.
        [b'T', b'A', b'G', _] => Some(124),
        b"APET" => read_ape_len(reader)?,
        _ => return Ok(false),
    };

    // A tag that is longer than the stream is damaged, or is no tag. There may be frames after it.
    let len = len.filter(|len| reader.byte_len().is_none_or(|total| reader.pos() + len <= total));

    match len {
        Some(len) => {
            reader.ignore_bytes(len)?;
            Ok(true)
        }
        None => {
            reader.seek_buffered(pos);
            Ok(false)
        }
    }
}

/// Read the remainder of an ID3v2 header, and get the length of the tag following it.
fn read_id3v2_len(reader: &mut MediaSourceStream<'_>, major: u8) -> Result<Option<u64>> {
    let mut buf = [0; 6];
    reader.read_buf_exact(&mut buf)?;

    let [minor, flags, size @ ..] = buf;

    // The size is a 28-bit "syncsafe" integer.
    if major == 0xff || minor == 0xff || size.iter().any(|byte| byte & 0x80 != 0) {
        return Ok(None);
    }

    let size = size.iter().fold(0, |size, &byte| (size << 7) | u64::from(byte));

    // The size excludes the footer, if present.
    Ok(Some(size + if flags & 0x10 != 0 { 10 } else { 0 }))
}

/// Read the remainder of an APE tag header or footer, and get the length of the tag following it.
fn read_ape_len(reader: &mut MediaSourceStream<'_>) -> Result<Option<u64>> {
    let mut buf = [0; 28];
    reader.read_buf_exact(&mut buf)?;

    if buf[..4] != *b"AGEX" {
        return Ok(None);
    }

    let size = u32::from_le_bytes([buf[8], buf[9], buf[10], buf[11]]);
    let flags = u32::from_le_bytes([buf[16], buf[17], buf[18], buf[19]]);

    // The size includes the items and the footer, but not the header. A footer is the end of a tag.
    let is_header = flags & 0x2000_0000 != 0;

    Ok(Some(if is_header { u64::from(size) } else { 0 }))
}
