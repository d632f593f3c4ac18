use std::ops::Range;

use super::super::kernel::Activation;
use super::super::trunk::{Branch, Middle, Trunk};
use super::super::{IncrementalEngine, Rest};
use super::*;
use crate::engine::{Engine, EngineError, OutputSpec};

const FRAMES: usize = 40;
const BANDS: usize = 12;
/// Relative to the largest value of its kind.
const TOLERANCE: f32 = 1e-5;

/// Numbers from -0.5 to 0.5, never the same twice.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn activation(&mut self, channels: usize) -> Activation {
        let [bias, scale, shift] = [(); 3].map(|()| self.values(channels));
        Activation { bias, scale, shift }
    }
}

fn trunk(middles: usize) -> Trunk {
    let mut noise = Noise(1);
    let mut branch = |channels, taps, height, before| Branch {
        weights: noise.values(channels * taps * height),
        taps,
        height,
        before,
        activation: noise.activation(channels),
    };
    let branches = vec![branch(20, 7, 5, 3), branch(5, 20, 1, 9), branch(3, 8, 1, 3)];
    let mut middle = |inputs, taps, before, residual| Middle {
        weights: noise.values(8 * inputs * taps),
        inputs,
        taps,
        before,
        activation: noise.activation(8),
        residual,
    };
    let mut middles_ = vec![middle(28, 7, 3, false), middle(8, 5, 1, true), middle(8, 3, 1, false)];
    middles_.truncate(middles);
    Trunk { frames: FRAMES, bands: BANDS, input_scale: 1.5, input_shift: -0.2, branches, middles: middles_ }
}

/// What [`Flow`] stands for, said plainly: whatever is visited is computed anew, from all that is there at that frame.
struct Plain {
    trunk: Trunk,
    paces: [Pace; 2],
    plane: Vec<Vec<f32>>,
    /// `[branch or layer][frame][channel]`.
    rows: Vec<Vec<Vec<f32>>>,
}

impl Plain {
    fn new(trunk: Trunk, paces: [Pace; 2]) -> Self {
        let kinds = trunk.branches.len() + trunk.middles.len();
        Self { trunk, paces, plane: Vec::new(), rows: vec![Vec::new(); kinds] }
    }

    fn hear(&mut self, frame: &[f32]) {
        let Self { trunk, paces, plane, rows } = self;
        plane.push(frame.iter().map(|value| value * trunk.input_scale + trunk.input_shift).collect());
        let end = plane.len();
        // Where everything is visited at every frame, all of it is computed anew: nothing depends on what was before.
        let always = paces.iter().all(|pace| pace.most == 1);
        let due = |visits: &Visits, frame| always || visits.last(frame, end) != visits.last(frame, end - 1);
        for (branch, rows) in trunk.branches.iter().zip(&mut *rows) {
            let visits = Visits::new(paces[0], branch.after());
            rows.push(Vec::new());
            for frame in (0..end).filter(|&frame| due(&visits, frame)) {
                rows[frame] = column(branch, plane, frame);
            }
        }
        let fronts = trunk.branches.len();
        let mut settled = trunk.branches.iter().map(Branch::after).max().unwrap();
        for (i, middle) in trunk.middles.iter().enumerate() {
            settled += middle.taps - 1 - middle.before;
            let visits = Visits::new(paces[1], settled);
            let below = if i == 0 { 0..fronts } else { fronts + i - 1..fronts + i };
            rows[fronts + i].push(Vec::new());
            for frame in (0..end).filter(|&frame| due(&visits, frame)) {
                rows[fronts + i][frame] = row(middle, &rows[below.clone()], frame);
            }
        }
    }

    fn pooled(&self) -> Vec<f32> {
        let last = |rows: &[Vec<f32>]| rows[rows.len() - FRAMES..].to_vec();
        let all: Vec<_> = self.rows.iter().map(|rows| last(rows)).collect();
        let each = |of: &dyn Fn(&mut dyn Iterator<Item = f32>) -> f32| -> Vec<f32> {
            let channel = |rows: &Vec<Vec<f32>>, channel: usize| of(&mut rows.iter().map(|row| row[channel]));
            all.iter().flat_map(|rows| (0..rows[0].len()).map(move |i| channel(rows, i))).collect()
        };
        let mut pooled = each(&|values| values.fold(f32::MIN, f32::max));
        pooled.extend(each(&|values| values.sum::<f32>() / FRAMES as f32));
        pooled
    }
}

