use super::engine::StackEngine;
use super::*;
use crate::engine::graph::{Graph, Node};
use crate::engine::onnx;
use crate::engine::{Engine, PatchStep};
use crate::incremental::dense_stack::Classifier;
use crate::incremental::plan::conv_stack;
#[cfg(feature = "added-models")]
use crate::incremental::tests::difference;
use crate::incremental::tests::{BANDS, FRAMES, entry, music};
use crate::{Card, Model, zoo};

mod plain;

const IDS: [&str; 2] = ["msd-vgg", "mtt-vgg"];

fn stack(id: &str) -> ConvStack {
    conv_stack(&onnx::read(&entry(id).1).unwrap(), FRAMES, BANDS).unwrap().stack
}

#[test]
fn planner_accepts_only_vgg() {
    for entry in zoo::ENTRIES {
        let card = Card::from_toml(entry.card).unwrap();
        let plan = conv_stack(&onnx::read(&entry.onnx()).unwrap(), card.patch_frames, card.front_end.bands());
        assert_eq!(plan.is_some(), card.id.ends_with("vgg"), "{}", card.id);
        let Some(plan) = plan else { continue };
        assert_eq!((plan.flat.as_str(), plan.width), ("flat", 256), "{}", card.id);
    }
}

#[test]
fn needed_part_of_a_layer_is_counted_backwards_from_the_outputs() {
    // Frames and bands that are computed, frames between two columns, and columns of one patch alone.
    let expected = [
        [(160, 93, 1, 1), (39, 92, 4, 2), (38, 22, 4, 3), (18, 10, 8, 3), (8, 4, 16, 3)],
        [(160, 47, 1, 1), (78, 46, 2, 2), (38, 22, 4, 2), (18, 10, 8, 2), (8, 4, 16, 2)],
    ];
    for ((id, expected), products) in IDS.into_iter().zip(expected).zip([700_747_776, 692_269_056]) {
        let stack = stack(id);
        let extents = stack.extents().unwrap();
        assert_eq!(extents[0].input, [161, 94], "{id}");
        let found = extents.iter().zip(&stack.layers).map(|(extent, layer)| {
            let bands = if layer.window[1] == 1 { extent.pooled[1] } else { extent.output[1] };
            (extent.output[0], bands, extent.stride, extent.own)
        });
        assert!(found.eq(expected), "{id}: {extents:?}");
        let count: usize = extents.iter().zip(&stack.layers).map(|(extent, layer)| extent.products(layer)).sum();
        assert_eq!(count, products, "{id}");
    }
}

#[test]
fn stack_that_needs_frames_beyond_the_patch_is_not_planned() {
    let mut stack = stack("mtt-vgg");
    // With ten columns in the last pooling, the third convolution needs the frame after its last one.
    (stack.layers[4].window[0], stack.layers[4].stride[0]) = (9, 9);
    assert!(stack.extents().is_some());
    (stack.layers[4].window[0], stack.layers[4].stride[0]) = (10, 10);
    assert!(stack.extents().is_none());
}

#[test]
fn graph_with_any_difference_is_not_planned() {
    let (_, onnx) = entry("msd-vgg");
    let planned = |change: &dyn Fn(&mut Graph)| {
        let mut graph = onnx::read(&onnx).unwrap();
        change(&mut graph);
        conv_stack(&graph, FRAMES, BANDS).is_some()
    };
    assert!(planned(&|_| ()));
    let nodes = onnx::read(&onnx).unwrap().nodes;
    let count = nodes.iter().position(|node| node.output == "flat").unwrap() + 1;
    for (node, name) in nodes[..count].iter().map(|node| &node.output).enumerate() {
        assert!(!planned(&|graph| graph.nodes[node].op = "Other".into()), "{name}");
        let other = |graph: &mut Graph| graph.nodes[node].attributes.values_mut().for_each(|values| values.push(3));
        assert!(nodes[node].attributes.is_empty() || !planned(&other), "{name} with other attributes");
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
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let stack = Model::from_onnx(card.clone(), &onnx).unwrap();
        let whole = Model::from_onnx_reference(card, &onnx).unwrap();
        let music = music(FRAMES);
        for patch in [music.clone(), vec![0.0; FRAMES * BANDS], music.iter().map(|v| v * 3.0).collect()] {
            let (mut stack, mut whole) = (stack.network(), whole.network());
            let worst = difference(stack.run(&patch).unwrap(), whole.run(&patch).unwrap());
            assert!(worst <= 5e-6, "{id}: {worst} above 5e-6");
        }
    }
}

