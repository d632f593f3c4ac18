//! Recent audio of a stream, for descriptors that need samples again.

use crate::rhythm::AudioSpan;

/// Amount of audio that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioRetention {
    /// The whole stream, 176 kB per second: needed for exact results of pieces that clip (default).
    #[default]
    All,
    /// The last seconds.
    Last(u32),
    /// No audio: the loudness of beats is not computed.
    None,
}

/// Store of the audio that is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct AudioStore {
    /// Maximum number of samples; `None`: all.
    limit: Option<usize>,
    start: u64,
    samples: Vec<f32>,
}

impl AudioStore {
    pub(crate) fn new(retention: AudioRetention) -> Self {
        let limit = match retention {
            AudioRetention::All => None,
            AudioRetention::Last(seconds) => Some(seconds as usize * crate::SAMPLE_RATE_HZ as usize),
            AudioRetention::None => Some(0),
        };
        Self { limit, ..Self::default() }
    }

    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
        // Old samples are dropped when they fill as much as those that are kept, so that they are rarely moved.
        if let Some(limit) = self.limit.filter(|&limit| self.samples.len() >= 2 * limit) {
            let surplus = self.samples.len() - limit;
            self.samples.drain(..surplus);
            self.start += surplus as u64;
        }
    }

    /// Returns the audio that is kept, or `None` if none is ever kept.
    pub(crate) fn span(&self) -> Option<AudioSpan<'_>> {
        (self.limit != Some(0)).then_some(AudioSpan { start: self.start, samples: &self.samples })
    }

    /// Returns the whole stream, if it is kept.
    pub(crate) fn all(&self) -> Option<&[f32]> {
        (self.start == 0).then_some(&self.samples[..])
    }

    pub(crate) fn reset(&mut self) {
        self.start = 0;
        self.samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_seconds_are_kept_with_their_position() {
        let mut store = AudioStore::new(AudioRetention::Last(1));
        for second in 0..5 {
            store.push(&vec![second as f32; 44_100]);
        }
        let span = store.span().unwrap();
        assert_eq!((span.start, span.samples.len()), (4 * 44_100, 44_100));
        assert_eq!(span.samples[0], 4.0);
        let mut none = AudioStore::new(AudioRetention::None);
        none.push(&[1.0]);
        assert_eq!((none.span(), none.samples.len()), (None, 0));
    }
}
