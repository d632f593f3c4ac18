//! Loaded analysis: models, settings, and the columns of its rows.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use earmark_capture::decode::{DecodeIssues, DecodeOptions, Decoder, DecoderChoice};
use earmark_descriptors::{LeafType, Selection};
use earmark_files::audio_source::{AudioSource, Excerpt, ExcerptAudio};
use earmark_files::classify::{self, FileClassifier, LoadedClassifier};
use earmark_files::embeddings::{self, Embedder};
use earmark_files::error::{FileError, catch_panic};
use earmark_files::error_record::{ErrorRecord, ErrorStage};
use earmark_files::extract::{self, Description, ExtractSettings, FileExtractor};
use earmark_files::model_columns::ModelColumns;
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;
use earmark_files::table::{self, FileRow};
use earmark_files::tag::{FileProgress, Tagger, load_models};
use earmark_models::{Gate, Registry};

use crate::error::BatchError;
use crate::file_rows::{self, FileRows, FileVerdict};
use crate::file_status::FileStatus;
use crate::recipe::{AnalysisKind, BatchRecipe, RecipeOrigin};

/// Models and settings of one kind of analysis.
enum Loaded {
    Tag { tagger: Tagger, columns: Vec<ModelColumns>, timeline: bool },
    Embed { embedder: Embedder, width: usize },
    Extract { extractor: FileExtractor, columns: BTreeMap<String, LeafType> },
    Classify(FileClassifier),
}

/// Loaded analysis.
pub(crate) struct LoadedAnalysis {
    loaded: Loaded,
    decoder: DecoderChoice,
    /// Length of the part from the middle of each file, in seconds.
    seconds: Option<f64>,
    metadata: HashMap<String, String>,
    schema: SchemaRef,
    origin: Provenance,
}

/// Rows of one file, and facts about its audio.
struct Analyzed {
    rows: RecordBatch,
    issues: DecodeIssues,
    duration_s: f64,
    rate_hz: f64,
}

impl LoadedAnalysis {
    /// Loads the models of a recipe. Blocks.
    ///
    /// # Errors
    /// If a model is missing or damaged, or an option has no valid value.
    pub(crate) fn load(registry: &'static Registry, recipe: &BatchRecipe) -> Result<Self, BatchError> {
        let (gate, hop, decoder) = (recipe.gate.then(Gate::default), recipe.hop(), recipe.decoder()?);
        let loaded = match recipe.analysis {
            AnalysisKind::Tag => {
                let models = load_models(registry, &recipe.models).map_err(refused)?;
                if models.is_empty() {
                    return Err(BatchError::Recipe("no model (expected ids of models, got none)".into()));
                }
                let columns = models.iter().map(|model| ModelColumns::of_card(model.card())).collect();
                let tagger = Tagger { hop, gate, decoder, ..Tagger::new(models) };
                Loaded::Tag { tagger, columns, timeline: recipe.timeline }
            }
            AnalysisKind::Embed => {
                let [id] = &recipe.models[..] else {
                    let got = recipe.models.join(", ");
                    return Err(BatchError::Recipe(format!("embeddings (expected one model, got {got})")));
                };
                let embedder = Embedder::load(registry, id).map_err(refused)?;
                let width = embedder.model.card().embedding.unwrap_or(0);
                Loaded::Embed { embedder: Embedder { hop, gate, mean: recipe.mean, decoder, ..embedder }, width }
            }
            AnalysisKind::Extract => {
                let settings = recipe.profile.as_deref().map(ExtractSettings::from_yaml).transpose();
                let mut settings = settings.map_err(refused)?.unwrap_or_default();
                settings.profile.essentia_compatible |= recipe.compat;
                let selection = Selection::new(&recipe.only).map_err(refused)?;
                let extractor = FileExtractor { settings, selection, window_s: None, decoder };
                let columns = extractor.columns();
                Loaded::Extract { extractor, columns }
            }
            AnalysisKind::Classify => {
                let classifiers = LoadedClassifier::load_all(registry, &recipe.models).map_err(refused)?;
                Loaded::Classify(FileClassifier::new(classifiers).with_decoder(decoder))
            }
        };
        let origin = loaded.origin();
        let origin = recipe.seconds.map_or(origin.clone(), |seconds| origin.option("middle_s", seconds));
        let metadata = table::metadata(loaded.schema_name(), Some(&origin));
        let analysis = Schema::new_with_metadata(loaded.fields(), metadata.clone());
        let schema = file_rows::schema(&analysis);
        Ok(Self { loaded, decoder, seconds: recipe.seconds, metadata, schema, origin })
    }

    /// Returns the schema of the rows of each file.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns the program and the models.
    pub(crate) fn origin(&self) -> &Provenance {
        &self.origin
    }

    /// Analyzes the file at `path`, whose rows get the path `name`. A failure is a row. Blocks.
    ///
    /// # Errors
    /// If the rows do not fit into a table in memory.
    pub(crate) fn analyze(
        &self,
        name: &PathText,
        path: &Path,
        progress: &dyn FileProgress,
    ) -> Result<FileRows, ArrowError> {
        let analyzed = catch_panic(|| self.analyze_file(name, path, progress));
        let (verdict, rows, audio_s) = match analyzed {
            Ok(Analyzed { rows, issues, duration_s, rate_hz }) => {
                let record = ErrorRecord::of_issues(&name.to_path(), &issues, duration_s, rate_hz);
                let status = if record.is_some() { FileStatus::Damaged } else { FileStatus::Ok };
                (FileVerdict { status, record, issues }, Some(rows), duration_s)
            }
            Err(error) => (FileVerdict::bad(ErrorRecord::of_error(&name.to_path(), &error)), None, 0.0),
        };
        let rows = file_rows::compose(&self.schema, name, &verdict, rows.as_ref())?;
        Ok(FileRows { rows, status: verdict.status, audio_s, record: verdict.record })
    }

