use super::*;
use crate::engine::graph::{Graph, Node};
#[cfg(feature = "added-models")]
use crate::engine::library;
use crate::engine::{Engine, OutputSpec, onnx};
use crate::{Card, EngineError, Model, zoo};

pub(super) const FRAMES: usize = 187;
pub(super) const BANDS: usize = 96;

/// Log-mel values like those of music: 0 to about 4, smooth in time, with beats and noise.
pub(super) fn music(frames: usize) -> Vec<f32> {
    let mut noise = 7_u32;
    let mut values = Vec::with_capacity(frames * BANDS);
    for frame in 0..frames {
        let beat = (-(((frame * 7) % 220) as f32) / 60.0).exp();
        for band in 0..BANDS {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tone = ((frame as f32 * 0.013 + 1.0) * band as f32 * 0.2).sin().abs();
            values.push(1.6 * tone + 1.5 * beat + 0.4 * (noise >> 8) as f32 / (1 << 24) as f32);
        }
    }
    values
}

pub(super) fn entry(id: &str) -> (Card, Vec<u8>) {
    let with_id = zoo::ENTRIES.iter().map(|entry| (Card::from_toml(entry.card).unwrap(), entry.onnx()));
    with_id.into_iter().find(|(card, _)| card.id == id).unwrap()
}

#[cfg(feature = "added-models")]
fn musicnns() -> [(Card, Vec<u8>); 2] {
    ["msd-musicnn", "mtt-musicnn"].map(entry)
}

/// Returns the maximum difference of the outputs.
pub(super) fn difference(found: &crate::Activations, expected: &crate::Activations) -> f32 {
    let pairs = found.activations.iter().zip(&expected.activations);
    pairs.fold(0.0, |most, (found, expected)| most.max((found - expected).abs()))
}

/// Pseudo-random numbers from -0.5 to 0.5.
pub(super) struct Noise(pub(super) u32);

impl Noise {
    pub(super) fn values(&mut self, count: usize) -> Vec<f32> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }
}

/// Engine that returns its input.
pub(super) struct Same([OutputSpec; 1]);

impl Same {
    pub(super) fn new(width: usize) -> Self {
        Self([OutputSpec { name: "same".into(), width }])
    }
}

impl Engine for Same {
    fn input(&self) -> &[usize] {
        &[]
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.0
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        outputs[0] = input.to_vec();
        Ok(())
    }
}

#[test]
fn planner_accepts_only_musicnn() {
    for entry in zoo::ENTRIES {
        let card = Card::from_toml(entry.card).unwrap();
        let graph = onnx::read(&entry.onnx()).unwrap();
        let plan = plan(&graph, card.patch_frames, card.front_end.bands());
        assert_eq!(plan.is_some(), card.id.ends_with("musicnn"), "{}", card.id);
        let Some(plan) = plan else { continue };
        let shapes: Vec<_> = plan.trunk.branches.iter().map(|b| (b.channels(), b.taps, b.height, b.before)).collect();
        assert_eq!(shapes, [(204, 7, 38, 3), (204, 7, 67, 3), (51, 128, 1, 63), (51, 64, 1, 31), (51, 32, 1, 15)]);
        let layers: Vec<_> = plan.trunk.middles.iter().map(|m| (m.inputs, m.outputs(), m.residual)).collect();
        assert_eq!(layers, [(561, 64, false), (64, 64, true), (64, 64, true)]);
        assert_eq!((plan.trunk.channels(), plan.pooled.as_str()), (753, "pooled"));
    }
}

#[test]
fn graph_with_any_difference_is_not_planned() {
    let (card, onnx) = entry("msd-musicnn");
    let planned = |change: &dyn Fn(&mut Graph)| {
        let mut graph = onnx::read(&onnx).unwrap();
        change(&mut graph);
        plan(&graph, card.patch_frames, BANDS).is_some()
    };
    assert!(planned(&|_| ()));
    let count = onnx::read(&onnx).unwrap().nodes.len();
    for node in 0..count {
        let graph = onnx::read(&onnx).unwrap();
        if graph.nodes[node].output.starts_with("dense") || graph.nodes[node].output.starts_with("pooled_norm") {
            break;
        }
        let name = graph.nodes[node].output.clone();
        assert!(!planned(&|graph| graph.nodes[node].op = "Other".into()), "{name}");
        let other = |graph: &mut Graph| graph.nodes[node].attributes.values_mut().for_each(|values| values.push(3));
        assert!(graph.nodes[node].attributes.is_empty() || !planned(&other), "{name} with other attributes");
        let looked_at = |graph: &mut Graph| {
            let inputs = vec![graph.nodes[node].inputs[0].clone()];
            graph.nodes.push(Node { op: "Other".into(), inputs, ..Node::default() });
        };
        assert!(!planned(&looked_at), "input of {name} with another consumer");
    }
}

#[cfg(feature = "added-models")]
#[test]
fn single_patch_matches_the_whole_network() {
    for (card, onnx) in musicnns() {
        let id = card.id.clone();
        let columns = Model::from_onnx(card.clone(), &onnx).unwrap();
        let whole = Model::from_onnx_reference(card, &onnx).unwrap();
        let music = music(FRAMES);
        for patch in [music.clone(), vec![0.0; FRAMES * BANDS], music.iter().map(|v| v * 3.0).collect()] {
            let (mut columns, mut whole) = (columns.network(), whole.network());
            let worst = difference(columns.run(&patch).unwrap(), whole.run(&patch).unwrap());
            assert!(worst <= 2e-6, "{id}: {worst} above 2e-6");
        }
    }
}

