//! Delay of the dry signal.

/// Delay of one channel by a fixed number of samples.
pub(crate) struct DelayLine {
    samples: Box<[f32]>,
    next: usize,
}

impl DelayLine {
    /// Creates a silent delay of `latency` samples. Allocates, and writes to all of its memory.
    pub(crate) fn new(latency: usize) -> Self {
        // Not 0 at first: the allocator can provide zeroed pages without touching them.
        let mut line = Self { samples: vec![1.0; latency.max(1)].into(), next: 0 };
        line.clear();
        line
    }

    /// Sets all samples to 0. Real-time safe.
    pub(crate) fn clear(&mut self) {
        self.samples.fill(0.0);
    }

    /// Replaces each sample of `block` by the one of [`DelayLine::new`]'s latency before. Real-time safe.
    pub(crate) fn process(&mut self, block: &mut [f32]) {
        let mut rest = block;
        while !rest.is_empty() {
            let count = rest.len().min(self.samples.len() - self.next);
            let (now, later) = rest.split_at_mut(count);
            now.swap_with_slice(&mut self.samples[self.next..self.next + count]);
            self.next = (self.next + count) % self.samples.len();
            rest = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_is_exact_for_every_block_size() {
        let input: Vec<f32> = (1..=1000).map(|i| i as f32).collect();
        for latency in [1, 7, 64, 999] {
            for block in [1, 3, 64, 1000] {
                let mut line = DelayLine::new(latency);
                let mut output = input.clone();
                output.chunks_mut(block).for_each(|part| line.process(part));
                let expected: Vec<f32> =
                    (0..1000).map(|i| if i < latency { 0.0 } else { input[i - latency] }).collect();
                assert_eq!(output, expected, "latency {latency}, block {block}");
            }
        }
    }
}
