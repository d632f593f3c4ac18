//! Beats of a detection function (Essentia's TempoTapDegara).
//!
//! The beat period is decoded every 1.49 s from the autocorrelation of 5.94 s of the function; the beats are then the
//! most probable sequence of times whose distances follow those periods.

mod beats;
mod local_mean;
mod options;
mod period;

pub use options::DegaraOptions;
pub(super) use period::Autocorrelation;

/// Returns the beats of a detection function in seconds after its first value, ascending.
///
/// `function` has `rate_hz` values per second and high values at onsets; its scale is of no importance. Negative and
/// non-finite values count as 0. Without a positive value, or at a rate below 3 Hz or above 11 kHz, there are no beats. Allocates.
#[must_use]
pub fn beats_degara<T: Copy + Into<f64>>(function: &[T], rate_hz: f64, options: DegaraOptions) -> Vec<f64> {
    let upsampling = options.upsampling.clamp(1, 4);
    let rate_hz = rate_hz * upsampling as f64;
    let function = interpolated(&normalized(function), upsampling);
    let Some(periods) = period::periods(&function, rate_hz, options) else {
        return Vec::new();
    };
    beats::frames(&function, &periods, rate_hz, upsampling).into_iter().map(|frame| frame as f64 / rate_hz).collect()
}

/// Returns the function divided by its maximum; empty if no value is positive.
fn normalized<T: Copy + Into<f64>>(function: &[T]) -> Vec<f64> {
    let mut values: Vec<f64> = function.iter().map(|&value| value.into()).collect();
    values.iter_mut().filter(|value| !(value.is_finite() && **value > 0.0)).for_each(|value| *value = 0.0);
    let maximum = values.iter().copied().fold(0.0, f64::max);
    if maximum == 0.0 {
        return Vec::new();
    }
    values.iter_mut().for_each(|value| *value /= maximum);
    values
}

/// Returns the function with `factor - 1` values on the line between each two.
fn interpolated(function: &[f64], factor: usize) -> Vec<f64> {
    let Some(&last) = function.last() else {
        return Vec::new();
    };
    let mut values = Vec::with_capacity(function.len() * factor);
    for pair in function.windows(2) {
        let delta = (pair[1] - pair[0]) / factor as f64;
        values.extend((0..factor).map(|step| pair[0] + delta * step as f64));
    }
    values.push(last);
    values
}

#[cfg(test)]
mod tests {
    use super::local_mean::subtract_local_mean;
    use super::*;

    #[test]
    fn regular_impulses_are_found_at_their_times() {
        // 120 BPM in a function of 40 values per second, 20 s.
        let mut function = vec![0.0_f32; 800];
        (10..800).step_by(20).for_each(|onset| function[onset] = 1.0);
        let beats = beats_degara(&function, 40.0, DegaraOptions::default());
        assert!((36..=40).contains(&beats.len()), "{beats:?}");
        for beat in &beats[2..] {
            let phase = (beat - 0.25) / 0.5;
            assert!((phase - phase.round()).abs() < 0.06, "{beat} of {beats:?}");
        }
    }

    #[test]
    fn degenerate_functions_have_no_beats_or_finite_ones() {
        let options = DegaraOptions::default();
        for function in [vec![], vec![0.0], vec![0.0; 500], vec![-1.0; 50], vec![f64::NAN; 50]] {
            assert!(beats_degara(&function, 43.07, options).is_empty());
        }
        for function in [vec![1.0], vec![1.0; 3], vec![1.0; 2000], vec![1e-300, 1e300]] {
            for rate_hz in [0.0, 1.0, 5.0, 43.07, 344.0, 1e9, f64::NAN] {
                assert!(beats_degara(&function, rate_hz, options).iter().all(|beat| beat.is_finite()), "{rate_hz}");
            }
        }
        let inverted = DegaraOptions { min_tempo: 200.0, max_tempo: 60.0, upsampling: 0 };
        assert!(beats_degara(&[0.0, 1.0, 0.0], 43.07, inverted).len() <= 3);
    }

    #[test]
    fn interpolation_keeps_the_values_and_the_local_mean_is_removed() {
        assert_eq!(interpolated(&[0.0, 1.0, 3.0], 2), [0.0, 0.5, 1.0, 2.0, 3.0]);
        let mut values = [3.0, 0.0, 0.0, 0.0];
        subtract_local_mean(&mut values, 1, &mut Vec::new());
        assert_eq!(values, [1.0, 0.0, 0.0, 0.0]);
    }
}
