//! Layouts as history files hold them: a tree of descriptors, and the two tables of their enumerations.

use super::HistoryError;
use super::reader::Reader;
use super::variant::MAX_DEPTH;
use super::writer::Writer;

/// Smallest node in bytes: name, four or five numbers.
const MIN_LEN: usize = 20;

/// Layout as it is stored in a history file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutTree {
    /// Root, without a name.
    pub root: LayoutNode,
    /// Texts of the numbers of each enumeration.
    pub texts: Vec<(String, Vec<(i32, String)>)>,
    /// Numbers of the texts of each enumeration.
    pub numbers: Vec<(String, Vec<(String, i32)>)>,
}

/// Node of a [`LayoutTree`]: a namespace or a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutNode {
    /// Last part of the dotted name.
    pub name: String,
    /// Type number: 0 undefined, 1 real, 2 text, 3 enumeration.
    pub value_type: i32,
    /// Length type: 0 fixed, 1 variable. Files of version 100 do not store it; then it is 1.
    pub length_type: i32,
    /// First slot of a descriptor.
    pub begin: i32,
    /// Slot after the last one of a descriptor.
    pub end: i32,
    /// Nodes below this one.
    pub children: Vec<LayoutNode>,
}

impl LayoutTree {
    pub(super) fn read(reader: &mut Reader<'_>, version: i32) -> Result<Self, HistoryError> {
        let root = LayoutNode::read(reader, version, 0)?;
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        if version >= 101 {
            texts = read_table(reader, |reader| Ok((reader.i32("number")?, reader.name("enumerated text")?)))?;
            numbers = read_table(reader, |reader| Ok((reader.name("enumerated text")?, reader.i32("number")?)))?;
        }
        Ok(Self { root, texts, numbers })
    }

    pub(super) fn write(&self, writer: &mut Writer, version: i32) {
        self.root.write(writer, version);
        if version < 101 {
            return;
        }
        write_table(writer, &self.texts, |writer, (number, text)| {
            writer.i32(*number);
            writer.text(Some(text));
        });
        write_table(writer, &self.numbers, |writer, (text, number)| {
            writer.text(Some(text));
            writer.i32(*number);
        });
    }
}

impl LayoutNode {
    fn read(reader: &mut Reader<'_>, version: i32, depth: usize) -> Result<Self, HistoryError> {
        if depth >= MAX_DEPTH {
            return Err(Reader::malformed(reader.offset(), "nesting", format!("up to {MAX_DEPTH} levels"), "more"));
        }
        let name = reader.name("name of a layout node")?;
        let value_type = reader.i32("value type")?;
        let length_type = if version >= 101 { reader.i32("length type")? } else { 1 };
        let (begin, end) = (reader.i32("first slot")?, reader.i32("end slot")?);
        let count = reader.count(MIN_LEN, "number of layout nodes")?;
        let children = (0..count).map(|_| Self::read(reader, version, depth + 1)).collect::<Result<_, _>>()?;
        Ok(Self { name, value_type, length_type, begin, end, children })
    }

    fn write(&self, writer: &mut Writer, version: i32) {
        writer.text(Some(&self.name));
        writer.i32(self.value_type);
        if version >= 101 {
            writer.i32(self.length_type);
        }
        writer.i32(self.begin);
        writer.i32(self.end);
        writer.count(self.children.len());
        self.children.iter().for_each(|child| child.write(writer, version));
    }
}

/// Table of one list of pairs for each descriptor.
type Table<T> = Vec<(String, Vec<T>)>;

fn read_table<T>(
    reader: &mut Reader<'_>,
    pair: impl Fn(&mut Reader<'_>) -> Result<T, HistoryError>,
) -> Result<Table<T>, HistoryError> {
    let count = reader.count(8, "number of enumerations")?;
    let mut table = Vec::new();
    for _ in 0..count {
        let name = reader.name("name of an enumeration")?;
        let count = reader.count(8, "number of enumerated texts")?;
        table.push((name, (0..count).map(|_| pair(reader)).collect::<Result<_, _>>()?));
    }
    Ok(table)
}

fn write_table<T>(writer: &mut Writer, table: &[(String, Vec<T>)], pair: impl Fn(&mut Writer, &T)) {
    writer.count(table.len());
    for (name, pairs) in table {
        writer.text(Some(name));
        writer.count(pairs.len());
        pairs.iter().for_each(|item| pair(writer, item));
    }
}