#[cfg(feature = "added-models")]
#[test]
fn patches_of_a_stream_match_the_whole_network_at_every_hop() {
    let (card, onnx) = entry("mtt-musicnn");
    let model = Model::from_onnx(card.clone(), &onnx).unwrap();
    let whole = Model::from_onnx_reference(card, &onnx).unwrap();
    let mut whole = whole.network();
    for hop in [1, 2, 3, 5, 6, 13, 31, 60, 61, 64, 93, 120, 186, 187, 200] {
        let steps = 5;
        let music = music(FRAMES + steps * hop);
        let mut network = model.network();
        for step in 0..=steps {
            let patch = &music[step * hop * BANDS..][..FRAMES * BANDS];
            let new_frames = if step == 0 { FRAMES } else { hop };
            let found = network.run_next(patch, PatchStep { new_frames, next_hop: hop }).unwrap();
            if step == 0 || step == steps || step == 2 {
                let worst = difference(found, whole.run(patch).unwrap());
                assert!(worst <= 2e-6, "hop {hop}, patch {step}: {worst} above 2e-6");
            }
        }
    }
}

#[cfg(feature = "added-models")]
#[test]
fn changed_hop_and_skipped_patches_do_not_change_results() {
    let (card, onnx) = entry("msd-musicnn");
    let model = Model::from_onnx(card.clone(), &onnx).unwrap();
    let whole = Model::from_onnx_reference(card, &onnx).unwrap();
    let mut whole = whole.network();
    let moves = [6, 6, 12, 6, 24, 7, 7, 3, 3, 100, 190, 6, 6];
    let music = music(FRAMES + moves.iter().sum::<usize>());
    let mut network = model.network();
    let (mut at, mut new_frames) = (0, FRAMES);
    for (number, &next_hop) in moves.iter().enumerate() {
        let patch = &music[at * BANDS..][..FRAMES * BANDS];
        let step = PatchStep { new_frames, next_hop };
        if [1, 4, 7].contains(&number) {
            network.skip(new_frames);
        } else {
            let worst = difference(network.run_next(patch, step).unwrap(), whole.run(patch).unwrap());
            assert!(worst <= 2e-6, "patch {number}: {worst} above 2e-6");
        }
        (at, new_frames) = (at + next_hop, next_hop.min(FRAMES));
    }
}

#[test]
fn streaming_result_is_the_same_at_every_hop_and_after_skipped_patches() {
    let (card, onnx) = entry("mtt-musicnn");
    let model = Model::from_onnx(card, &onnx).unwrap();
    let (music, end) = (music(FRAMES + 186), 186);
    let patch = |at: usize| &music[at * BANDS..][..FRAMES * BANDS];
    let mut every = model.network_with(ContextMode::Streaming);
    for at in 0..=end {
        every.run_next(patch(at), PatchStep { new_frames: if at == 0 { FRAMES } else { 1 }, next_hop: 1 }).unwrap();
    }
    let expected = every.run_next(patch(end), PatchStep { new_frames: 0, next_hop: 1 }).unwrap();
    for hop in [2, 6, 31, 62, 93, 186] {
        let mut network = model.network_with(ContextMode::Streaming);
        for at in (0..end).step_by(hop) {
            let new_frames = if at == 0 { FRAMES } else { hop };
            if at % 4 == 2 {
                network.skip(new_frames);
            } else {
                network.run_next(patch(at), PatchStep { new_frames, next_hop: hop }).unwrap();
            }
        }
        let found = network.run_next(patch(end), PatchStep { new_frames: hop, next_hop: hop }).unwrap();
        let worst = difference(found, expected);
        assert!(worst <= 2e-6, "hop {hop}: {worst} above 2e-6");
    }
}

#[cfg(feature = "added-models")]
#[test]
fn native_classifier_matches_the_library_or_is_not_used() {
    for (card, onnx) in musicnns() {
        let outputs = ["activations", "embeddings"];
        let read = || onnx::read(&onnx).unwrap();
        let width = plan(&read(), FRAMES, BANDS).unwrap().trunk.channels() * 2;
        let here = dense_stack(&read(), "pooled", width, &outputs).map(Classifier::Native).unwrap();
        let library = Classifier::Library(library::load_from_tensor(&onnx, "pooled", &[1, width], &outputs).unwrap());
        assert_eq!(here.output_specs(), library.output_specs());
        let pooled: Vec<f32> = music(width.div_ceil(BANDS))[..width].to_vec();
        let [found, expected] = [&here, &library].map(|rest| {
            let mut outputs = vec![Vec::new(); 2];
            rest.run(&mut pooled.clone(), &mut Vec::new(), &mut outputs).unwrap();
            outputs.concat()
        });
        let worst =
            found.iter().zip(&expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs() / b.abs().max(1.0)));
        // An embedding is a sum of a thousand products.
        assert!(worst <= 2e-5, "{}: {worst} above 2e-5", card.id);

        let behind = read().nodes.iter().position(|node| node.output == "pooled").unwrap() + 1;
        for node in behind..read().nodes.len() {
            let mut graph = read();
            graph.nodes[node].op = "Other".into();
            assert!(dense_stack(&graph, "pooled", width, &outputs).is_none(), "{}", graph.nodes[node].output);
        }
        assert!(dense_stack(&read(), "pooled", width, &["other"]).is_none());
    }
}
