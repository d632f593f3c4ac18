//! Values of parameters in history files.

use super::HistoryError;
use super::reader::Reader;
use super::writer::Writer;
use crate::name::utf16_order;

/// Deepest nesting of lists, maps and layout nodes that is read.
pub(super) const MAX_DEPTH: usize = 64;
/// Smallest variant in bytes: type, null flag and one byte.
const MIN_LEN: usize = 6;

/// Value of a parameter. Order and null flags are kept, so that a file is written as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Variant {
    /// Value without a type, with the string that follows it in the file.
    Invalid(Option<String>),
    /// Boolean.
    Bool(bool),
    /// Signed 32-bit number.
    Int(i32),
    /// Unsigned 32-bit number.
    UInt(u32),
    /// Signed 64-bit number.
    Long(i64),
    /// Unsigned 64-bit number.
    ULong(u64),
    /// 64-bit float.
    Double(f64),
    /// 32-bit float, with the type number of the file (38 or 135).
    Float(u8, f32),
    /// Map in the order of the file.
    Map(Vec<(String, Variant)>),
    /// List.
    List(Vec<Variant>),
    /// Text; `None` is null.
    Text(Option<String>),
    /// List of texts; `None` is null.
    Texts(Vec<Option<String>>),
    /// Bytes; `None` is null.
    Bytes(Option<Vec<u8>>),
    /// Value whose null flag is set. The inner value is never a [`Variant::Null`].
    Null(Box<Variant>),
}

