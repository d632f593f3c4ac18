//! Random numbers of CPython's `random` module: the seeds and shuffles that Gaia's folds use.

use rand_mt::Mt;

/// Mersenne Twister, seeded and used as CPython does for integers.
pub(crate) struct PythonRandom(Mt);

impl PythonRandom {
    /// Seeds the generator as `random.seed(seed)` does: the key is the seed in words of 32 bits, lowest first.
    pub(crate) fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let key = if high == 0 { vec![low] } else { vec![low, high] };
        Self(Mt::new_with_key(key))
    }

    /// Returns a number from 0 to `n - 1`; `n` is from 1 to 2^32 - 1.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let bits = u32::BITS - n.leading_zeros();
        loop {
            let number = self.0.next_u32() >> (u32::BITS - bits.max(1));
            if number < n {
                return number;
            }
        }
    }

    /// Shuffles as `random.shuffle` does.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u32 + 1) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffle_of_ten_equals_cpython() {
        for (seed, expected) in [(1, [6, 8, 9, 7, 5, 3, 0, 4, 1, 2]), (42, [7, 3, 2, 8, 5, 6, 9, 4, 0, 1])] {
            let mut items: Vec<usize> = (0..10).collect();
            PythonRandom::new(seed).shuffle(&mut items);
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn numbers_below_limits_equal_cpython() {
        // random.seed(s); [random.randrange(n) for n in (1, 2, 3, 7, 1000, 65536, 4000000000)]
        let expected =
            [(0, [0, 1, 0, 2, 988, 63_691, 1_739_178_872]), (1 << 33, [0, 1, 2, 2, 3, 30_319, 2_913_115_832])];
        for (seed, expected) in expected {
            let mut random = PythonRandom::new(seed);
            let numbers = [1, 2, 3, 7, 1000, 65_536, 4_000_000_000].map(|n| random.below(n));
            assert_eq!(numbers, expected);
        }
    }
}
