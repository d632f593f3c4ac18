//! Damaged texts: each parser reads or rejects them, and what it reads equals its written form.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use earmark_train::{FileList, GroundTruth, Groups, PointParams, Project};

const ROUNDS: usize = 4_000;

/// Calls `check` with damaged copies of a text, and returns how many it read.
fn damaged(text: &str, check: impl Fn(&str) -> bool) -> usize {
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..ROUNDS {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"[]{}:,-'\"\n#!&*|>%@`~= 0.\t"[random(25)]),
                3 => bytes.extend_from_within(at.saturating_sub(20)..at),
                _ => drop(bytes.remove(at)),
            }
            if bytes.len() < 2 {
                break;
            }
        }
        read += usize::from(check(&String::from_utf8_lossy(&bytes)));
    }
    read
}

#[test]
fn damaged_ground_truths_are_read_or_rejected() {
    for seed in [
        include_str!("../../fuzz/seeds/ground_truth/flow.yaml"),
        include_str!("../../fuzz/seeds/ground_truth/small.json"),
    ] {
        let read = damaged(seed, |text| match GroundTruth::parse("t", text) {
            Ok(truth) => GroundTruth::parse("t", &truth.to_json()).unwrap() == truth,
            Err(_) => false,
        });
        assert!((50..ROUNDS).contains(&read), "{read}");
    }
}

#[test]
fn damaged_lists_and_groups_are_read_or_rejected() {
    let read =
        damaged(include_str!("../../fuzz/seeds/file_list/small.yaml"), |text| match FileList::parse("t", text) {
            Ok(list) => FileList::parse("t", &list.to_json()).unwrap() == list,
            Err(_) => false,
        });
    assert!((50..ROUNDS).contains(&read), "{read}");
    let read = damaged(include_str!("../../fuzz/seeds/file_list/groups.tsv"), |text| {
        Groups::parse_table("artist", "t", text).is_ok()
    });
    assert!((50..ROUNDS).contains(&read), "{read}");
}

#[test]
fn damaged_projects_and_parameters_are_read_or_rejected() {
    let read = damaged(include_str!("../../fuzz/seeds/project/small.yaml"), |text| match Project::parse("t", text) {
        Ok(project) => Project::parse("t", &project.to_yaml()).unwrap() == project,
        Err(_) => false,
    });
    assert!((50..ROUNDS).contains(&read), "{read}");
    let read = damaged(include_str!("../../fuzz/seeds/param/full.yaml"), |text| match PointParams::parse("t", text) {
        Ok(params) => PointParams::parse("t", &params.to_yaml()).unwrap() == params,
        Err(_) => false,
    });
    assert!((50..ROUNDS).contains(&read), "{read}");
}
