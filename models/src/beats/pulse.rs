//! Pulse fit: tempo to a tenth of a percent and phase, from the onsets of the last seconds near a known tempo.

use std::array;
use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::flux;

/// Number of cosines of the pulse.
const HARMONICS: usize = 6;
/// Number of tempi from the lowest to the highest.
const TEMPI: usize = 31;
/// Relative distance between two tempi: the range is 3 % to both sides.
const TEMPO_STEP: f64 = 0.002;
/// Number of phases of a beat.
const PHASES: usize = 96;

/// Pulse fitted to the onsets of some seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PulseFit {
    /// Tempo in BPM.
    pub(crate) bpm: f64,
    /// Time of a beat in seconds, near the end of the onsets.
    pub(crate) beat_s: f64,
    /// Share of the onsets' strength on the pulse: 1 for onsets at the beats alone, about 0 without a pulse.
    pub(crate) clarity: f32,
    /// Score of this phase, and of the best one half a beat away.
    pub(crate) scores: (f32, f32),
}

/// Coefficients of the onsets at the harmonics of one tempo.
type Coefficients = [(f64, f64); HARMONICS];

/// Fits a pulse within 3 % of `bpm` to onset strengths of consecutive frames, the first of which is frame `first`. None
/// without onsets. Does not allocate.
pub(crate) fn fit(onsets: impl Iterator<Item = f32> + Clone, first: u64, bpm: f64) -> Option<PulseFit> {
    let (count, sum, squares) = onsets.clone().fold((0_usize, 0.0, 0.0), |(count, sum, squares), value| {
        (count + 1, sum + f64::from(value), squares + f64::from(value) * f64::from(value))
    });
    if count < 2 || sum <= 0.0 || squares <= 0.0 {
        return None;
    }
    let mean = sum / count as f64;
    let ratio = |step: f64| 1.0 + (step - (TEMPI / 2) as f64) * TEMPO_STEP;
    let frequencies: [f64; TEMPI] = array::from_fn(|step| frequency(bpm * ratio(step as f64)));
    let scores = coefficients(onsets.clone(), mean, frequencies).map(|coefficients| best_phase(&coefficients).1);
    let best = (0..TEMPI).fold(0, |best, step| if scores[step] > scores[best] { step } else { best });
    let offset =
        if best > 0 && best + 1 < TEMPI { peak(scores[best - 1], scores[best], scores[best + 1]) } else { 0.0 };
    let tempo = bpm * ratio(best as f64 + offset);
    let [coefficients] = coefficients(onsets, mean, [frequency(tempo)]);
    let (phase, score) = best_phase(&coefficients);
    if score <= 0.0 {
        return None;
    }
    // The greatest score that a half-beat shift within a tenth of a beat reaches.
    let off = (-9..=9).map(|step| value(&coefficients, phase + 0.5 + f64::from(step) / PHASES as f64));
    let off = off.fold(f64::NEG_INFINITY, f64::max);
    let beat_frames = 60.0 / tempo / flux::FRAME_S;
    let last = (count - 1) as f64;
    // The last beat in the frames: the greatest `(n + phase) * beat_frames` that is not above `last`.
    let beat = ((last / beat_frames - phase).floor() + phase) * beat_frames;
    Some(PulseFit {
        bpm: tempo,
        beat_s: flux::time_s(first as f64 + beat),
        clarity: (score / (HARMONICS as f64 * sum)).clamp(0.0, 1.0) as f32,
        scores: (score as f32, off as f32),
    })
}

/// Returns beats per frame.
fn frequency(bpm: f64) -> f64 {
    bpm / 60.0 * flux::FRAME_S
}

/// Returns the coefficients at several frequencies in beats per frame, which are computed side by side.
fn coefficients<const N: usize>(
    onsets: impl Iterator<Item = f32>,
    mean: f64,
    frequencies: [f64; N],
) -> [Coefficients; N] {
    let (mut sums_re, mut sums_im) = ([[0.0; N]; HARMONICS], [[0.0; N]; HARMONICS]);
    let steps = frequencies.map(|frequency| (TAU * frequency).sin_cos());
    let (step_sin, step_cos) = (steps.map(|(sin, _)| sin), steps.map(|(_, cos)| cos));
    let (mut cos, mut sin) = ([1.0_f64; N], [0.0_f64; N]);
    for (index, onset) in onsets.enumerate() {
        let onset = f64::from(onset) - mean;
        // Harmonics by the product of the first one.
        let (mut re, mut im) = (cos, sin);
        for (sum_re, sum_im) in sums_re.iter_mut().zip(&mut sums_im) {
            for n in 0..N {
                sum_re[n] += onset * re[n];
                sum_im[n] += onset * im[n];
                (re[n], im[n]) = (re[n] * cos[n] - im[n] * sin[n], re[n] * sin[n] + im[n] * cos[n]);
            }
        }
        for n in 0..N {
            (cos[n], sin[n]) =
                (cos[n] * step_cos[n] - sin[n] * step_sin[n], cos[n] * step_sin[n] + sin[n] * step_cos[n]);
        }
        if index % 256 == 255 {
            // The product loses length by rounding.
            for n in 0..N {
                let length = cos[n].hypot(sin[n]);
                (cos[n], sin[n]) = (cos[n] / length, sin[n] / length);
            }
        }
    }
    array::from_fn(|n| array::from_fn(|harmonic| (sums_re[harmonic][n], sums_im[harmonic][n])))
}

