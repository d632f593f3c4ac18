//! Vocals by position: the audio thread's end of the ring of vocals.

use ringbuf::HeapCons;
use ringbuf::traits::{Consumer, Observer};

use crate::link::VocalChunk;

/// Samples of the vocals from a position on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    /// This number of consecutive samples is in the ring.
    Present(usize),
    /// No vocals until this position; none if no later vocals are in the ring.
    Absent(Option<u64>),
}

/// Reader of the vocals. All methods are real-time safe.
pub(crate) struct VocalReader {
    vocals: HeapCons<f32>,
    chunks: HeapCons<VocalChunk>,
    channels: usize,
    /// Position and number of the next consecutive samples of the ring.
    position: u64,
    frames: usize,
    /// Vocals of earlier generations are skipped, because they precede a reset.
    generation: u32,
    late: u64,
}

impl VocalReader {
    pub(crate) fn new(vocals: HeapCons<f32>, chunks: HeapCons<VocalChunk>, channels: usize) -> Self {
        Self { vocals, chunks, channels, position: 0, frames: 0, generation: 0, late: 0 }
    }

    /// Skips all vocals of earlier generations, which no sample of the output needs.
    pub(crate) fn reset(&mut self, generation: u32) {
        self.generation = generation;
        self.skip(self.frames);
    }

    /// Returns the number of samples per channel that arrived after their time since the last call.
    pub(crate) fn take_late(&mut self) -> u64 {
        std::mem::take(&mut self.late)
    }

    /// Skips what precedes `position` and returns the samples that are there.
    pub(crate) fn seek(&mut self, position: u64) -> Availability {
        loop {
            if self.frames == 0 {
                let Some(chunk) = self.chunks.try_pop() else { return Availability::Absent(None) };
                (self.position, self.frames) = (chunk.position, chunk.frames);
                if chunk.generation < self.generation {
                    self.skip(chunk.frames);
                    continue;
                }
            }
            let end = self.position + self.frames as u64;
            if let Some(next) = self.chunks.try_peek().filter(|next| next.position == end) {
                self.frames += next.frames;
                self.chunks.skip(1);
                continue;
            }
            let past = position.saturating_sub(self.position).min(self.frames as u64);
            if past > 0 {
                self.late += past;
                self.skip(past as usize);
                continue;
            }
            return if self.position <= position {
                Availability::Present(self.frames)
            } else {
                Availability::Absent(Some(self.position))
            };
        }
    }

    /// Takes `frames` consecutive samples per channel; at most as many as [`VocalReader::seek`] returned.
    pub(crate) fn read(&mut self, frames: usize, mut write: impl FnMut(usize, usize, f32)) {
        let frames = frames.min(self.frames);
        let (first, second) = self.vocals.as_slices();
        let samples = first.iter().chain(second).take(frames * self.channels);
        let (mut frame, mut channel) = (0, 0);
        for &sample in samples {
            write(channel, frame, sample);
            channel += 1;
            if channel == self.channels {
                (frame, channel) = (frame + 1, 0);
            }
        }
        self.skip(frames);
    }

    fn skip(&mut self, frames: usize) {
        debug_assert!(self.vocals.occupied_len() >= frames * self.channels);
        self.vocals.skip(frames * self.channels);
        self.position += frames as u64;
        self.frames -= frames;
    }
}

#[cfg(test)]
mod tests {
    use ringbuf::HeapRb;
    use ringbuf::traits::{Producer, Split};

    use super::*;

    /// Returns a reader of chunks with these positions, lengths and generations.
    fn reader(chunks: &[(u64, usize, u32)]) -> VocalReader {
        let (mut samples_in, samples) = HeapRb::new(1000).split();
        let (mut chunks_in, chunks_out) = HeapRb::new(100).split();
        for &(position, frames, generation) in chunks {
            for sample in position..position + frames as u64 {
                samples_in.push_slice(&[sample as f32, -(sample as f32)]);
            }
            chunks_in.try_push(VocalChunk { position, frames, generation }).unwrap();
        }
        VocalReader::new(samples, chunks_out, 2)
    }

    fn read(reader: &mut VocalReader, frames: usize) -> Vec<(usize, usize, f32)> {
        let mut got = Vec::new();
        reader.read(frames, |channel, frame, sample| got.push((channel, frame, sample)));
        got
    }

    #[test]
    fn consecutive_chunks_are_one_run() {
        let mut reader = reader(&[(10, 5, 0), (15, 5, 1), (30, 5, 1)]);
        assert_eq!(reader.seek(3), Availability::Absent(Some(10)));
        assert_eq!(reader.seek(10), Availability::Present(10));
        assert_eq!(read(&mut reader, 2), [(0, 0, 10.0), (1, 0, -10.0), (0, 1, 11.0), (1, 1, -11.0)]);
        assert_eq!(reader.seek(12), Availability::Present(8));
        read(&mut reader, 8);
        assert_eq!(reader.seek(20), Availability::Absent(Some(30)));
        assert_eq!(reader.seek(30), Availability::Present(5));
        assert_eq!(reader.take_late(), 0);
    }

    #[test]
    fn late_vocals_are_skipped_and_counted() {
        let mut reader = reader(&[(0, 5, 0), (5, 5, 0), (20, 4, 0)]);
        assert_eq!(reader.seek(7), Availability::Present(3));
        assert_eq!(reader.take_late(), 7);
        assert_eq!(read(&mut reader, 1)[0], (0, 0, 7.0));
        assert_eq!(reader.seek(22), Availability::Present(2));
        assert_eq!(reader.take_late(), 4);
        assert_eq!(read(&mut reader, 9).len(), 4, "not more than there is");
        assert_eq!(reader.seek(24), Availability::Absent(None));
    }

    #[test]
    fn vocals_before_a_reset_are_skipped_without_being_late() {
        let mut reader = reader(&[(0, 10, 0), (12, 3, 1), (15, 3, 2)]);
        assert_eq!(reader.seek(2), Availability::Present(8));
        reader.reset(2);
        assert_eq!(reader.seek(5), Availability::Absent(Some(15)));
        assert_eq!(reader.seek(15), Availability::Present(3));
        assert_eq!(read(&mut reader, 1)[0], (0, 0, 15.0));
        assert_eq!(reader.take_late(), 2, "those before the reset were skipped by the first seek");
    }
}
