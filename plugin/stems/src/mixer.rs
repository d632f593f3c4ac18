//! Output of a block: gains, bypass, and the presence of the vocals.

use crate::ramp::Ramp;
use crate::status::StreamStatus;

/// Maximum number of samples that are mixed at a time.
pub(crate) const MAX_FRAMES: usize = 512;

/// Time of a change of a gain, of bypass, and of the return of vocals, in seconds.
const RAMP_S: f64 = 0.02;

/// Time over which vocals fade out before they run out, in seconds.
const LOSS_S: f64 = 0.005;

/// Values that the host's parameters have in a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MixControls {
    /// Linear gains of vocals and accompaniment, with mute and solo.
    pub(crate) gains: [f32; 2],
    /// Whether the output is the delayed input.
    pub(crate) bypass: bool,
}

/// Vocals of a part of a block.
pub(crate) struct VocalBlock {
    /// Samples of each channel; 0 where there are none.
    pub(crate) samples: [Box<[f32; MAX_FRAMES]>; 2],
    /// Weight of each sample.
    weights: Box<[f32; MAX_FRAMES]>,
    /// Weight of the next sample.
    presence: f32,
    rise: f32,
    loss_frames: f32,
}

impl VocalBlock {
    /// Creates a block for a sample rate in Hz. Allocates.
    pub(crate) fn new(rate_hz: f64) -> Self {
        let zeros = || {
            // Not 0 at first: the allocator can provide zeroed pages without touching them.
            let mut values = Box::new([1.0; MAX_FRAMES]);
            values.fill(0.0);
            values
        };
        Self {
            samples: [zeros(), zeros()],
            weights: zeros(),
            presence: 1.0,
            rise: (1.0 / (RAMP_S * rate_hz)) as f32,
            loss_frames: (LOSS_S * rate_hz) as f32,
        }
    }

    /// Starts a stream: its first vocals are not faded in.
    pub(crate) fn reset(&mut self) {
        self.presence = 1.0;
    }

    /// Sets the weights of `frames` samples from `start` on, which are the first of `consecutive` ones. With `foresee`
    /// vocals that end soon fade out.
    pub(crate) fn set_present(&mut self, start: usize, frames: usize, consecutive: usize, foresee: bool) {
        for (index, weight) in self.weights[start..start + frames].iter_mut().enumerate() {
            let limit = if foresee { (consecutive - index) as f32 / self.loss_frames } else { 1.0 };
            self.presence = (self.presence + self.rise).min(limit).min(1.0);
            *weight = self.presence;
        }
    }

    /// Sets `frames` samples from `start` on to 0. If they are `missing`, later vocals fade in.
    pub(crate) fn set_absent(&mut self, start: usize, frames: usize, missing: bool) {
        for channel in &mut self.samples {
            channel[start..start + frames].fill(0.0);
        }
        self.weights[start..start + frames].fill(0.0);
        if missing {
            self.presence = 0.0;
        }
    }
}

/// Buffers of the plugin's outputs for one block. A channel that the host does not provide is empty.
pub(crate) struct Outputs<'a, 'main, 'stems> {
    pub(crate) main: &'a mut [&'main mut [f32]],
    pub(crate) vocals: &'a mut [&'stems mut [f32]],
    pub(crate) accompaniment: &'a mut [&'stems mut [f32]],
}

/// Mixer with smoothed gains.
pub(crate) struct Mixer {
    gains: [Ramp; 2],
    bypass: Ramp,
    /// Gains of vocals, of accompaniment, and of bypass, for each sample of a part.
    frames: Box<[[f32; 3]; MAX_FRAMES]>,
}

impl Mixer {
    /// Creates a mixer for a sample rate in Hz. Allocates.
    pub(crate) fn new(rate_hz: f64, controls: &MixControls) -> Self {
        let length = (RAMP_S * rate_hz).round() as u32;
        let gains = controls.gains.map(|gain| Ramp::new(gain, length));
        let bypass = Ramp::new(f32::from(controls.bypass), length);
        Self { gains, bypass, frames: Box::new([[1.0; 3]; MAX_FRAMES]) }
    }

    /// Ends all ramps. Real-time safe.
    pub(crate) fn reset(&mut self, controls: &MixControls) {
        self.set(controls);
        self.gains.iter_mut().zip(controls.gains).for_each(|(ramp, gain)| ramp.jump(gain));
        self.bypass.jump(f32::from(controls.bypass));
    }

    /// Sets the targets of the ramps. Real-time safe.
    pub(crate) fn set(&mut self, controls: &MixControls) {
        self.gains.iter_mut().zip(controls.gains).for_each(|(ramp, gain)| ramp.set(gain));
        self.bypass.set(f32::from(controls.bypass));
    }

