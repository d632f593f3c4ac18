//! Cursor over the bytes of a history file: big-endian numbers, strings and counts, all checked against the remaining bytes.

use super::HistoryError;

/// Cursor that reports absolute offsets in its errors.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of the first byte in the file.
    base: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }

    /// Returns the absolute offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.base + self.at
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Returns an error about the item that starts at `offset`.
    pub(super) fn malformed(
        offset: usize,
        item: &'static str,
        expected: impl Into<String>,
        got: impl ToString,
    ) -> HistoryError {
        HistoryError::Malformed { offset, item, expected: expected.into(), got: got.to_string(), line_endings: false }
    }

    fn take(&mut self, count: usize, item: &'static str) -> Result<&'a [u8], HistoryError> {
        let rest = &self.bytes[self.at..];
        let Some(taken) = rest.get(..count) else {
            let expected = format!("{count} bytes");
            return Err(Self::malformed(self.offset(), item, expected, format!("{} bytes", rest.len())));
        };
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, item: &'static str) -> Result<[u8; N], HistoryError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, item)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self, item: &'static str) -> Result<u8, HistoryError> {
        Ok(self.array::<1>(item)?[0])
    }

    /// Reads a byte that is 0 or 1.
    pub(super) fn bool(&mut self, item: &'static str) -> Result<bool, HistoryError> {
        let offset = self.offset();
        match self.u8(item)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Self::malformed(offset, item, "0 or 1", other)),
        }
    }

    pub(super) fn u32(&mut self, item: &'static str) -> Result<u32, HistoryError> {
        Ok(u32::from_be_bytes(self.array(item)?))
    }

    pub(super) fn i32(&mut self, item: &'static str) -> Result<i32, HistoryError> {
        Ok(i32::from_be_bytes(self.array(item)?))
    }

    pub(super) fn u64(&mut self, item: &'static str) -> Result<u64, HistoryError> {
        Ok(u64::from_be_bytes(self.array(item)?))
    }

    /// Reads a number of elements of at least `min_len` bytes each, all of which must fit into the remaining bytes.
    pub(super) fn count(&mut self, min_len: usize, item: &'static str) -> Result<usize, HistoryError> {
        let offset = self.offset();
        let count = self.u32(item)?;
        let max = self.remaining() / min_len;
        match usize::try_from(count) {
            Ok(fitting) if fitting <= max => Ok(fitting),
            _ => Err(Self::malformed(offset, item, format!("up to {max}"), count)),
        }
    }

    /// Reads a length in bytes with its bytes; `None` is null.
    pub(super) fn bytes(&mut self, item: &'static str) -> Result<Option<&'a [u8]>, HistoryError> {
        let offset = self.offset();
        let len = self.u32(item)?;
        if len == u32::MAX {
            return Ok(None);
        }
        let max = self.remaining();
        match usize::try_from(len) {
            Ok(fitting) if fitting <= max => self.take(fitting, item).map(Some),
            _ => Err(Self::malformed(offset, item, format!("a length of up to {max} bytes"), len)),
        }
    }

    /// Reads bytes as a reader of their own; null is refused.
    pub(super) fn nested(&mut self, item: &'static str) -> Result<Reader<'a>, HistoryError> {
        let offset = self.offset();
        let Some(bytes) = self.bytes(item)? else { return Err(Self::malformed(offset, item, "bytes", "null")) };
        Ok(Reader { bytes, at: 0, base: self.offset() - bytes.len() })
    }

    /// Reads a UTF-16 string; `None` is null.
    pub(super) fn text(&mut self, item: &'static str) -> Result<Option<String>, HistoryError> {
        let offset = self.offset();
        let Some(bytes) = self.bytes(item)? else { return Ok(None) };
        if bytes.len() % 2 != 0 {
            return Err(Self::malformed(offset, item, "an even length", bytes.len()));
        }
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map(Some).map_err(|error| {
            Self::malformed(
                offset,
                item,
                "UTF-16 text",
                format!("the lone surrogate {:#06x}", error.unpaired_surrogate()),
            )
        })
    }

    /// Reads a UTF-16 string that is not null.
    pub(super) fn name(&mut self, item: &'static str) -> Result<String, HistoryError> {
        let offset = self.offset();
        self.text(item)?.ok_or_else(|| Self::malformed(offset, item, "text", "null"))
    }

    /// Checks that all bytes were read.
    pub(super) fn finish(&self, item: &'static str) -> Result<(), HistoryError> {
        match self.remaining() {
            0 => Ok(()),
            rest => Err(Self::malformed(self.offset(), item, "the end", format!("{rest} more bytes"))),
        }
    }
}