#[test]
fn patches_of_a_stream_equal_single_patches_at_every_hop() {
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let model = Model::from_onnx(card, &onnx).unwrap();
        let mut single = model.network();
        for hop in [1, 2, 3, 4, 5, 6, 8, 13, 16, 31, 64, 93, 120, 159, 160, 161, 186, 187, 200] {
            // Long enough for every phase of the layer with the longest stride to be continued.
            let steps = if hop < 20 { 20 } else { 4 };
            let music = music(FRAMES + steps * hop);
            let mut network = model.network();
            for step in 0..=steps {
                let patch = &music[step * hop * BANDS..][..FRAMES * BANDS];
                let new_frames = if step == 0 { FRAMES } else { hop.min(FRAMES) };
                let found = network.run_next(patch, PatchStep { new_frames, next_hop: hop }).unwrap().clone();
                if step > steps - 3 {
                    assert_eq!(&found, single.run(patch).unwrap(), "{id}, hop {hop}, patch {step}");
                }
            }
        }
    }
}

#[test]
fn changed_hop_and_skipped_patches_do_not_change_results() {
    let (card, onnx) = entry("msd-vgg");
    let model = Model::from_onnx(card, &onnx).unwrap();
    let (mut network, mut single) = (model.network(), model.network());
    let moves = [6, 6, 12, 6, 24, 7, 7, 3, 3, 100, 190, 6, 6, 1, 155, 5, 8, 8];
    let music = music(FRAMES + moves.iter().sum::<usize>());
    let (mut at, mut new_frames) = (0, FRAMES);
    for (number, &next_hop) in moves.iter().enumerate() {
        let patch = &music[at * BANDS..][..FRAMES * BANDS];
        let step = PatchStep { new_frames, next_hop };
        if [1, 4, 7].contains(&number) {
            network.skip(new_frames);
        } else {
            assert_eq!(network.run_next(patch, step).unwrap(), single.run(patch).unwrap(), "patch {number}");
        }
        (at, new_frames) = (at + next_hop, next_hop.min(FRAMES));
    }
}

#[cfg(feature = "added-models")]
#[test]
fn frames_that_reach_no_output_may_be_absent() {
    for (card, onnx) in IDS.map(entry) {
        let id = card.id.clone();
        let model = Model::from_onnx(card.clone(), &onnx).unwrap();
        assert_eq!(model.needed_frames(), 161, "{id}");
        let mut patch = music(FRAMES);
        let expected = model.network().run(&patch).unwrap().clone();
        assert_eq!(model.network().run(&patch[..161 * BANDS]).unwrap(), &expected, "{id}");
        assert!(model.network().run(&patch[..160 * BANDS]).is_err(), "{id}");
        let whole = Model::from_onnx_reference(card, &onnx).unwrap();
        assert_eq!(whole.needed_frames(), FRAMES, "{id}: the library takes whole patches");
        let expected = whole.network().run(&patch).unwrap().clone();
        patch[161 * BANDS..].fill(7.7);
        assert_eq!(whole.network().run(&patch).unwrap(), &expected, "{id}");
        patch[160 * BANDS..][..BANDS].fill(7.7);
        assert_ne!(whole.network().run(&patch).unwrap(), &expected, "{id}");
    }
}

#[test]
fn stream_computes_the_columns_of_its_borders_and_those_of_new_frames_only() {
    // Columns per patch of the layers after the first: those of one patch alone, and the least common multiple of hop and
    // stride, divided by the stride.
    let expected: [(usize, [[usize; 4]; 2]); 4] = [
        (1, [[3, 4, 4, 4], [3, 3, 3, 3]]),
        (4, [[3, 4, 4, 4], [4, 3, 3, 3]]),
        (6, [[5, 6, 6, 6], [5, 5, 5, 5]]),
        (16, [[6, 7, 5, 4], [10, 6, 4, 3]]),
    ];
    for (hop, expected) in expected {
        for (id, expected) in IDS.into_iter().zip(expected) {
            let packed = std::sync::Arc::new(packed_stack::PackedStack::new(&stack(id)).unwrap());
            let mut stream = stack_stream::StackStream::new(packed);
            // Sixteen patches have every phase.
            let music = music(FRAMES + 17 * hop);
            let mut computed = Vec::new();
            for step in 0..=17 {
                let new_frames = if step == 0 { FRAMES } else { hop };
                stream.run_patch(&music[step * hop * BANDS..][..FRAMES * BANDS], new_frames, &mut Vec::new());
                computed.push(stream.computed());
            }
            let last: Vec<usize> =
                computed[17].iter().zip(&computed[16]).map(|(after, before)| after - before).collect();
            assert_eq!(last, expected, "{id}, hop {hop}");
        }
    }
}

#[test]
fn state_of_a_stream_takes_at_most_5_mb() {
    for id in IDS {
        let packed = std::sync::Arc::new(packed_stack::PackedStack::new(&stack(id)).unwrap());
        let mut stream = stack_stream::StackStream::new(packed);
        let music = music(FRAMES + 40);
        let mut flat = Vec::new();
        for at in 0..40 {
            let new_frames = if at == 0 { FRAMES } else { 1 };
            flat.clear();
            stream.run_patch(&music[at * BANDS..][..FRAMES * BANDS], new_frames, &mut flat);
        }
        let bytes = stream.values() * size_of::<f32>();
        assert!(bytes <= 5_000_000, "{id}: {bytes} bytes above 5,000,000");
    }
}
