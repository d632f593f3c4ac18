//! Tagging of one file with one or more models.

use std::path::Path;
use std::sync::Arc;

use earmark_capture::decode::{DecodeIssues, DecodeOptions, Decoder, DecoderChoice};
use earmark_models::report::{Collector, FileReport};
use earmark_models::{Analyzer, Gate, Model, ModelError, Prediction, Registry};
use serde::{Deserialize, Serialize};

use crate::analyzed_file::AnalyzedFile;
use crate::audio_source::AudioSource;
use crate::error::{FileError, catch_panic};
use crate::hop::{Hop, frames_of};
use crate::path_text::PathText;
use crate::provenance::Provenance;

/// Observer of the analysis of one file, called on the analyzing thread.
pub trait FileProgress {
    /// Reports that the file was opened, with its declared length in seconds.
    fn opened(&self, _length_s: Option<f64>) {}

    /// Reports that a further number of seconds was analyzed.
    fn advanced(&self, _seconds: f64) {}

    /// Whether to stop with [`FileError::Cancelled`]. Called before each block.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Observer that ignores all reports and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl FileProgress for NoProgress {}

/// Report of one file with its origin, as its JSON; and the defects found by the decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaggedFile {
    /// Predictions of each model.
    #[serde(flatten)]
    pub report: FileReport,
    /// Facts about the file; `None` for samples in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<AnalyzedFile>,
    /// Program, models and settings; `None` for a report of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Defects of the file; not in the JSON.
    #[serde(skip)]
    pub issues: DecodeIssues,
}

/// Tagger of files: models and settings.
#[derive(Debug, Clone)]
pub struct Tagger {
    /// Models.
    pub models: Vec<Arc<Model>>,
    /// Hop between predictions (default: the hop of each model's card).
    pub hop: Option<Hop>,
    /// Silence gate; `None` also analyzes silence (default: [`Gate::default`]).
    pub gate: Option<Gate>,
    /// Decoder (default: [`DecoderChoice::Auto`]).
    pub decoder: DecoderChoice,
    /// Whether to compute a digest of the encoded audio (default false).
    pub digest: bool,
    /// Number of threads that run the networks of one file (default 1). The results do not depend on it.
    pub threads: usize,
}

impl Tagger {
    /// Creates a tagger with default settings.
    #[must_use]
    pub fn new(models: Vec<Arc<Model>>) -> Self {
        Self { models, hop: None, gate: Some(Gate::default()), decoder: DecoderChoice::Auto, digest: false, threads: 1 }
    }

    /// Returns the origin of the results.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        let origin = Provenance::new(self.gate, self.decoder);
        self.models.iter().fold(origin, |origin, model| origin.model(model, self.hop))
    }

    /// Tags the file or pipe at `path`; `-` is standard input. A panic of the decoder on a damaged file is
    /// returned as an error, so that a batch continues. Blocks.
    ///
    /// # Errors
    /// If the path is a folder, the file cannot be decoded, or `progress` cancels the analysis.
    pub fn tag(&self, path: &Path, progress: &dyn FileProgress) -> Result<TaggedFile, FileError> {
        if path.is_dir() {
            // The search returns a folder only if it contains no audio file.
            return Err(FileError::EmptyFolder);
        }
        catch_panic(|| {
            let options = DecodeOptions { decoder: self.decoder, digest: self.digest };
            let mut decoder = Decoder::open_with(path, options)?;
            self.analyze(PathText::new(path), &mut decoder, progress)
        })
    }

    /// Tags audio that is open or in memory, whose report has the path `name`. A panic is returned as an error. Blocks.
    ///
    /// # Errors
    /// If the audio can no longer be read, a model fails, or `progress` cancels the analysis.
    pub fn tag_source(
        &self,
        name: PathText,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<TaggedFile, FileError> {
        catch_panic(|| self.analyze(name, source, progress))
    }

    fn analyze(
        &self,
        name: PathText,
        source: &mut dyn AudioSource,
        progress: &dyn FileProgress,
    ) -> Result<TaggedFile, FileError> {
        let mut builder = Analyzer::builder(source.rate()).gate(self.gate);
        for model in &self.models {
            let hop_frames = frames_of(self.hop, model.card());
            builder = builder.model_with_hop(Arc::clone(model), hop_frames);
        }
        let mut analyzer = builder.build_parallel(self.threads)?;
        let mut collectors: Vec<Collector> = self.models.iter().map(|model| Collector::new(model.card())).collect();
        let mut take = |prediction: Prediction| {
            if let Some(collector) = collectors.iter_mut().find(|collector| collector.id() == &*prediction.model) {
                collector.push(prediction);
            }
        };

        let rate = source.rate();
        progress.opened(source.length_s());
        while let Some(block) = source.next_block()? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            analyzer.push(block, &mut take)?;
            progress.advanced(rate.seconds(block.len() as u64));
        }
        analyzer.finish(&mut take)?;

        let duration_s = rate.seconds(source.frames());
        let PathText { path, path_bytes } = name;
        let mut report = FileReport::new(path, duration_s, rate.hz(), source.channels());
        report.path_bytes = path_bytes;
        report.decoder = source.backend().map(|backend| backend.name().into());
        report.models = collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
        let (file, provenance) = (source.file(), Some(self.provenance()));
        Ok(TaggedFile { report, file, provenance, issues: source.issues() })
    }
}

/// Loads the models with these ids in order; repeated ids are loaded once.
///
/// # Errors
/// If the registry has no such model, or a model is damaged.
pub fn load_models(registry: &'static Registry, ids: &[String]) -> Result<Vec<Arc<Model>>, ModelError> {
    let mut seen: Vec<&String> = Vec::new();
    ids.iter().for_each(|id| {
        if !seen.contains(&id) {
            seen.push(id);
        }
    });
    seen.into_iter().map(|id| registry.load(id)).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Observer that counts seconds and cancels at a limit.
    struct Limit(Cell<f64>, f64);

    impl FileProgress for Limit {
        fn advanced(&self, seconds: f64) {
            self.0.set(self.0.get() + seconds);
        }

        fn is_cancelled(&self) -> bool {
            self.0.get() >= self.1
        }
    }

    #[test]
    fn tagger_reports_each_model_and_its_progress_and_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(&path, spec).unwrap();
        let mut state = 1_u32;
        for _ in 0..80_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            wav.write_sample((state >> 18) as i16).unwrap();
        }
        wav.finalize().unwrap();

        let ids = ["msd-musicnn", "mtt-musicnn", "msd-musicnn"].map(str::to_owned);
        let tagger = Tagger::new(load_models(Registry::global(), &ids).unwrap());
        let progress = Limit(Cell::new(0.0), f64::MAX);
        let tagged = tagger.tag(&path, &progress).unwrap();
        let models: Vec<&str> = tagged.report.models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(models, ["msd-musicnn", "mtt-musicnn"]);
        assert!((progress.0.get() - 5.0).abs() < 1e-9 && (tagged.report.duration_s - 5.0).abs() < 1e-9);
        assert_eq!(tagged.issues, DecodeIssues::default());
        let labelled = tagged.report.models[0].output.labelled().unwrap();
        assert!(!labelled.predictions.is_empty() && labelled.mean.as_ref().is_some_and(|mean| mean.len() == 50));

        let cancelled = tagger.tag(&path, &Limit(Cell::new(0.0), 0.0));
        assert!(matches!(cancelled, Err(FileError::Cancelled)), "{cancelled:?}");
        assert!(matches!(tagger.tag(folder.path(), &NoProgress), Err(FileError::EmptyFolder)));
    }
}