/// Cosine and sine of the phases of the grid.
static PHASE_CIRCLE: LazyLock<[(f64, f64); PHASES]> = LazyLock::new(|| {
    array::from_fn(|step| {
        let (sin, cos) = (TAU * step as f64 / PHASES as f64).sin_cos();
        (cos, sin)
    })
});

/// Returns the score of a phase in beats.
fn value(coefficients: &Coefficients, phase: f64) -> f64 {
    let term = |(harmonic, (re, im)): (usize, &(f64, f64))| {
        let (sin, cos) = (TAU * (harmonic + 1) as f64 * phase).sin_cos();
        re * cos + im * sin
    };
    coefficients.iter().enumerate().map(term).sum()
}

/// Returns the score of a phase of the grid.
fn value_on_grid(coefficients: &Coefficients, circle: &[(f64, f64); PHASES], step: usize) -> f64 {
    let term = |(harmonic, (re, im)): (usize, &(f64, f64))| {
        let (cos, sin) = circle[(harmonic + 1) * step % PHASES];
        re * cos + im * sin
    };
    coefficients.iter().enumerate().map(term).sum()
}

/// Returns the best phase in beats, between the phases of the grid by a parabola, and its score.
fn best_phase(coefficients: &Coefficients) -> (f64, f64) {
    let circle = &*PHASE_CIRCLE;
    let at = |step: usize| value_on_grid(coefficients, circle, step);
    let (best, score) = (0..PHASES)
        .map(|step| (step, at(step)))
        .fold((0, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best });
    let offset = peak(at((best + PHASES - 1) % PHASES), score, at(best + 1));
    let phase = (best as f64 + offset) / PHASES as f64;
    (phase, value(coefficients, phase))
}

/// Returns the place of the top of a parabola through three values, -0.5 to 0.5 from the middle one.
fn peak(before: f64, middle: f64, after: f64) -> f64 {
    let curvature = before - 2.0 * middle + after;
    if curvature < 0.0 { (0.5 * (before - after) / curvature).clamp(-0.5, 0.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `frames` onset strengths with a beat of `bpm` every period from `first_s` on, shared between two frames.
    fn beats(bpm: f64, first_s: f64, frames: usize) -> Vec<f32> {
        let mut onsets = vec![0.0_f32; frames];
        let mut at = (first_s - flux::time_s(0.0)) / flux::FRAME_S;
        while at < (frames - 1) as f64 {
            let share = at.fract() as f32;
            onsets[at as usize] += 1.0 - share;
            onsets[at as usize + 1] += share;
            at += 60.0 / bpm / flux::FRAME_S;
        }
        onsets
    }

    #[test]
    fn tempo_and_phase_of_a_regular_beat_are_found_between_the_steps() {
        for (bpm, class, first_s) in [(124.37, 124.0, 0.31), (87.5, 88.0, 0.05), (173.1, 175.0, 0.2), (60.4, 60.0, 0.7)]
        {
            let onsets = beats(bpm, first_s, 802);
            let found = fit(onsets.iter().copied(), 0, class).unwrap();
            assert!((found.bpm / bpm - 1.0).abs() < 5e-4, "{bpm}: {found:?}");
            let beats = (found.beat_s - first_s) * bpm / 60.0;
            let off_s = (beats - beats.round()) * 60.0 / bpm;
            assert!(off_s.abs() < 0.006, "{bpm}: {off_s} s off, {found:?}");
            assert!(found.clarity > 0.6 && found.scores.1 < 0.5 * found.scores.0, "{bpm}: {found:?}");
            // The same onsets later in the stream give the same beats later.
            let later = fit(onsets.iter().copied(), 1000, class).unwrap();
            assert!((later.beat_s - found.beat_s - 1000.0 * flux::FRAME_S).abs() < 1e-9);
        }
    }

    #[test]
    fn no_pulse_fits_silence_and_noise_is_unclear() {
        assert_eq!(fit(std::iter::repeat_n(0.0, 500), 0, 120.0), None);
        assert_eq!(fit(std::iter::empty(), 0, 120.0), None);
        let mut seed = 1_u32;
        let noise = std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32
        });
        let noise: Vec<f32> = noise.take(802).collect();
        let found = fit(noise.iter().copied(), 0, 120.0).unwrap();
        assert!(found.clarity < 0.1, "{found:?}");
    }
}
