//! Options of the beat tracker.

/// Options of [`beats_degara`](super::beats_degara).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DegaraOptions {
    /// Factor from 1 to 4 by which the detection function is interpolated (default 2). The reference was trained at
    /// 86.13 values per second.
    pub upsampling: usize,
    /// Slowest tempo in BPM, 40 to 180 (default 40).
    pub min_tempo: f64,
    /// Fastest tempo in BPM, 60 to 250 (default 208).
    pub max_tempo: f64,
}

impl Default for DegaraOptions {
    fn default() -> Self {
        Self { upsampling: 2, min_tempo: 40.0, max_tempo: 208.0 }
    }
}
