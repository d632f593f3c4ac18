use super::engine::PatchNetEngine;
use super::*;
use crate::engine::graph::{Constant, Graph, Node};
use crate::engine::{Engine, onnx};
use crate::incremental::dense_stack::Classifier;
use crate::incremental::plan::patch_net;
#[cfg(feature = "added-models")]
use crate::incremental::tests::{Noise, difference};
use crate::incremental::tests::{Same, entry};
use crate::{Card, Model, Normalisation, zoo};

mod plain;

const IDS: [&str; 3] = ["tempocnn-deepsquare-k8", "tempocnn-deeptemp-k8", "tempocnn-fcn"];
const FRAMES: usize = 256;
const BANDS: usize = 40;

fn net(id: &str) -> PatchNet {
    patch_net(&onnx::read(&entry(id).1).unwrap(), FRAMES, BANDS).unwrap().net
}

/// Mel bands like those of music with a beat every `period` frames.
fn beats(frames: usize, period: usize) -> Vec<f32> {
    let mut noise = 5_u32;
    let mut values = Vec::with_capacity(frames * BANDS);
    for frame in 0..frames {
        let beat = (-((frame % period) as f32) / 4.0).exp();
        for band in 0..BANDS {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tone = ((frame as f32 * 0.021 + 1.0) * band as f32 * 0.3).sin().abs();
            values.push(0.3 * tone + 2.0 * beat + 0.2 * (noise >> 8) as f32 / (1 << 24) as f32);
        }
    }
    values
}

#[test]
fn planner_accepts_only_tempo_networks() {
    for entry in zoo::ENTRIES {
        let card = Card::from_toml(entry.card).unwrap();
        let plan = patch_net(&onnx::read(&entry.onnx()).unwrap(), card.patch_frames, card.front_end.bands());
        assert_eq!(plan.is_some(), card.id.starts_with("tempocnn"), "{}", card.id);
        let Some(plan) = plan else { continue };
        assert_eq!(plan.width, 256, "{}", card.id);
        assert_eq!(plan.net.layers.len(), if card.id.ends_with("fcn") { 9 } else { 13 }, "{}", card.id);
        let other = patch_net(&onnx::read(&entry.onnx()).unwrap(), card.patch_frames - 1, card.front_end.bands());
        assert!(other.is_none(), "{}: another number of frames", card.id);
    }
}

#[test]
fn maps_of_the_older_network_are_joined_and_dilated() {
    let net = net("tempocnn-fcn");
    let layer = |layer: &NetLayer| (layer.sources.clone(), layer.outputs(), layer.dilation, layer.input.is_some());
    let expected = [
        (vec![0], 12, 1, false),
        (vec![0, 1], 12, 1, true),
        (vec![0, 1, 2], 12, 1, true),
        (vec![3], 60, 2, false),
        (vec![3, 4], 60, 4, true),
        (vec![3, 4, 5], 60, 16, true),
        (vec![6], 120, 1, false),
        (vec![7], 240, 1, false),
        (vec![8], 256, 1, false),
    ];
    assert_eq!(net.layers.iter().map(layer).collect::<Vec<_>>(), expected);
    let sizes: Vec<_> = net.map_sizes().unwrap().iter().map(|map| (map.size, map.channels)).collect();
    assert_eq!(sizes[0], ([256, 40], 1));
    assert_eq!(
        sizes[3..],
        [
            ([256, 8], 12),
            ([256, 8], 60),
            ([256, 8], 60),
            ([256, 4], 60),
            ([256, 2], 120),
            ([256, 1], 240),
            ([256, 1], 256)
        ]
    );
}

#[test]
fn graph_with_any_difference_is_not_planned() {
    for id in ["tempocnn-deepsquare-k8", "tempocnn-fcn"] {
        let (_, onnx) = entry(id);
        let planned = |change: &dyn Fn(&mut Graph)| {
            let mut graph = onnx::read(&onnx).unwrap();
            change(&mut graph);
            patch_net(&graph, FRAMES, BANDS).is_some()
        };
        assert!(planned(&|_| ()));
        let nodes = onnx::read(&onnx).unwrap().nodes;
        // All nodes but the softmax.
        for (node, name) in nodes[..nodes.len() - 1].iter().map(|node| &node.output).enumerate() {
            assert!(!planned(&|graph| graph.nodes[node].op = "Other".into()), "{name}");
            let other = |graph: &mut Graph| graph.nodes[node].attributes.values_mut().for_each(|values| values.push(3));
            assert!(nodes[node].attributes.is_empty() || !planned(&other), "{name} with other attributes");
            let slope = |graph: &mut Graph| {
                graph.nodes[node].float_attributes.insert("alpha".into(), 0.5);
            };
            assert!(nodes[node].op != "Elu" || !planned(&slope), "{name} with another slope");
        }
        let names: Vec<String> = onnx::read(&onnx).unwrap().constants.into_keys().collect();
        for name in names {
            let longer = |graph: &mut Graph| {
                let Constant { shape, floats, integers } = graph.constants.get_mut(&name).unwrap();
                if integers.is_empty() {
                    floats.push(0.0);
                } else {
                    integers.push(1);
                }
                shape.push(1);
            };
            assert!(!planned(&longer), "{name} with another shape");
        }
    }
}

