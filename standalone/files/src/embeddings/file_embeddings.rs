//! Embeddings of one file, in memory.

use std::path::PathBuf;

use earmark_capture::decode::DecodeIssues;

use crate::analyzed_file::AnalyzedFile;

/// Embeddings of one file, one vector per patch.
#[derive(Debug, Clone, PartialEq)]
pub struct FileEmbeddings {
    /// The file.
    pub path: PathBuf,
    /// Facts about the file; `None` for samples in memory.
    pub file: Option<AnalyzedFile>,
    /// Id of the model.
    pub model: String,
    /// Number of values per embedding.
    pub width: usize,
    /// Start and end of each patch, in seconds of source time.
    pub spans: Vec<(f64, f64)>,
    /// Values in the order `[patch][value]`.
    pub values: Vec<f32>,
    /// Length of the file in seconds.
    pub duration_s: f64,
    /// Sample rate of the file in Hz.
    pub sample_rate_hz: f64,
    /// Defects of the file.
    pub issues: DecodeIssues,
}

impl FileEmbeddings {
    /// Replaces all patches by their mean.
    pub fn average(&mut self) {
        let patches = self.spans.len() as f64;
        let mut sums = vec![0.0_f64; self.width];
        for patch in self.values.chunks_exact(self.width.max(1)) {
            sums.iter_mut().zip(patch).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        self.values = sums.into_iter().map(|sum| (sum / patches) as f32).collect();
        let (first, last) = (self.spans.first().copied(), self.spans.last().copied());
        self.spans = first.zip(last).map(|((start_s, _), (_, end_s))| (start_s, end_s)).into_iter().collect();
    }

    /// Returns an iterator over the patches: start and end in seconds, and values.
    pub fn patches(&self) -> impl Iterator<Item = ((f64, f64), &[f32])> {
        self.spans.iter().copied().zip(self.values.chunks_exact(self.width.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_replaces_all_patches_by_their_mean() {
        let mut embeddings = FileEmbeddings {
            path: "a.wav".into(),
            file: None,
            model: "m".into(),
            width: 2,
            spans: vec![(0.0, 3.0), (1.5, 4.5)],
            values: vec![1.0, 4.0, 3.0, -2.0],
            duration_s: 4.5,
            sample_rate_hz: 16_000.0,
            issues: DecodeIssues::default(),
        };
        embeddings.average();
        let patches: Vec<_> = embeddings.patches().collect();
        assert_eq!(patches, [((0.0, 4.5), &[2.0, 1.0][..])]);
    }
}
