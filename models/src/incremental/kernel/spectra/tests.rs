use super::super::{BandKernel, Continue, Cut, Start};
use super::*;

const FRAMES: usize = 30;
const CHANNELS: usize = 20;

/// Pseudo-random numbers from -0.5 to 0.5.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

/// Returns the same convolution by sums at each place and by spectra.
fn kernels(taps: usize, height: usize) -> (BandKernel, SpectralKernel) {
    let [bias, scale, shift] = [2, 3, 4].map(|seed| noise(CHANNELS, seed));
    let activation = Activation { bias, scale, shift };
    let weights = noise(CHANNELS * taps * height, 5);
    let sums = BandKernel::new(&weights, (taps, height), &activation, LENGTH);
    (sums, SpectralKernel::new(&weights, (taps, height), &activation))
}

/// Returns the largest difference relative to the largest expected magnitude.
fn furthest(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn new_and_partial_columns_by_spectra_match_sums_at_each_place() {
    let plane = noise(FRAMES * LENGTH, 1);
    for (taps, height) in [(7, 16), (7, 38), (7, 67), (7, 80), (1, 40), (12, 33)] {
        let (sums, spectra) = kernels(taps, height);
        assert!(SpectralKernel::is_faster(height, LENGTH), "{height} bands");
        assert_eq!(sums.width(), spectra.width());
        // Columns with none, one and several cuts, of which the first one begins before the plane.
        let columns: Vec<Vec<usize>> =
            vec![vec![taps - 1], vec![0], vec![taps / 2, taps / 3, 0], vec![0], vec![taps / 2, 0]];
        let (mut starts, mut cuts) = (Vec::new(), Vec::new());
        for (index, from_taps) in columns.iter().enumerate() {
            let mut from_taps = from_taps.clone();
            from_taps.dedup();
            let begin = cuts.len();
            cuts.extend(from_taps.iter().enumerate().map(|(n, &from_tap)| Cut { from_tap, to: begin + n }));
            let origin = if index == 0 { 1 - taps as isize } else { 3 * index as isize };
            starts.push(Start { origin, cuts: begin..cuts.len() });
        }
        let (mut found, mut spare) = (vec![0.0; cuts.len() * spectra.width()], Vec::new());
        let mut expected = found.clone();
        spectra.advance(&plane, (&starts, &cuts, &[], &[]), &mut [], (&mut found, &mut []), &mut spare);
        sums.start(&plane, &starts, &cuts, &mut expected);
        let far = furthest(&found, &expected);
        assert!(far <= 2e-6, "{taps} x {height}, new columns: {far} above 2e-6");

        let (mut kept, mut kept_expected) = (vec![0.0; 3 * spectra.sums_len()], vec![0.0; 3 * sums.sums_len()]);
        let mut from = 0;
        for end in [1, taps / 2, taps] {
            let taps = from..end.max(from);
            let partial = |sums| Continue { origin: 4 * sums as isize, taps: taps.clone(), sums, to: sums };
            let partial: Vec<Continue> = (0..3).map(partial).collect();
            let (mut found, mut expected) = (vec![0.0; 3 * spectra.width()], vec![0.0; 3 * spectra.width()]);
            spectra.resume(&plane, &partial, &mut kept, &mut found, &mut spare);
            sums.resume(&plane, &partial, &mut kept_expected, &mut expected);
            let far = furthest(&found, &expected);
            assert!(far <= 2e-6, "{taps:?} x {height}, partial columns: {far} above 2e-6");
            from = taps.end;
        }
    }
}

#[test]
fn spectra_are_used_for_tall_kernels_over_whole_transforms_only() {
    let faster = [(38, 96), (67, 96), (16, 96), (1, 96), (15, 96), (96, 96), (38, 95), (38, 128)];
    let expected = [true, true, true, false, false, false, false, false];
    assert_eq!(faster.map(|(height, bands)| SpectralKernel::is_faster(height, bands)), expected);
}

#[test]
fn silent_frames_have_the_activation_of_zero() {
    let (sums, spectra) = kernels(7, 38);
    let plane = vec![0.0; FRAMES * LENGTH];
    let (starts, cuts) = ([Start { origin: 0, cuts: 0..1 }], [Cut { from_tap: 0, to: 0 }]);
    let (mut found, mut expected) = (vec![1.0; spectra.width()], vec![0.0; spectra.width()]);
    spectra.advance(&plane, (&starts, &cuts, &[], &[]), &mut [], (&mut found, &mut []), &mut Vec::new());
    sums.start(&plane, &starts, &cuts, &mut expected);
    assert_eq!(found, expected);
}