#[test]
fn padding_or_dilation_beyond_the_patch_is_not_planned() {
    let (_, onnx) = entry("tempocnn-fcn");
    let planned = |dilation: i64, pad: i64| {
        let mut graph = onnx::read(&onnx).unwrap();
        let is_dilated = |node: &&mut Node| node.attribute("dilations") == [1, 16];
        let node = graph.nodes.iter_mut().find(is_dilated).unwrap();
        node.attributes.insert("dilations".into(), vec![1, dilation]);
        node.attributes.insert("pads".into(), vec![0, pad, 0, pad]);
        patch_net(&graph, FRAMES, BANDS).is_some()
    };
    assert!(planned(16, 32) && planned(63, 126));
    for (dilation, pad) in [(64, 128), (i64::MAX / 4, i64::MAX / 2), (i64::MAX, 32), (0, 0), (-1, -2), (16, 31)] {
        assert!(!planned(dilation, pad), "dilation {dilation}, padding {pad}");
    }
}

#[cfg(feature = "added-models")]
#[test]
fn probabilities_match_the_whole_network_in_the_library() {
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let native = Model::from_onnx(card.clone(), &onnx).unwrap();
        let library = Model::from_onnx_reference(card, &onnx).unwrap();
        assert!(!native.is_incremental(), "{id}: patches are normalized one by one");
        let (mut native, mut library) = (native.network(), library.network());
        let mut worst = 0.0_f32;
        for period in 13..40 {
            let patch = beats(FRAMES, period);
            worst = worst.max(difference(native.run(&patch).unwrap(), library.run(&patch).unwrap()));
        }
        for patch in [vec![0.0; FRAMES * BANDS], vec![0.7; FRAMES * BANDS], Noise(9).values(FRAMES * BANDS)] {
            worst = worst.max(difference(native.run(&patch).unwrap(), library.run(&patch).unwrap()));
        }
        assert!(worst <= 1e-6, "{id}: {worst} above 1e-6");
    }
}

#[test]
fn probabilities_match_an_evaluation_in_double_precision() {
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let model = Model::from_onnx(Card { normalisation: Normalisation::None, ..card }, &onnx).unwrap();
        for period in [14, 25] {
            // The normalization, which is computed in single precision, is left out: about what it would give.
            let normal = |value: f32| if id.ends_with("fcn") { 0.4 * value } else { value - 0.8 };
            let patch: Vec<f32> = beats(FRAMES, period).into_iter().map(normal).collect();
            let by_band: Vec<f32> =
                (0..BANDS).flat_map(|band| patch.iter().skip(band).step_by(BANDS)).copied().collect();
            let means = plain::means(&net(&id), &by_band);
            let sum: f64 = means.iter().map(|value| value.exp()).sum();
            let expected = means.iter().map(|value| value.exp() / sum);
            let mut network = model.network();
            let found = network.run(&patch).unwrap();
            let worst = found
                .activations
                .iter()
                .zip(expected)
                .fold(0.0_f64, |most, (a, b)| most.max((f64::from(*a) - b).abs()));
            assert!(worst <= 1e-6, "{id}, period {period}: {worst} above 1e-6");
        }
    }
}

#[test]
fn same_patch_gives_the_same_bits_after_any_other() {
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let model = Model::from_onnx(card, &onnx).unwrap();
        let music = beats(FRAMES + 64, 21);
        let patch = |at: usize| &music[at * BANDS..][..FRAMES * BANDS];
        let expected = model.network().run(patch(3)).unwrap().clone();
        let mut network = model.network();
        for at in [0, 3, 64, 3] {
            let found = network.run(patch(at)).unwrap();
            assert_eq!(found == &expected, at == 3, "{id}, patch {at}");
        }
    }
}

#[test]
fn wrong_patch_size_or_number_of_outputs_is_an_error() {
    let (card, onnx) = entry("tempocnn-deeptemp-k8");
    let plan = patch_net(&onnx::read(&onnx).unwrap(), FRAMES, BANDS).unwrap();
    let rest = || Classifier::Library(std::sync::Arc::new(Same::new(plan.width)));
    let engine = PatchNetEngine::new(&plan.net, &card.input, rest()).unwrap();
    let run = |len: usize, outputs: usize| engine.run(&vec![0.5; len], &mut vec![Vec::new(); outputs]);
    assert!(run(FRAMES * BANDS, 1).is_ok());
    let error = run(FRAMES * BANDS - 1, 1).unwrap_err().to_string();
    assert!(error.ends_with("wrong patch size (expected 10240 values, got 10239)"), "{error}");
    let error = run(FRAMES * BANDS, 2).unwrap_err().to_string();
    assert!(error.ends_with("wrong number of output buffers (expected 1, got 2)"), "{error}");
}

#[test]
fn streams_share_buffers_of_at_most_5_mb() {
    for id in IDS {
        let (card, onnx) = entry(id);
        let plan = patch_net(&onnx::read(&onnx).unwrap(), FRAMES, BANDS).unwrap();
        let rest = Classifier::Library(std::sync::Arc::new(Same::new(plan.width)));
        let engine = PatchNetEngine::new(&plan.net, &card.input, rest).unwrap();
        let patch = beats(FRAMES, 20);
        for _ in 0..3 {
            engine.run(&patch, &mut [Vec::new()]).unwrap();
        }
        let (count, bytes) = engine.buffers();
        assert_eq!(count, 1, "{id}");
        assert!(bytes <= 5_000_000, "{id}: {bytes} bytes above 5,000,000");
    }
}
