//! Computing time of the analysis per second of source.

/// Source time over which the load is averaged, in seconds.
const AVERAGING_S: f64 = 1.0;

/// Measures the computing time per second of source.
#[derive(Debug, Default)]
pub(super) struct LoadMeter {
    worked_s: f64,
    source_s: f64,
}

impl LoadMeter {
    /// Adds `worked_s` seconds of computing for `source_s` seconds of source. Returns the load once enough source is
    /// measured, and starts the next average.
    pub(super) fn add(&mut self, worked_s: f64, source_s: f64) -> Option<f32> {
        self.worked_s += worked_s;
        self.source_s += source_s;
        let load = (self.source_s >= AVERAGING_S).then(|| (self.worked_s / self.source_s) as f32);
        if load.is_some() {
            *self = Self::default();
        }
        load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_averaged_over_a_second() {
        let mut meter = LoadMeter::default();
        let loads = [0.1, 0.0, 0.0, 0.1].map(|worked_s| meter.add(worked_s, 0.25));
        assert_eq!(loads, [None, None, None, Some(0.2)]);
        assert_eq!(meter.add(0.5, 1.0), Some(0.5), "the next average starts at 0");
    }
}
