//! Scene file that is edited: mappings are added, changed and removed, everything else stays as it is written.

mod row;

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::error::{ParseError, SceneError};
use super::file;
use super::mapping::{CURVES, source_names, usual_range};

pub use self::row::{MappingRow, RowTarget};

/// Key of the mappings, and the keys of all tables of a file.
const MAP: &str = "map";
const TABLES: [&str; 3] = ["scene", MAP, "remote"];

/// Returns the names of the values that a mapping can have as its source: `known` labels and those that always exist.
/// Descriptors, of which there are hundreds, are left out.
#[must_use]
pub fn mapping_sources(known: &[String]) -> Vec<String> {
    source_names().into_iter().chain(known.iter().cloned()).collect()
}

/// Returns the range of the values of a source that is mapped without one of its own; none for a descriptor, and for a source
/// that does not exist.
#[must_use]
pub fn mapping_range(source: &str, known: &[String]) -> Option<[f64; 2]> {
    usual_range(source, known).map(|(low, high)| [low.into(), high.into()])
}

/// Returns the names of the curves of mappings, the default one first.
#[must_use]
pub fn mapping_curves() -> Vec<&'static str> {
    CURVES.iter().map(|(name, _)| *name).collect()
}

/// Scene file that is edited.
#[derive(Debug)]
pub struct SceneDocument {
    path: PathBuf,
    document: DocumentMut,
}

