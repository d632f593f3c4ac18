//! Source of encoded audio: a file without the tags around its audio, or a pipe.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::io::{MediaSource, ReadOnlySource};

use super::{codec_names, tags};

/// Part of a file.
struct FileRange {
    file: File,
    range: Range<u64>,
    /// Position in the file.
    at: u64,
}

/// Source, and the name of its format if that has no built-in decoder.
type NamedSource = (Box<dyn MediaSource>, Option<&'static str>);

/// Returns a source of a regular file, which is not empty.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn from_file(mut file: File, len: u64) -> io::Result<NamedSource> {
    let range = tags::audio_range(&mut file, len)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut source = FileRange { file, at: range.start, range };
    let mut head = Vec::new();
    source.by_ref().take(codec_names::FORMAT_HEAD as u64).read_to_end(&mut head)?;
    source.rewind()?;
    Ok((Box::new(source), codec_names::format(&head)))
}

/// Returns a source of a pipe. Blocks until the first bytes arrive.
///
/// # Errors
/// If the pipe cannot be read.
pub(super) fn from_pipe(mut pipe: impl Read + Send + Sync + 'static) -> io::Result<NamedSource> {
    loop {
        let mut head = Vec::new();
        pipe.by_ref().take(tags::ID3V2_HEADER as u64).read_to_end(&mut head)?;
        if let Some(len) = head.first_chunk().and_then(tags::id3v2_len) {
            io::copy(&mut pipe.by_ref().take(len - tags::ID3V2_HEADER as u64), &mut io::sink())?;
            continue;
        }
        pipe.by_ref().take(codec_names::FORMAT_HEAD as u64).read_to_end(&mut head)?;
        let foreign = codec_names::format(&head);
        return Ok((Box::new(ReadOnlySource::new(Cursor::new(head).chain(pipe))), foreign));
    }
}

impl Read for FileRange {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.range.end.saturating_sub(self.at).min(buffer.len() as u64) as usize;
        let read = self.file.read(&mut buffer[..len])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for FileRange {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => self.range.start.checked_add(at),
            SeekFrom::End(offset) => self.range.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let at = at.filter(|&at| at >= self.range.start).ok_or(io::ErrorKind::InvalidInput)?;
        self.at = self.file.seek(SeekFrom::Start(at))?;
        Ok(self.at - self.range.start)
    }
}

impl MediaSource for FileRange {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.range.end - self.range.start)
    }
}
