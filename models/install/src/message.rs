//! Reader of protobuf messages, and the few writers that an additional operation needs.
//!
//! The importer reads graphs. This module reads what the importer does not report: whether a file is complete, element
//! types of inputs and shapes of outputs. The reader borrows the file, so a declared length allocates nothing.

/// The value of a field, by wire type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldContent<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A value of four or eight bytes.
    Fixed,
}

/// A message that cannot be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageError {
    /// The message ends within a field.
    Truncated {
        /// Number of the field, if it was read.
        field: Option<u64>,
        /// Number of missing bytes, at least.
        missing: u64,
    },
    /// The bytes are not a message.
    Invalid,
}

/// An iterator over the fields of a message. It ends after an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MessageFields<'a>(pub(crate) &'a [u8]);

impl<'a> MessageFields<'a> {
    fn varint(&mut self) -> Result<u64, MessageError> {
        let mut value = 0;
        for (index, &byte) in self.0.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.0 = &self.0[index + 1..];
                return Ok(value);
            }
        }
        if self.0.len() < 10 {
            Err(MessageError::Truncated { field: None, missing: 1 })
        } else {
            Err(MessageError::Invalid)
        }
    }

    fn bytes(&mut self, count: u64, field: u64) -> Result<&'a [u8], MessageError> {
        let available = self.0.len() as u64;
        match usize::try_from(count).ok().and_then(|count| self.0.split_at_checked(count)) {
            Some((bytes, rest)) => {
                self.0 = rest;
                Ok(bytes)
            }
            None => Err(MessageError::Truncated { field: Some(field), missing: count - available }),
        }
    }

    fn field(&mut self) -> Result<(u64, FieldContent<'a>), MessageError> {
        let tag = self.varint()?;
        let field = tag >> 3;
        let content = match tag & 7 {
            0 => FieldContent::Number(self.varint()?),
            1 => self.bytes(8, field).map(|_| FieldContent::Fixed)?,
            2 => {
                let count = self.varint()?;
                FieldContent::Bytes(self.bytes(count, field)?)
            }
            5 => self.bytes(4, field).map(|_| FieldContent::Fixed)?,
            _ => return Err(MessageError::Invalid),
        };
        if field == 0 { Err(MessageError::Invalid) } else { Ok((field, content)) }
    }
}

impl<'a> Iterator for MessageFields<'a> {
    type Item = Result<(u64, FieldContent<'a>), MessageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// Returns the messages in the fields of this number; the content up to the first error.
pub(crate) fn messages(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    MessageFields(message).filter_map(move |field| match field {
        Ok((found, FieldContent::Bytes(bytes))) if found == number => Some(bytes),
        _ => None,
    })
}

/// Returns the last integer in the fields of this number.
pub(crate) fn integer(message: &[u8], number: u64) -> Option<u64> {
    let integers = MessageFields(message).filter_map(|field| match field {
        Ok((found, FieldContent::Number(value))) if found == number => Some(value),
        _ => None,
    });
    integers.last()
}

/// Returns the last text in the fields of this number, empty if there is none.
pub(crate) fn text(message: &[u8], number: u64) -> &str {
    messages(message, number).last().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Appends a field with an integer.
pub(crate) fn write_integer(message: &mut Vec<u8>, number: u64, value: u64) {
    write_varint(message, number << 3);
    write_varint(message, value);
}

/// Appends a field with a text, bytes or a message.
pub(crate) fn write_bytes(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    write_varint(message, number << 3 | 2);
    write_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn write_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push((value as u8) | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_fields_are_read_and_a_cut_reports_the_missing_bytes() {
        let mut message = Vec::new();
        write_integer(&mut message, 1, 300);
        write_bytes(&mut message, 7, &[5; 200]);
        assert_eq!(integer(&message, 1), Some(300));
        assert_eq!(messages(&message, 7).next(), Some(&[5; 200][..]));
        let cut = MessageFields(&message[..100]).last();
        assert_eq!(cut, Some(Err(MessageError::Truncated { field: Some(7), missing: message.len() as u64 - 100 })));
        assert_eq!(MessageFields(b"\x07").last(), Some(Err(MessageError::Invalid)));
        assert_eq!(
            MessageFields(b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f").last(),
            Some(Err(MessageError::Invalid))
        );
    }
}