impl SceneDocument {
    /// Reads a file to edit it. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read, or is no TOML.
    pub fn open(path: &Path) -> Result<Self, SceneError> {
        let text = file::text(path)?;
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            ParseError { span, message: error.message().to_owned() }.located(path, &text)
        })?;
        Ok(Self { path: path.to_owned(), document })
    }

    /// Creates a document for a new file, whose OSC messages go to `osc`, such as `127.0.0.1:9000`. Nothing is written.
    #[must_use]
    pub fn create(path: &Path, osc: &str) -> Self {
        let mut document = DocumentMut::new();
        document.insert("osc", toml_edit::value(osc));
        Self { path: path.to_owned(), document }
    }

    /// Whether the file has no scene, no mapping and no binding, so that it cannot be run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        TABLES.iter().all(|key| match self.document.get(key) {
            None => true,
            Some(Item::ArrayOfTables(tables)) => tables.is_empty(),
            Some(item) => item.as_array().is_some_and(toml_edit::Array::is_empty),
        })
    }

    /// Returns the mappings in the order of the file.
    #[must_use]
    pub fn rows(&self) -> Vec<MappingRow> {
        let tables = self.document.get(MAP).and_then(Item::as_array_of_tables);
        tables.into_iter().flat_map(ArrayOfTables::iter).map(MappingRow::read).collect()
    }

    /// Adds a mapping behind the others.
    ///
    /// # Errors
    /// [`SceneError::InlineMappings`].
    pub fn add(&mut self, row: &MappingRow) -> Result<(), SceneError> {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        row.write(&mut table);
        if self.document.get(MAP).is_none() {
            self.document.insert(MAP, Item::ArrayOfTables(ArrayOfTables::new()));
        }
        if let Some(tables) = self.tables()? {
            tables.push(table);
        }
        Ok(())
    }

    /// Changes the mapping at `index`. Keys that stay the same, comments and the order of the keys are kept. Does nothing if
    /// there is no such mapping.
    ///
    /// # Errors
    /// [`SceneError::InlineMappings`].
    pub fn set(&mut self, index: usize, row: &MappingRow) -> Result<(), SceneError> {
        if let Some(table) = self.tables()?.and_then(|tables| tables.get_mut(index)) {
            row.write(table);
        }
        Ok(())
    }

    /// Removes the mapping at `index`, with the comment directly above it. Does nothing if there is no such mapping.
    ///
    /// # Errors
    /// [`SceneError::InlineMappings`].
    pub fn remove(&mut self, index: usize) -> Result<(), SceneError> {
        let Some(tables) = self.tables()?.filter(|tables| index < tables.len()) else { return Ok(()) };
        let removed = tables.remove(index);
        if tables.is_empty() {
            self.document.remove(MAP);
        }
        let above = removed.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        // A comment above an empty line belongs to the file, not to the mapping.
        let kept = above.rfind("\n\n").map_or("", |end| &above[..=end]);
        if !kept.trim().is_empty() {
            self.keep_comment(removed.position(), kept);
        }
        Ok(())
    }

    /// Writes the file, after a check of its text unless it is empty. `known` contains the tags that conditions may name.
    /// The file is replaced as a whole. Blocks.
    ///
    /// # Errors
    /// If the result is not valid, with line and column in it, or if the file cannot be written.
    pub fn save(&self, known: &[String]) -> Result<(), SceneError> {
        let text = self.document.to_string();
        if !self.is_empty() {
            file::parse(&text, known).map_err(|error| error.located(&self.path, &text))?;
        }
        let unwritable = |error| SceneError::Unwritable { path: self.path.clone(), error };
        self.path.parent().map_or(Ok(()), fs::create_dir_all).map_err(unwritable)?;
        let new = self.path.with_extension("toml.new");
        fs::write(&new, text).and_then(|()| fs::rename(&new, &self.path)).map_err(unwritable)
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the tables of the mappings; none without mappings.
    fn tables(&mut self) -> Result<Option<&mut ArrayOfTables>, SceneError> {
        match self.document.get_mut(MAP) {
            None => Ok(None),
            Some(Item::ArrayOfTables(tables)) => Ok(Some(tables)),
            Some(_) => Err(SceneError::InlineMappings { path: self.path.clone() }),
        }
    }

    /// Puts a comment that was above a table at `position` in front of the next table, or at the end.
    fn keep_comment(&mut self, position: Option<isize>, comment: &str) {
        let mut next: Option<&mut Table> = None;
        for (key, item) in self.document.iter_mut() {
            let Item::ArrayOfTables(tables) = item else { continue };
            if !TABLES.contains(&&*key) {
                continue;
            }
            for table in tables.iter_mut().filter(|table| table.position() > position) {
                if next.as_ref().is_none_or(|next| table.position() < next.position()) {
                    next = Some(table);
                }
            }
        }
        if let Some(next) = next {
            let before = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let prefix = format!("{comment}{before}");
            next.decor_mut().set_prefix(prefix);
        } else {
            let before = self.document.trailing().as_str().unwrap_or_default();
            let trailing = format!("{comment}{before}");
            self.document.set_trailing(trailing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Show of the summer.\n\nosc = \"127.0.0.1:9000\" # the media server\n\n# Bass lifts the layer.\n\
                        [[map]]\nfrom = \"level.low\" # below 250 Hz\nosc = \"/layer/1\"\nin = [0.02, 0.3]\n\
                        release_s = 0.25   # not too fast\n\n# Scenes of the night.\n\n[[scene]]\nname = \"heavy\"\n\
                        when = [\"metal > 0.6\"]\nbegin = [{ osc = \"/a\" }]\n\n# The rest.\n\n# Tempo on a knob.\n\
                        [[map]]\nfrom = \"tempo\"\ncc = 7\n# The end.\n";

    fn opened(text: &str) -> (tempfile::TempDir, SceneDocument) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("show.toml");
        fs::write(&path, text).unwrap();
        let document = SceneDocument::open(&path).unwrap();
        (folder, document)
    }

    fn saved(document: &SceneDocument) -> String {
        document.save(&["metal".to_owned()]).unwrap();
        fs::read_to_string(document.path()).unwrap()
    }

    #[test]
    fn unchanged_document_is_written_as_it_was_read() {
        let (_folder, mut document) = opened(TEXT);
        let rows = document.rows();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].from.as_str(), rows[0].input, rows[0].release_s),
            ("level.low", Some([0.02, 0.3]), Some(0.25))
        );
        assert_eq!(rows[1].target, RowTarget::Control { channel: 1, cc: 7 });
        for (index, row) in rows.iter().enumerate() {
            document.set(index, row).unwrap();
        }
        assert_eq!(saved(&document), TEXT);
    }

    #[test]
    fn changed_mapping_keeps_comments_and_order() {
        let (_folder, mut document) = opened(TEXT);
        let mut row = document.rows().remove(0);
        (row.release_s, row.input, row.curve) = (Some(0.5), None, "root".to_owned());
        document.set(0, &row).unwrap();
        let expected = TEXT
            .replace("release_s = 0.25   # not too fast\n", "release_s = 0.5   # not too fast\ncurve = \"root\"\n")
            .replace("in = [0.02, 0.3]\n", "");
        assert_eq!(saved(&document), expected);
    }

    #[test]
    fn added_mapping_is_behind_the_others_and_read_back() {
        let (_folder, mut document) = opened(TEXT);
        let row = MappingRow {
            from: "onset.kick".into(),
            target: RowTarget::Dmx { universe: 2, channel: 17 },
            output: Some([10.0, 200.0]),
            attack_s: Some(0.0),
            ..MappingRow::default()
        };
        document.add(&row).unwrap();
        let text = saved(&document);
        assert!(text.starts_with(TEXT.trim_end_matches("# The end.\n")) && text.contains("# The end."), "{text}");
        assert_eq!(SceneDocument::open(document.path()).unwrap().rows()[2], row);
    }

    #[test]
    fn removed_mapping_takes_only_its_own_comment() {
        let (_folder, mut document) = opened(TEXT);
        document.remove(1).unwrap();
        document.remove(0).unwrap();
        let text = saved(&document);
        for kept in
            ["# Show of the summer.", "# the media server", "# Scenes of the night.", "# The rest.", "# The end."]
        {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        for gone in ["# Bass", "# Tempo", "[[map]]"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        document.remove(0).unwrap();
        assert!(!document.is_empty());
    }

    #[test]
    fn invalid_mapping_is_refused_and_the_file_stays() {
        let (_folder, mut document) = opened(TEXT);
        let row = MappingRow { from: "level.bass".into(), ..MappingRow::default() };
        document.add(&row).unwrap();
        let error = document.save(&["metal".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("expected one of level.rms"), "{error}");
        assert_eq!(fs::read_to_string(document.path()).unwrap(), TEXT);
        let (_folder, mut inline) = opened("map = [{ from = \"tempo\", cc = 1 }]\n");
        assert!(inline.add(&row).unwrap_err().to_string().contains("expected `[[map]]` tables, got an inline list"));
    }

    #[test]
    fn new_file_has_the_receiver_and_ends_empty() {
        let folder = tempfile::tempdir().unwrap();
        let mut document = SceneDocument::create(&folder.path().join("below/new.toml"), "127.0.0.1:9000");
        document.add(&MappingRow::default()).unwrap();
        assert_eq!(
            saved(&document),
            "osc = \"127.0.0.1:9000\"\n\n[[map]]\nfrom = \"level.rms\"\nosc = \"/earmark/map/1\"\n"
        );
        document.remove(0).unwrap();
        assert!(document.is_empty());
        assert_eq!(saved(&document), "osc = \"127.0.0.1:9000\"\n");
    }
}