impl Variant {
    /// Returns a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Some(text.into()))
    }

    /// Returns a list of texts.
    #[must_use]
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Texts(texts.into_iter().map(|text| Some(text.into())).collect())
    }

    /// Returns a list of 64-bit floats.
    #[must_use]
    pub fn doubles(numbers: impl IntoIterator<Item = f64>) -> Self {
        Self::List(numbers.into_iter().map(Self::Double).collect())
    }

    /// Returns a map in the order that Gaia writes: descending by the UTF-16 units of the keys.
    #[must_use]
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        entries.sort_by(|a: &(String, Self), b| utf16_order(&b.0, &a.0));
        Self::Map(entries)
    }

    /// Returns the value of a key of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the entries of a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(String, Self)]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// Returns the content of a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { text.as_deref() } else { None }
    }

    /// Returns the texts of a list of texts, of a list, or of one text.
    #[must_use]
    pub fn to_texts(&self) -> Option<Vec<String>> {
        match self {
            Self::Texts(texts) => texts.iter().cloned().collect(),
            Self::List(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
            Self::Text(text) => text.clone().map(|text| vec![text]),
            _ => None,
        }
    }

    /// Returns a number of any width, or a boolean as 0 or 1.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match *self {
            Self::Bool(value) => Some(f64::from(u8::from(value))),
            Self::Int(value) => Some(f64::from(value)),
            Self::UInt(value) => Some(f64::from(value)),
            Self::Long(value) => Some(value as f64),
            Self::ULong(value) => Some(value as f64),
            Self::Double(value) => Some(value),
            Self::Float(_, value) => Some(f64::from(value)),
            _ => None,
        }
    }

    /// Returns the numbers of a list.
    #[must_use]
    pub fn to_numbers(&self) -> Option<Vec<f64>> {
        if let Self::List(items) = self { items.iter().map(Self::as_number).collect() } else { None }
    }

    /// Returns bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { bytes.as_deref() } else { None }
    }

    /// Returns the name of the type, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) | Self::Long(_) | Self::ULong(_) | Self::Double(_) | Self::Float(..) => {
                "a number"
            }
            Self::Map(_) => "a map",
            Self::List(_) => "a list",
            Self::Text(_) => "text",
            Self::Texts(_) => "a list of texts",
            Self::Bytes(_) => "bytes",
            Self::Null(_) => "null",
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Self, HistoryError> {
        let offset = reader.offset();
        let kind = reader.u32("variant type")?;
        let null = reader.bool("null flag")?;
        if depth >= MAX_DEPTH {
            return Err(Reader::malformed(offset, "nesting", format!("up to {MAX_DEPTH} levels"), "more"));
        }
        let value = match kind {
            0 => Self::Invalid(reader.text("text of a variant")?),
            1 => Self::Bool(reader.bool("boolean")?),
            2 => Self::Int(reader.i32("number")?),
            3 => Self::UInt(reader.u32("number")?),
            4 => Self::Long(reader.u64("number")?.cast_signed()),
            5 => Self::ULong(reader.u64("number")?),
            6 => Self::Double(f64::from_bits(reader.u64("number")?)),
            38 => Self::Float(38, f32::from_bits(reader.u32("number")?)),
            135 => Self::Float(135, f32::from_bits(reader.u32("number")?)),
            8 => {
                let count = reader.count(4 + MIN_LEN, "number of map entries")?;
                let entry = |_| Ok((reader.name("key of a map")?, Self::read(reader, depth + 1)?));
                Self::Map((0..count).map(entry).collect::<Result<_, HistoryError>>()?)
            }
            9 => {
                let count = reader.count(MIN_LEN, "number of list items")?;
                Self::List((0..count).map(|_| Self::read(reader, depth + 1)).collect::<Result<_, _>>()?)
            }
            10 => Self::Text(reader.text("text")?),
            11 => {
                let count = reader.count(4, "number of texts")?;
                Self::Texts((0..count).map(|_| reader.text("text")).collect::<Result<_, _>>()?)
            }
            12 => Self::Bytes(reader.bytes("byte array")?.map(<[u8]>::to_vec)),
            other => {
                let expected = "0 to 6, 8 to 12, 38 or 135";
                return Err(Reader::malformed(offset, "variant type", expected, other));
            }
        };
        Ok(if null { Self::Null(Box::new(value)) } else { value })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        let (value, null) = if let Self::Null(inner) = self { (&**inner, 1) } else { (self, 0) };
        writer.u32(value.type_number());
        writer.u8(null);
        match value {
            Self::Invalid(text) | Self::Text(text) => writer.text(text.as_deref()),
            Self::Bool(value) => writer.u8(u8::from(*value)),
            Self::Int(value) => writer.i32(*value),
            Self::UInt(value) => writer.u32(*value),
            Self::Long(value) => writer.u64(value.cast_unsigned()),
            Self::ULong(value) => writer.u64(*value),
            Self::Double(value) => writer.u64(value.to_bits()),
            Self::Float(_, value) => writer.u32(value.to_bits()),
            Self::Map(entries) => {
                writer.count(entries.len());
                for (key, value) in entries {
                    writer.text(Some(key));
                    value.write(writer);
                }
            }
            Self::List(items) => {
                writer.count(items.len());
                items.iter().for_each(|item| item.write(writer));
            }
            Self::Texts(texts) => {
                writer.count(texts.len());
                texts.iter().for_each(|text| writer.text(text.as_deref()));
            }
            Self::Bytes(bytes) => writer.block(bytes.as_deref()),
            // The type number 0 was written: an empty text follows.
            Self::Null(_) => writer.text(None),
        }
    }

    fn type_number(&self) -> u32 {
        match self {
            Self::Invalid(_) | Self::Null(_) => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::UInt(_) => 3,
            Self::Long(_) => 4,
            Self::ULong(_) => 5,
            Self::Double(_) => 6,
            Self::Float(number, _) => u32::from(*number),
            Self::Map(_) => 8,
            Self::List(_) => 9,
            Self::Text(_) => 10,
            Self::Texts(_) => 11,
            Self::Bytes(_) => 12,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(variant: &Variant) -> Vec<u8> {
        let mut writer = Writer::default();
        variant.write(&mut writer);
        writer.bytes
    }

    #[test]
    fn variant_of_each_type_is_read_as_it_was_written() {
        let variants = [
            Variant::Invalid(None),
            Variant::Bool(true),
            Variant::Int(-5),
            Variant::UInt(u32::MAX),
            Variant::Long(i64::MIN),
            Variant::ULong(u64::MAX),
            Variant::Double(-0.0),
            Variant::Float(38, 1.5),
            Variant::Float(135, -2.5),
            Variant::map([("a", Variant::Int(1)), ("b", Variant::Null(Box::new(Variant::Text(None))))]),
            Variant::List(vec![Variant::doubles([1.0, 2.0]), Variant::List(Vec::new())]),
            Variant::text("é𝄞"),
            Variant::texts(["", "x"]),
            Variant::Texts(vec![None]),
            Variant::Bytes(None),
            Variant::Bytes(Some(vec![0, 255])),
        ];
        for variant in variants {
            let bytes = written(&variant);
            let mut reader = Reader::new(&bytes);
            assert_eq!(Variant::read(&mut reader, 0).unwrap(), variant);
            reader.finish("end").unwrap();
        }
    }

    #[test]
    fn map_is_sorted_descending_by_utf16_units() {
        let Variant::Map(entries) =
            Variant::map([("a", Variant::Int(0)), ("\u{ffff}", Variant::Int(1)), ("𝄞", Variant::Int(2))])
        else {
            panic!("a map was made")
        };
        assert_eq!(entries.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["\u{ffff}", "𝄞", "a"]);
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused() {
        let nested = |levels| (0..levels).fold(Variant::Int(1), |inner, _| Variant::List(vec![inner]));
        let bytes = written(&nested(MAX_DEPTH - 1));
        assert!(Variant::read(&mut Reader::new(&bytes), 0).is_ok());
        let bytes = written(&nested(MAX_DEPTH));
        let error = Variant::read(&mut Reader::new(&bytes), 0).unwrap_err().to_string();
        assert!(error.contains("bad nesting") && error.contains("up to 64 levels"), "{error}");
    }
}