fn activated(activation: &Activation, channel: usize, sum: f32) -> f32 {
    (sum + activation.bias[channel]).max(0.0) * activation.scale[channel] + activation.shift[channel]
}

/// The taps of `frame` that meet one of `frames`, and which.
fn met(frame: usize, taps: usize, before: usize, frames: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let met = (0..taps).filter_map(move |tap| Some((tap, (frame + tap).checked_sub(before)?)));
    met.filter(move |(_, frame)| frames.contains(frame))
}

fn column(branch: &Branch, plane: &[Vec<f32>], frame: usize) -> Vec<f32> {
    let at = |channel: usize, place: usize| {
        let mut sum = 0.0;
        for (tap, met) in met(frame, branch.taps, branch.before, 0..plane.len()) {
            let weights = &branch.weights[(channel * branch.taps + tap) * branch.height..][..branch.height];
            sum += weights.iter().zip(&plane[met][place..]).map(|(weight, value)| weight * value).sum::<f32>();
        }
        activated(&branch.activation, channel, sum)
    };
    let highest = |channel| (0..=BANDS - branch.height).map(|place| at(channel, place)).fold(f32::MIN, f32::max);
    (0..branch.channels()).map(highest).collect()
}

fn row(middle: &Middle, below: &[Vec<Vec<f32>>], frame: usize) -> Vec<f32> {
    let input = |frame: usize| below.iter().flat_map(move |rows| rows[frame].iter().copied());
    let at = |output: usize| {
        let mut sum = 0.0;
        for (tap, met) in met(frame, middle.taps, middle.before, 0..below[0].len()) {
            let weight = |i: usize| middle.weights[(output * middle.inputs + i) * middle.taps + tap];
            sum += input(met).enumerate().map(|(i, value)| weight(i) * value).sum::<f32>();
        }
        let own = if middle.residual { input(frame).nth(output).unwrap() } else { 0.0 };
        activated(&middle.activation, output, sum) + own
    };
    (0..middle.outputs()).map(at).collect()
}

/// An engine for what is behind the trunk, which is never asked.
struct Nothing;

impl Engine for Nothing {
    fn input(&self) -> &[usize] {
        &[]
    }

    fn outputs(&self) -> &[OutputSpec] {
        &[]
    }

    fn run(&self, _: &[f32], _: &mut [Vec<f32>]) -> Result<(), EngineError> {
        Ok(())
    }
}

fn flow(trunk: &Trunk, paces: [Pace; 2]) -> Flow {
    let engine = IncrementalEngine::new(trunk, &[1, FRAMES, BANDS], Rest::Library(Arc::new(Nothing)));
    Flow::new(Arc::clone(&engine.prepared), paces)
}

fn furthest(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn a_patch_is_what_its_visits_say_at_every_hop() {
    let music = Noise(7).values(150 * BANDS);
    // Moves from patch to patch; those of a patch's length or more begin anew.
    let moves: [&[usize]; 8] =
        [&[1], &[2], &[3], &[7], &[13, 1, 0, 25], &[39, 38], &[5, 40, 1, 1, 57, 2], &[1, 1, 30, 4, 17, 1]];
    for (middles, columns, rows) in [(3, 1, 1), (3, 4, 2), (3, 1, 5), (2, 3, 1), (1, 16, 8), (0, 1, 1), (0, 4, 4)] {
        let paces = [Pace { part: 2, most: columns }, Pace { part: 3, most: rows }];
        let trunk = trunk(middles);
        for moves in moves {
            let (mut flow, mut plain) = (flow(&trunk, paces), Plain::new(trunk.clone(), paces));
            let mut found = vec![0.0; 2 * trunk.channels()];
            let (mut end, mut new_frames) = (FRAMES, FRAMES);
            for next_move in moves.iter().copied().cycle() {
                if new_frames >= FRAMES {
                    (plain, new_frames) = (Plain::new(trunk.clone(), paces), FRAMES);
                }
                flow.run_patch(&music[(end - FRAMES) * BANDS..end * BANDS], new_frames, &mut found);
                for frame in music[(end - new_frames) * BANDS..end * BANDS].chunks_exact(BANDS) {
                    plain.hear(frame);
                }
                let far = furthest(&found, &plain.pooled());
                assert!(far <= TOLERANCE, "{paces:?}, {moves:?}, {end}: {far} above {TOLERANCE}");
                (end, new_frames) = (end + next_move, next_move);
                if end * BANDS > music.len() {
                    break;
                }
            }
        }
    }
}
