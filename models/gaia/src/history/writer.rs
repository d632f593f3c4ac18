//! Big-endian output in the encoding of history files.

/// Buffer for the bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// Writes a number of elements. A history is far smaller than the 2^32 elements that the format can hold.
    pub(super) fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    pub(super) fn block(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.u32(u32::MAX),
            Some(bytes) => {
                self.count(bytes.len());
                self.bytes.extend(bytes);
            }
        }
    }

    pub(super) fn text(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.u32(u32::MAX) };
        self.count(text.encode_utf16().count() * 2);
        self.bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    }
}
