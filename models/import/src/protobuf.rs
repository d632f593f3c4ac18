//! A reader and a writer of the protobuf wire format.
//!
//! The reader iterates over fields and borrows the file: a declared length allocates nothing.

/// The value of a field, by wire type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FieldValue<'a> {
    Number(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

/// A message that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProtobufError;

/// An iterator over the fields of a message.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Result<u64, ProtobufError> {
        let mut value = 0;
        for (index, &byte) in self.0.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.0 = &self.0[index + 1..];
                return Ok(value);
            }
        }
        Err(ProtobufError)
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], ProtobufError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(ProtobufError)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn field(&mut self) -> Result<(u64, FieldValue<'a>), ProtobufError> {
        let tag = self.number()?;
        let wire = match tag & 7 {
            0 => FieldValue::Number(self.number()?),
            1 => FieldValue::Eight(self.bytes(8)?.try_into().map_err(|_| ProtobufError)?),
            2 => {
                let count = usize::try_from(self.number()?).map_err(|_| ProtobufError)?;
                FieldValue::Bytes(self.bytes(count)?)
            }
            5 => FieldValue::Four(self.bytes(4)?.try_into().map_err(|_| ProtobufError)?),
            _ => return Err(ProtobufError),
        };
        Ok((tag >> 3, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, FieldValue<'a>), ProtobufError>;

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

impl<'a> FieldValue<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], ProtobufError> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(ProtobufError) }
    }

    pub(crate) fn fields(self) -> Result<Fields<'a>, ProtobufError> {
        self.bytes().map(Fields)
    }

    pub(crate) fn text(self) -> Result<&'a str, ProtobufError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| ProtobufError)
    }

    pub(crate) fn integer(self) -> Result<i64, ProtobufError> {
        if let Self::Number(number) = self { Ok(number.cast_signed()) } else { Err(ProtobufError) }
    }

    pub(crate) fn float(self) -> Result<f32, ProtobufError> {
        if let Self::Four(bytes) = self { Ok(f32::from_le_bytes(bytes)) } else { Err(ProtobufError) }
    }

    /// Appends the integers of a repeated field, packed or not.
    pub(crate) fn integers(self, list: &mut Vec<i64>) -> Result<(), ProtobufError> {
        match self {
            Self::Bytes(bytes) => {
                let mut packed = Fields(bytes);
                while !packed.0.is_empty() {
                    list.push(packed.number()?.cast_signed());
                }
            }
            _ => list.push(self.integer()?),
        }
        Ok(())
    }

    /// Appends the f32 values of a repeated field, packed or not.
    pub(crate) fn floats(self, list: &mut Vec<f32>) -> Result<(), ProtobufError> {
        match self {
            Self::Bytes(bytes) => {
                let (chunks, rest) = bytes.as_chunks();
                list.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                if rest.is_empty() { Ok(()) } else { Err(ProtobufError) }
            }
            _ => self.float().map(|value| list.push(value)),
        }
    }

    /// Appends the f64 values of a repeated field, packed or not.
    pub(crate) fn doubles(self, list: &mut Vec<f64>) -> Result<(), ProtobufError> {
        match self {
            Self::Bytes(bytes) => {
                let (chunks, rest) = bytes.as_chunks();
                list.extend(chunks.iter().map(|bytes| f64::from_le_bytes(*bytes)));
                if rest.is_empty() { Ok(()) } else { Err(ProtobufError) }
            }
            Self::Eight(bytes) => {
                list.push(f64::from_le_bytes(bytes));
                Ok(())
            }
            _ => Err(ProtobufError),
        }
    }
}

/// A writer of a message.
#[derive(Debug, Default)]
pub(crate) struct Message(pub(crate) Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn integer(&mut self, field: u64, value: i64) -> &mut Self {
        self.varint(field << 3);
        self.varint(value.cast_unsigned());
        self
    }

    pub(crate) fn float(&mut self, field: u64, value: f32) -> &mut Self {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(&mut self, field: u64, text: &str) -> &mut Self {
        self.bytes(field, text.as_bytes())
    }

    pub(crate) fn message(&mut self, field: u64, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(field, &inner.0)
    }
}
