//! Course of a song: means of all tags in parts of equal length.

/// Length of a part at the begin of a song, in seconds.
const PART_S: f64 = 2.0;
/// Maximum number of parts. With more, each two become one.
const MAX_PARTS: usize = 256;

/// Part of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongPart {
    /// Display time at the begin, in seconds.
    pub begin_s: f64,
    /// Display time at the end, in seconds.
    pub end_s: f64,
    rows: u32,
    sums: Vec<f32>,
}

impl SongPart {
    /// Returns the mean of a tag, 0 to 1. None in silence, or for an unknown tag.
    #[must_use]
    pub fn mean(&self, tag: usize) -> Option<f32> {
        let sum = self.sums.get(tag)?;
        (self.rows > 0).then(|| sum / self.rows as f32)
    }

    /// Returns the mean of a tag over several parts, 0 to 1; none without rows.
    #[must_use]
    pub fn mean_of(parts: &[Self], tag: usize) -> Option<f32> {
        let rows: u32 = parts.iter().map(|part| part.rows).sum();
        let sum: f32 = parts.iter().filter_map(|part| part.sums.get(tag)).sum();
        (rows > 0).then(|| sum / rows as f32)
    }

    fn add(&mut self, other: &Self) {
        self.end_s = other.end_s;
        self.rows += other.rows;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
    }
}

/// Parts of a song, oldest first. Memory is bounded.
#[derive(Debug, Clone, Default)]
pub(super) struct SongParts {
    parts: Vec<SongPart>,
    /// Number of doublings of the length of a part.
    doublings: i32,
}

impl SongParts {
    /// Adds a row at a display time in seconds; none for silence.
    pub(super) fn add(&mut self, display_s: f64, values: Option<&[f32]>, tags: usize) {
        let length_s = PART_S * f64::from(2.0_f32.powi(self.doublings));
        if self.parts.last().is_none_or(|last| display_s - last.begin_s >= length_s) {
            if self.parts.len() >= MAX_PARTS {
                self.halve();
            }
            self.parts.push(SongPart { begin_s: display_s, end_s: display_s, rows: 0, sums: vec![0.0; tags] });
        }
        let Some(last) = self.parts.last_mut() else { return };
        last.end_s = display_s;
        if let Some(values) = values {
            last.rows += 1;
            for (sum, &value) in last.sums.iter_mut().zip(values) {
                *sum += if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn all(&self) -> &[SongPart] {
        &self.parts
    }

    /// Joins each two parts.
    fn halve(&mut self) {
        self.doublings += 1;
        let pairs = self.parts.chunks(2).map(|pair| {
            let mut joined = pair[0].clone();
            pair[1..].iter().for_each(|part| joined.add(part));
            joined
        });
        self.parts = pairs.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_song_has_a_bounded_number_of_parts_and_keeps_its_means() {
        let mut parts = SongParts::default();
        // Three hours at 10 Hz: one tag in the first half, the other in the second one.
        let rows = 108_000;
        for row in 0..rows {
            let value = if row < rows / 2 { [0.8, 0.0] } else { [0.0, 0.6] };
            parts.add(f64::from(row) / 10.0, Some(&value), 2);
        }
        let all = parts.all();
        assert!(all.len() <= MAX_PARTS && all.len() > MAX_PARTS / 4, "{}", all.len());
        assert!((all[1].mean(0).unwrap() - 0.8).abs() < 1e-3 && all[1].mean(1) == Some(0.0));
        assert!((SongPart::mean_of(all, 1).unwrap() - 0.3).abs() < 1e-3);
        assert_eq!(all.iter().map(|part| part.rows).sum::<u32>(), 108_000);
        assert!(all.windows(2).all(|pair| pair[0].end_s <= pair[1].begin_s));
    }

    #[test]
    fn silence_has_no_mean() {
        let mut parts = SongParts::default();
        parts.add(1.0, None, 1);
        assert_eq!((parts.all()[0].mean(0), SongPart::mean_of(parts.all(), 0)), (None, None));
        parts.add(1.1, Some(&[f32::NAN]), 1);
        assert_eq!((parts.all()[0].mean(0), parts.all()[0].mean(9)), (Some(0.0), None));
        parts.clear();
        assert!(parts.all().is_empty());
    }
}
