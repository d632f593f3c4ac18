//! Beats: the most probable path through the times since the last beat.

use std::f64::consts::TAU;

use super::period::Periods;

/// Weight of the transitions against the observations, from 0 to 1.
const TRANSITION_WEIGHT: f64 = 0.5;
/// Standard deviation of the distance of two beats, in seconds.
const INTERVAL_S: f64 = 0.025;
/// Scale of the density of the distance, for a detection function that is not interpolated.
const DENSITY_SCALE: f64 = 0.01;
/// Density below which a distance is impossible.
const MIN_DENSITY: f64 = 1e-12;
/// Probability of a beat where the detection function is 1.
const MAX_PROBABILITY: f64 = 0.99;

/// Returns the values of the detection function that are beats.
pub(super) fn frames(function: &[f64], periods: &Periods, rate_hz: f64, upsampling: usize) -> Vec<usize> {
    let longest = periods.lags.iter().copied().max().unwrap_or(1);
    let resolution_s = 1.0 / rate_hz;
    let states = ((longest as f64 / rate_hz + 3.0 * INTERVAL_S) / resolution_s).floor() as usize;
    if function.is_empty() || states == 0 {
        return Vec::new();
    }
    let models = Models::new(periods, states, rate_hz, upsampling);
    let costs = |value: f64| {
        let value = MAX_PROBABILITY * if value == 0.0 { f64::from(f32::EPSILON) } else { value };
        (-(1.0 - TRANSITION_WEIGHT) * value.ln(), -(1.0 - TRANSITION_WEIGHT) * (1.0 - value).ln())
    };
    // Cost of each time since the last beat, in values.
    let mut cost = vec![f64::INFINITY; states];
    cost[0] = 0.0;
    let mut next = cost.clone();
    // For a beat at each value: the time since the beat before.
    let mut since = Vec::with_capacity(function.len());
    let mut step = 0;
    for (index, &value) in function.iter().enumerate() {
        let (beat, no_beat) = costs(value);
        let model = models.of_step(step);
        let (state, least) = model.cheapest_beat(&cost);
        since.push(state);
        next[0] = beat + least;
        for ((next, &before), &stay) in next[1..].iter_mut().zip(&cost).zip(&model.stay) {
            *next = before + stay + no_beat;
        }
        std::mem::swap(&mut cost, &mut next);
        let time_s = (index + 1) as f64 * resolution_s;
        while step + 1 < periods.lags.len() && (step + 2) as f64 * periods.step_s <= time_s {
            step += 1;
        }
    }
    let first_least = |best: usize, state: usize| if cost[state] < cost[best] { state } else { best };
    trace(&since, (0..states).fold(0, first_least))
}

/// Returns the beats of the path that ends in a state, ascending.
fn trace(since: &[usize], mut state: usize) -> Vec<usize> {
    let mut beats = Vec::new();
    for (index, &before) in since.iter().enumerate().rev() {
        if state == 0 {
            beats.push(index);
            state = before;
        } else {
            state -= 1;
        }
    }
    beats.reverse();
    beats
}

/// Costs of the transitions, one model per period that occurs.
struct Models {
    models: Vec<Model>,
    /// Model of each step.
    of_step: Vec<usize>,
}

/// Costs of the transitions for one beat period.
struct Model {
    /// First state from which a beat is possible.
    first: usize,
    /// Costs of a beat after the states from `first` on.
    beat: Vec<f64>,
    /// Cost of no beat after each state.
    stay: Vec<f64>,
}

impl Models {
    fn new(periods: &Periods, states: usize, rate_hz: f64, upsampling: usize) -> Self {
        let mut lags = periods.lags.clone();
        lags.sort_unstable();
        lags.dedup();
        let of_step = periods.lags.iter().map(|lag| lags.partition_point(|other| other < lag)).collect();
        let models = lags.iter().map(|&lag| Model::new(lag, states, rate_hz, upsampling)).collect();
        Self { models, of_step }
    }

    fn of_step(&self, step: usize) -> &Model {
        &self.models[self.of_step[step]]
    }
}

impl Model {
    fn new(lag: usize, states: usize, rate_hz: f64, upsampling: usize) -> Self {
        let reach = (4.0 * INTERVAL_S * rate_hz).ceil() as usize;
        let density = |distance: usize| {
            let sigmas = distance as f64 / rate_hz / INTERVAL_S;
            let gauss = (-0.5 * sigmas * sigmas).exp() / (INTERVAL_S * TAU.sqrt());
            let density = gauss * DENSITY_SCALE / upsampling as f64;
            if density < MIN_DENSITY { 0.0 } else { density }
        };
        let middle = lag - 1;
        let first = middle.saturating_sub(reach).min(states);
        let end = (middle + reach + 1).min(states);
        let mut stay = vec![0.0; states];
        // Logarithm of the probability that there was no beat so far.
        let mut none_so_far = 0.0;
        let beat = (first..end)
            .map(|state| {
                let density = density(state.abs_diff(middle));
                let hazard = if density > 0.0 { (density.ln() - none_so_far).exp().min(1.0) } else { 0.0 };
                let rest = (1.0 - hazard).ln();
                none_so_far += rest;
                stay[state] = -TRANSITION_WEIGHT * rest;
                -TRANSITION_WEIGHT * hazard.ln()
            })
            .collect();
        Self { first, beat, stay }
    }

    /// Returns the state from which a beat is cheapest, and the cost with that of the state; state 0 if none is
    /// possible.
    fn cheapest_beat(&self, cost: &[f64]) -> (usize, f64) {
        let mut best = (0, f64::INFINITY);
        for (state, (cost, beat)) in cost[self.first..].iter().zip(&self.beat).enumerate() {
            if cost + beat < best.1 {
                best = (self.first + state, cost + beat);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_restore_the_density_of_the_distance() {
        let rate_hz = 44_100.0 / 512.0;
        let model = Model::new(43, 60, rate_hz, 2);
        let mut none_so_far = 1.0;
        for (index, beat) in model.beat.iter().enumerate() {
            let state = model.first + index;
            let hazard = (-beat / TRANSITION_WEIGHT).exp();
            let sigmas = (state as f64 - 42.0) / rate_hz / INTERVAL_S;
            let density = (-0.5 * sigmas * sigmas).exp() / (INTERVAL_S * TAU.sqrt()) * 0.005;
            assert!((hazard * none_so_far - density).abs() < 1e-9, "{state}");
            assert!((model.stay[state] + TRANSITION_WEIGHT * (1.0 - hazard).ln()).abs() < 1e-12);
            none_so_far *= 1.0 - hazard;
        }
        assert_eq!((model.first, model.beat.len()), (42 - 9, 19));
    }

    #[test]
    fn beats_follow_the_function_within_the_period() {
        let periods = Periods { lags: vec![20; 4], step_s: 1.0 };
        let mut function = vec![0.0; 100];
        let expected = [20, 40, 61, 80];
        expected.iter().for_each(|&beat| function[beat] = 1.0);
        assert_eq!(frames(&function, &periods, 40.0, 1), expected);
        assert!(frames(&[], &periods, 40.0, 1).is_empty());
    }
}
