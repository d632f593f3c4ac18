//! Conversion of a later part of a track to the rate and the channels of its first part.

use earmark_dsp::{DspError, Resampler, SampleRate};

/// Sample rate and number of channels of a part of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TrackFormat {
    pub(super) rate: SampleRate,
    pub(super) channels: usize,
}

/// Converter of one part of a track.
pub(super) struct FormatConverter {
    from: TrackFormat,
    to: TrackFormat,
    /// One for each channel of the output.
    resamplers: Vec<Resampler>,
    channel: Vec<f32>,
    resampled: Vec<f32>,
}

impl FormatConverter {
    /// Creates a converter.
    ///
    /// # Errors
    /// If there is no filter between the two rates.
    pub(super) fn new(from: TrackFormat, to: TrackFormat) -> Result<Self, DspError> {
        let resamplers = (0..to.channels).map(|_| Resampler::precise(from.rate, to.rate)).collect::<Result<_, _>>()?;
        Ok(Self { from, to, resamplers, channel: Vec::new(), resampled: Vec::new() })
    }

    /// Returns the format of the input.
    pub(super) fn from(&self) -> TrackFormat {
        self.from
    }

    /// Converts interleaved samples in place. The filter may hold some of them back.
    pub(super) fn convert(&mut self, interleaved: &mut Vec<f32>) {
        self.run(interleaved, false);
    }

    /// Ends the part: appends the samples that the filter has held back.
    pub(super) fn finish(mut self, interleaved: &mut Vec<f32>) {
        self.run(interleaved, true);
    }

    fn run(&mut self, interleaved: &mut Vec<f32>, last: bool) {
        let input = std::mem::take(interleaved);
        let channels = self.to.channels;
        for (index, resampler) in self.resamplers.iter_mut().enumerate() {
            self.channel.clear();
            self.channel.extend(input.chunks_exact(self.from.channels).map(|frame| mapped(frame, index, channels)));
            self.resampled.clear();
            resampler.push(&self.channel, &mut self.resampled);
            if last {
                resampler.flush(&mut self.resampled);
            }
            interleaved.resize(self.resampled.len() * channels, 0.0);
            let places = interleaved.iter_mut().skip(index).step_by(channels);
            places.zip(&self.resampled).for_each(|(place, &sample)| *place = sample);
        }
    }
}

/// Returns the sample of channel `index` of `channels` channels: the same channel if the number is the same, otherwise
/// the mean of all channels, so that the mono mix of every part has the same level.
fn mapped(frame: &[f32], index: usize, channels: usize) -> f32 {
    if frame.len() == channels { frame[index] } else { frame.iter().sum::<f32>() / frame.len() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(hz: f64, channels: usize) -> TrackFormat {
        TrackFormat { rate: SampleRate::new(hz).unwrap(), channels }
    }

    #[test]
    fn stereo_becomes_mono_at_another_rate_without_loss() {
        let mut converter = FormatConverter::new(format(44_100.0, 2), format(22_050.0, 1)).unwrap();
        let sine = |frame: usize| (frame as f32 * 0.05).sin();
        let mut output = Vec::new();
        for start in (0..44_100).step_by(1000) {
            let end = (start + 1000).min(44_100);
            let mut block: Vec<f32> = (start..end).flat_map(|frame| [2.0 * sine(frame), 0.0]).collect();
            converter.convert(&mut block);
            output.extend(block);
        }
        let mut rest = Vec::new();
        converter.finish(&mut rest);
        output.extend(rest);
        assert_eq!(output.len(), 22_050);
        let worst = (1000..21_000).map(|frame| (output[frame] - sine(2 * frame)).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-3, "{worst}");
    }

    #[test]
    fn mono_is_copied_to_both_channels() {
        let mut converter = FormatConverter::new(format(8_000.0, 1), format(8_000.0, 2)).unwrap();
        let mut block = vec![0.1, 0.2];
        converter.convert(&mut block);
        assert_eq!(block, [0.1, 0.1, 0.2, 0.2]);
    }
}
