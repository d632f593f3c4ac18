//! Maximum and mean over time.

use pulp::Arch;

/// Writes the maximum and the mean of each channel over `frames` rows.
pub(in super::super) fn pool<'a>(
    frames: usize,
    row: impl Fn(usize) -> &'a [f32],
    highest: &mut [f32],
    mean: &mut [f32],
) {
    highest.fill(f32::MIN);
    mean.fill(0.0);
    Arch::new().dispatch(|| {
        for frame in 0..frames {
            let row = row(frame).iter().zip(&mut *highest).zip(&mut *mean);
            for ((&value, highest), mean) in row {
                *highest = if value > *highest { value } else { *highest };
                *mean += value;
            }
        }
        let share = 1.0 / frames as f32;
        mean.iter_mut().for_each(|mean| *mean *= share);
    });
}