    /// Mixes `frames` samples from `start` on. The main output contains the delayed input. Real-time safe.
    ///
    /// Vocals and accompaniment add up to the delayed input with one rounding, and at equal gains the main output is the
    /// delayed input times the gain.
    pub(crate) fn mix(
        &mut self,
        out: &mut Outputs<'_, '_, '_>,
        (start, frames): (usize, usize),
        vocals: &VocalBlock,
        status: &StreamStatus,
    ) {
        for frame in &mut self.frames[..frames] {
            *frame = [self.gains[0].next(), self.gains[1].next(), self.bypass.next()];
        }
        let range = start..start + frames;
        let mut peaks = [0.0_f32; 2];
        for (channel, samples) in vocals.samples.iter().enumerate().take(out.main.len()) {
            let Some(main) = out.main[channel].get_mut(range.clone()) else { continue };
            let mut of_vocals = out.vocals.get_mut(channel).and_then(|output| output.get_mut(range.clone()));
            let mut of_rest = out.accompaniment.get_mut(channel).and_then(|output| output.get_mut(range.clone()));
            for (index, main) in main.iter_mut().enumerate() {
                let [vocal_gain, rest_gain, bypass] = self.frames[index];
                let (dry, vocal) = (*main, samples[index] * vocals.weights[index]);
                let rest = dry - vocal;
                peaks[0] = peaks[0].max((vocal_gain * vocal).abs());
                peaks[1] = peaks[1].max((rest_gain * rest).abs());
                let mixed = rest_gain * dry + (vocal_gain - rest_gain) * vocal;
                *main = if bypass >= 1.0 { dry } else { mixed + bypass * (dry - mixed) };
                let vocal = vocal * (1.0 - bypass);
                if let Some(output) = &mut of_vocals {
                    output[index] = vocal;
                }
                if let Some(output) = &mut of_rest {
                    output[index] = dry - vocal;
                }
            }
        }
        peaks.into_iter().enumerate().for_each(|(stem, peak)| status.add_peak(stem, peak));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(controls: MixControls, dry: &[f32], vocals: &[f32]) -> [Vec<f32>; 3] {
        let mut block = VocalBlock::new(48_000.0);
        block.samples[0][..vocals.len()].copy_from_slice(vocals);
        block.set_present(0, vocals.len(), usize::MAX / 2, true);
        let mut outputs = [dry.to_vec(), vec![9.0; dry.len()], vec![9.0; dry.len()]];
        let [main, of_vocals, of_rest] = &mut outputs;
        let mut out = Outputs {
            main: &mut [main.as_mut_slice()],
            vocals: &mut [of_vocals.as_mut_slice()],
            accompaniment: &mut [of_rest.as_mut_slice()],
        };
        let mut mixer = Mixer::new(48_000.0, &controls);
        mixer.mix(&mut out, (0, dry.len()), &block, &StreamStatus::default());
        outputs
    }

    fn noise(seed: u32) -> Vec<f32> {
        (0..500_u32).map(|i| ((i + seed).wrapping_mul(2_654_435_761) as i32 as f32) / 2.2e9).collect()
    }

    #[test]
    fn stems_add_up_to_the_input_with_one_rounding() {
        let (dry, vocals) = (noise(1), noise(7));
        let [main, of_vocals, of_rest] = mix(MixControls { gains: [1.0, 1.0], bypass: false }, &dry, &vocals);
        assert_eq!(main, dry, "equal gains of 1 change nothing");
        assert_eq!(of_vocals, vocals);
        for ((vocal, rest), dry) in of_vocals.iter().zip(&of_rest).zip(&dry) {
            assert!((vocal + rest - dry).abs() <= 2e-7, "{vocal} + {rest} is not {dry}");
        }
    }

    #[test]
    fn gains_select_stems_and_bypass_is_exact() {
        let (dry, vocals) = (noise(1), noise(7));
        let [main, ..] = mix(MixControls { gains: [1.0, 0.0], bypass: false }, &dry, &vocals);
        assert_eq!(main, vocals);
        let [main, _, of_rest] = mix(MixControls { gains: [0.0, 1.0], bypass: false }, &dry, &vocals);
        assert_eq!(main, of_rest);
        let [main, of_vocals, of_rest] = mix(MixControls { gains: [0.3, 2.0], bypass: true }, &dry, &vocals);
        assert_eq!((&main, &of_rest), (&dry, &dry));
        assert!(of_vocals.iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn vocals_fade_out_before_they_end_and_fade_in_when_they_return() {
        let mut block = VocalBlock::new(1000.0);
        block.set_present(0, 10, 10, true);
        assert_eq!(block.weights[..10], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2]);
        block.set_absent(10, 5, true);
        block.set_present(15, 30, 500, true);
        assert_eq!(block.weights[10..15], [0.0; 5]);
        assert!((block.weights[15] - 0.05).abs() < 1e-6 && block.weights[44] == 1.0);
        block.set_absent(0, 5, true);
        block.reset();
        block.set_present(0, 5, 5, false);
        assert_eq!(block.weights[..5], [1.0; 5], "a render waits instead");
    }
}
