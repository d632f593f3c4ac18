//! `.history` files: chains of transformations with their parameters and layouts.

mod error;
mod reader;
mod tree;
mod variant;
mod writer;

pub use error::HistoryError;
pub use tree::{LayoutNode, LayoutTree};
pub use variant::Variant;

use self::reader::Reader;
use self::writer::Writer;

/// First four bytes of a history file.
const MAGIC: u32 = 0x6AEA_723D;
/// Smallest transformation in bytes: three texts and two variants.
const MIN_TRANSFORMATION_LEN: usize = 24;

/// Content of a `.history` file. Reading and writing a file gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryFile {
    /// Version of the format: 100 (Gaia 2.0), 101 (2.1 and 2.2) or 102 (from 2.3 on).
    pub version: i32,
    /// Transformations in the order in which they are applied.
    pub transformations: Vec<Transformation>,
    /// Layout after the last transformation, which only versions 100 and 101 store.
    pub layout: Option<LayoutTree>,
}

/// One step of a [`HistoryFile`].
#[derive(Debug, Clone, PartialEq)]
pub struct Transformation {
    /// Name, which is empty in the files that Gaia writes; `None` is null.
    pub name: Option<String>,
    /// Name of the algorithm that fitted the step, such as `normalize`.
    pub analyzer: String,
    /// Name of the algorithm that applies the step, such as `dotproduct`.
    pub applier: String,
    /// Parameters of the analyzer.
    pub analyzer_params: Variant,
    /// Parameters of the applier.
    pub params: Variant,
    /// Facts about the points of the fit; absent in version 100.
    pub info: Option<Variant>,
    /// Layout before the step; only version 102 stores it.
    pub layout: Option<LayoutTree>,
}

impl HistoryFile {
    /// Version that is written for new histories.
    pub const VERSION: i32 = 102;
    /// Largest file that is read, in bytes.
    pub const MAX_LEN: usize = 256 << 20;

    /// Reads a file.
    ///
    /// # Errors
    /// If the bytes are no history of version 100 to 102, are cut off or damaged, nest deeper than 64 levels, or are more
    /// than [`HistoryFile::MAX_LEN`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HistoryError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(HistoryError::TooLarge { max: Self::MAX_LEN, got: bytes.len() });
        }
        Self::read(bytes).map_err(|mut error| {
            if let HistoryError::Malformed { offset, line_endings, .. } = &mut error {
                *line_endings = *offset > 4 && line_endings_were_converted(bytes);
            }
            error
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, HistoryError> {
        let mut reader = Reader::new(bytes);
        let magic = reader.u32("start")?;
        if magic != MAGIC {
            let expected = format!("a Gaia history, {MAGIC:#010x}");
            return Err(Reader::malformed(0, "start", expected, format!("{magic:#010x}")));
        }
        let version = reader.i32("version")?;
        if !(100..=102).contains(&version) {
            return Err(Reader::malformed(4, "version", "100 to 102", version));
        }
        let count = reader.count(MIN_TRANSFORMATION_LEN, "number of transformations")?;
        let transformations =
            (0..count).map(|_| Transformation::read(&mut reader, version)).collect::<Result<_, _>>()?;
        let layout = if version < 102 { Some(LayoutTree::read(&mut reader, version)?) } else { None };
        reader.finish("end of the file")?;
        Ok(Self { version, transformations, layout })
    }

    /// Returns the bytes of the file. Parts that the version does not store are left out; parts that it stores and that
    /// are absent here are written empty.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(MAGIC);
        writer.i32(self.version);
        writer.count(self.transformations.len());
        self.transformations.iter().for_each(|step| step.write(&mut writer, self.version));
        if self.version < 102 {
            write_layout(self.layout.as_ref(), &mut writer, self.version);
        }
        writer.bytes
    }
}

impl Transformation {
    fn read(reader: &mut Reader<'_>, version: i32) -> Result<Self, HistoryError> {
        let name = reader.text("name of a transformation")?;
        let analyzer = reader.name("name of an analyzer")?;
        let applier = reader.name("name of an applier")?;
        let analyzer_params = Variant::read(reader, 0)?;
        let params = Variant::read(reader, 0)?;
        let info = if version >= 101 { Some(Variant::read(reader, 0)?) } else { None };
        let layout = if version >= 102 {
            let offset = reader.offset();
            let kind = (reader.u32("type of a layout")?, reader.bool("null flag of a layout")?);
            if kind != (12, false) {
                return Err(Reader::malformed(offset, "type of a layout", "12 (bytes)", kind.0));
            }
            let mut bytes = reader.nested("layout")?;
            let layout = LayoutTree::read(&mut bytes, version)?;
            bytes.finish("end of a layout")?;
            Some(layout)
        } else {
            None
        };
        Ok(Self { name, analyzer, applier, analyzer_params, params, info, layout })
    }

    fn write(&self, writer: &mut Writer, version: i32) {
        writer.text(self.name.as_deref());
        writer.text(Some(&self.analyzer));
        writer.text(Some(&self.applier));
        self.analyzer_params.write(writer);
        self.params.write(writer);
        if version >= 101 {
            self.info.as_ref().unwrap_or(&Variant::Map(Vec::new())).write(writer);
        }
        if version >= 102 {
            let mut layout = Writer::default();
            write_layout(self.layout.as_ref(), &mut layout, version);
            writer.u32(12);
            writer.u8(0);
            writer.block(Some(&layout.bytes));
        }
    }
}

fn write_layout(layout: Option<&LayoutTree>, writer: &mut Writer, version: i32) {
    match layout {
        Some(layout) => layout.write(writer, version),
        None => LayoutTree::default().write(writer, version),
    }
}

impl Default for LayoutTree {
    /// Returns a layout without descriptors.
    fn default() -> Self {
        let root =
            LayoutNode { name: String::new(), value_type: 0, length_type: 1, begin: -1, end: -1, children: Vec::new() };
        Self { root, texts: Vec::new(), numbers: Vec::new() }
    }
}

/// Whether the bytes have line feeds, but none after a carriage return. Some pairs occur by chance in the numbers of an
/// undamaged file of this size.
fn line_endings_were_converted(bytes: &[u8]) -> bool {
    bytes.contains(&b'\n') && !bytes.windows(2).any(|pair| pair == b"\r\n")
}

#[cfg(test)]
mod tests;