    fn analyze_file(&self, name: &PathText, path: &Path, progress: &dyn FileProgress) -> Result<Analyzed, FileError> {
        if let (Loaded::Extract { extractor, columns }, None) = (&self.loaded, self.seconds) {
            // Reads the tags of the file, too.
            let file = extractor.extract(path, progress)?;
            return self.described(&name.to_path(), columns, &file.descriptions, &file);
        }
        let mut source = self.open(path)?;
        let relative = name.to_path();
        let metadata = self.metadata.clone();
        let rows = match &self.loaded {
            Loaded::Tag { tagger, columns, timeline } => {
                let tagged = tagger.tag_source(name.clone(), &mut *source, progress)?;
                if *timeline {
                    table::patches_table(&[tagged], columns, metadata)
                } else {
                    table::files_table(&[FileRow::of(&tagged)], columns, metadata)
                }
            }
            Loaded::Embed { embedder, width } => {
                let embedded = embedder.embed_source(&relative, &mut *source, progress)?;
                embeddings::embeddings_table(&[embedded], *width, metadata)
            }
            Loaded::Extract { extractor, columns } => {
                let file = extractor.extract_source(&mut *source, progress)?;
                return self.described(&relative, columns, &file.descriptions, &file);
            }
            Loaded::Classify(classifier) => {
                let classified = classifier.classify_source(&mut *source, progress)?;
                classify::classes_table(&[(&relative, &classified)], classifier.classifiers(), metadata)
            }
        };
        let (rows, rate) = (rows.map_err(too_large)?, source.rate());
        Ok(Analyzed { rows, issues: source.issues(), duration_s: rate.seconds(source.frames()), rate_hz: rate.hz() })
    }

    fn described(
        &self,
        name: &Path,
        columns: &BTreeMap<String, LeafType>,
        descriptions: &[Description],
        file: &extract::ExtractedFile,
    ) -> Result<Analyzed, FileError> {
        let rows: Vec<(&Path, &Description)> = descriptions.iter().map(|description| (name, description)).collect();
        let rows = extract::descriptors_table(&rows, columns, self.metadata.clone()).map_err(too_large)?;
        Ok(Analyzed { rows, issues: file.issues, duration_s: file.duration_s, rate_hz: file.sample_rate_hz })
    }

    /// Opens a file, or the part in its middle. Of a file whose length is not known, the part is at its start.
    fn open(&self, path: &Path) -> Result<Box<dyn AudioSource>, FileError> {
        let decoder = Decoder::open_with(path, DecodeOptions::of(self.decoder))?;
        let Some(seconds) = self.seconds else { return Ok(Box::new(decoder)) };
        let offset_s = decoder.length_s().map_or(0.0, |length_s| ((length_s - seconds) / 2.0).max(0.0));
        let excerpt = Excerpt { offset_s, duration_s: Some(seconds) };
        Ok(Box::new(ExcerptAudio::new(decoder, excerpt)?))
    }
}

impl Loaded {
    fn origin(&self) -> Provenance {
        match self {
            Self::Tag { tagger, .. } => tagger.provenance(),
            Self::Embed { embedder, .. } => embedder.provenance(),
            Self::Extract { extractor, .. } => extractor.provenance(),
            Self::Classify(classifier) => classifier.provenance(),
        }
    }

    fn schema_name(&self) -> &'static str {
        match self {
            Self::Tag { timeline: false, .. } => table::FILES_SCHEMA,
            Self::Tag { timeline: true, .. } => table::PATCHES_SCHEMA,
            Self::Embed { .. } => embeddings::EMBEDDINGS_SCHEMA,
            Self::Extract { .. } => extract::DESCRIPTORS_SCHEMA,
            Self::Classify(_) => classify::CLASSES_SCHEMA,
        }
    }

    fn fields(&self) -> Vec<arrow_schema::Field> {
        match self {
            Self::Tag { columns, timeline: false, .. } => table::file_fields(columns),
            Self::Tag { columns, timeline: true, .. } => table::patch_fields(columns),
            Self::Embed { width, .. } => embeddings::embedding_fields(*width),
            Self::Extract { columns, .. } => extract::descriptor_fields(columns),
            Self::Classify(classifier) => classify::class_fields(classifier.classifiers()),
        }
    }
}

impl BatchRecipe {
    /// Loads the models, and returns the recipe with the program and the models. Blocks.
    ///
    /// # Errors
    /// If a model is missing or damaged, or an option has no valid value.
    pub fn with_origin(self, registry: &'static Registry) -> Result<RecipeOrigin, BatchError> {
        let origin = LoadedAnalysis::load(registry, &self)?.origin().clone();
        Ok(RecipeOrigin { recipe: self, origin }.normalized())
    }
}

/// Returns the record of a file that ends each process that analyzes it.
pub(crate) fn killed(name: &PathText, cause: &str) -> ErrorRecord {
    ErrorRecord::of_message(&name.to_path(), ErrorStage::Decode, cause.to_owned())
}

fn refused(error: impl ToString) -> BatchError {
    BatchError::Recipe(error.to_string())
}

fn too_large(error: ArrowError) -> FileError {
    FileError::Write(std::io::Error::other(error))
}
