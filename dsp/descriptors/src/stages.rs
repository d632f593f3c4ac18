//! Stages that a mono signal passes: filters, frames and the record of each group of descriptors.

use std::ops::Range;

use crate::DescriptorError;
use crate::aggregate::PoolWriter;
use crate::equal_loudness::EqualLoudness;
use crate::layout::{DESCRIPTORS, Selection};
use crate::loudness::{AverageLoudness, DynamicComplexity};
use crate::lowlevel::LowLevel;
use crate::profile::Profile;
use crate::rhythm::{AudioSpan, Rhythm, RhythmOptions};
use crate::tonal::Tonal;

/// Whether a name begins with one of `prefixes`.
fn begins(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Stages that the selected descriptors need.
pub(crate) struct Stages {
    filter: EqualLoudness,
    filtered: Vec<f32>,
    average: Option<AverageLoudness>,
    dynamic: Option<DynamicComplexity>,
    pub(crate) lowlevel: Option<LowLevel>,
    pub(crate) rhythm: Option<Rhythm>,
    pub(crate) tonal: Option<Tonal>,
}

impl Stages {
    pub(crate) fn new(profile: &Profile, selection: &Selection) -> Result<Self, DescriptorError> {
        let wanted = |name: &str| selection.has(name);
        let any = |test: &dyn Fn(&str) -> bool| DESCRIPTORS.iter().any(|name| wanted(name) && test(name));
        let frame_wise = |name: &str| {
            let others = ["lowlevel.average_loudness", "lowlevel.dynamic_complexity", "lowlevel.loudness_ebu128"];
            name.starts_with("lowlevel.") && !begins(name, &others)
        };
        let (length, hop) = profile.average_loudness;
        let lowlevel = any(&frame_wise).then(|| LowLevel::new(profile.lowlevel, &wanted)).transpose()?;
        let rhythm = any(&|name| name.starts_with("rhythm."))
            .then(|| Rhythm::new(&RhythmOptions { compat: profile.essentia_compatible, ..profile.rhythm }, &wanted))
            .transpose()?;
        let tonal = any(&|name| name.starts_with("tonal.")).then(|| Tonal::new(profile.tonal, &wanted)).transpose()?;
        Ok(Self {
            filter: EqualLoudness::new(),
            filtered: Vec::new(),
            average: wanted("lowlevel.average_loudness").then(|| AverageLoudness::new(length, hop)),
            dynamic: wanted("lowlevel.dynamic_complexity").then(DynamicComplexity::default),
            lowlevel,
            rhythm,
            tonal,
        })
    }

    /// Returns the equal-loudness filter. The replay gain needs it for every selection.
    pub(crate) fn filter(&self) -> &EqualLoudness {
        &self.filter
    }

    /// Adds mono samples. Returns them after the equal-loudness filter.
    pub(crate) fn push(&mut self, mono: &[f32]) -> &[f32] {
        self.filtered.resize(mono.len(), 0.0);
        self.filter.process(mono, &mut self.filtered);
        if let Some(lowlevel) = &mut self.lowlevel {
            lowlevel.push(mono, &self.filtered);
        }
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.push(mono);
        }
        if let Some(tonal) = &mut self.tonal {
            tonal.push(mono);
        }
        if let Some(average) = &mut self.average {
            average.push(mono);
        }
        if let Some(dynamic) = &mut self.dynamic {
            dynamic.push(mono);
        }
        &self.filtered
    }

    /// Ends the stream: the last frames are padded with zeros.
    pub(crate) fn finish(&mut self) {
        if let Some(lowlevel) = &mut self.lowlevel {
            lowlevel.finish();
        }
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.finish();
        }
        if let Some(tonal) = &mut self.tonal {
            tonal.finish();
        }
    }

    pub(crate) fn reset(&mut self) {
        self.filter.reset();
        if let Some(lowlevel) = &mut self.lowlevel {
            lowlevel.reset();
        }
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.reset();
        }
        if let Some(tonal) = &mut self.tonal {
            tonal.reset();
        }
        if let Some(average) = &mut self.average {
            average.reset();
        }
        if let Some(dynamic) = &mut self.dynamic {
            dynamic.reset();
        }
    }

    /// Writes the descriptors of the frames in `window` (samples; `None`: all) with the linear `gain`.
    pub(crate) fn describe(
        &mut self,
        window: Option<&Range<u64>>,
        gain: f64,
        audio: Option<AudioSpan<'_>>,
        writer: &mut PoolWriter<'_>,
    ) {
        if let Some(lowlevel) = &mut self.lowlevel {
            lowlevel.describe(window.cloned(), gain, writer);
        }
        if let Some(rhythm) = &mut self.rhythm {
            rhythm.describe(window.cloned(), gain, audio, writer);
        }
        if let Some(tonal) = &mut self.tonal {
            tonal.describe(window.cloned(), gain, writer);
        }
        if let Some(loudness) = self.average.as_ref().and_then(|average| average.value(window, gain)) {
            writer.number("lowlevel.average_loudness", loudness);
        }
        if let Some(dynamic) = &self.dynamic {
            writer.number("lowlevel.dynamic_complexity", dynamic.value(window, gain));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_descriptor_needs_its_own_stage_only() {
        let stages = |names: &[&str]| {
            let stages = Stages::new(&Profile::default(), &Selection::new(names).unwrap()).unwrap();
            (stages.lowlevel.is_some(), stages.rhythm.is_some(), stages.tonal.is_some())
        };
        assert_eq!(stages(&["rhythm.danceability"]), (false, true, false));
        assert_eq!(stages(&["lowlevel.spectral_centroid"]), (true, false, false));
        assert_eq!(stages(&["lowlevel.loudness_ebu128"]), (false, false, false));
        assert_eq!(stages(&["tonal.hpcp"]), (false, false, true));
        assert_eq!(stages(&[]), (true, true, true));
    }
}
