//! R21: incremental inference: every prediction equals that of the whole patch.
//!
//! The expected values are computed from whole patches, without shared work.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use earmark_dsp::FrontEnd;
use earmark_models::{Card, ContextMode, Model, Network, PatchStep, Registry};
use earmark_tests::listen::features;
use earmark_tests::reference::{built_in, folder};
use earmark_tests::{arrays, signal};

const IDS: [&str; 2] = ["msd-musicnn", "mtt-musicnn"];
const VGGS: [&str; 2] = ["msd-vgg", "mtt-vgg"];
const FRAMES: usize = 187;
const BANDS: usize = 96;
/// Largest difference of an activation.
const TOLERANCE: f32 = 2e-6;

/// Frames of music.
struct Music {
    name: String,
    frames: Vec<f32>,
}

impl Music {
    fn new(name: impl Into<String>, samples: &[f32]) -> Self {
        let frames = features(FrontEnd::MusiCnn, 16_000.0, [samples]).unwrap();
        Self { name: name.into(), frames }
    }

    /// Returns every clip of the reference data that is long enough.
    fn clips() -> Vec<Self> {
        let folder = folder().unwrap();
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder.join("audio")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.retain(|path| path.to_string_lossy().ends_with(".16k.wav"));
        let clip = |path: &PathBuf| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Self::new(name, &arrays::mono_wav(path).unwrap().0)
        };
        paths.iter().map(clip).filter(|clip| clip.len() >= FRAMES).collect()
    }

    /// Returns the generated tune, for machines without the reference data.
    fn tune() -> Vec<Self> {
        vec![Self::new("tune", &signal::tune(16_000.0, 20.0))]
    }

    fn len(&self) -> usize {
        self.frames.len() / BANDS
    }

    fn patch(&self, at: usize) -> &[f32] {
        &self.frames[at * BANDS..][..FRAMES * BANDS]
    }
}

/// Results of patches by themselves, each computed once.
struct Single {
    network: Network,
    results: HashMap<(String, usize), Vec<f32>>,
}

impl Single {
    fn new(network: Network) -> Self {
        Self { network, results: HashMap::new() }
    }

    fn result(&mut self, music: &Music, at: usize) -> &[f32] {
        let result = || self.network.run(music.patch(at)).unwrap().activations.clone();
        self.results.entry((music.name.clone(), at)).or_insert_with(result)
    }
}

/// Returns a network in the library, which computes whole patches.
fn library(id: &str) -> Network {
    let folder = built_in(id);
    let card = Card::from_toml(&fs::read_to_string(folder.join(format!("{id}.toml"))).unwrap()).unwrap();
    Model::from_onnx_reference(card, &fs::read(folder.join(format!("{id}.onnx"))).unwrap()).unwrap().network()
}

/// Largest differences of the patches of a stream.
#[derive(Default)]
struct Worst {
    /// From the same patch by itself.
    by_itself: f32,
    /// From the whole patch in the library, which sums in another order.
    library: f32,
}

impl Worst {
    fn max(self, other: Self) -> Self {
        Self { by_itself: self.by_itself.max(other.by_itself), library: self.library.max(other.library) }
    }
}

impl std::fmt::Display for Worst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1e} from the same patch by itself, {:.1e} from the library", self.by_itself, self.library)
    }
}

/// Returns the largest differences of a stream whose patches move by `hop`, over every `every`-th patch.
fn worst(music: &Music, (single, library): &mut (Single, Single), id: &str, hop: usize, every: usize) -> Worst {
    let mut network = Registry::global().load(id).unwrap().network();
    let (mut most, mut rounds) = (Worst::default(), 0.0_f32);
    for (count, at) in (0..=music.len() - FRAMES).step_by(hop).enumerate() {
        let step = PatchStep { new_frames: if at == 0 { FRAMES } else { hop }, next_hop: hop };
        let found = network.run_next(music.patch(at), step).unwrap().activations.clone();
        if count % every == every - 1 {
            let (single, library) = (single.result(music, at), library.result(music, at));
            rounds = rounds.max(furthest(single, library));
            most = most.max(Worst { by_itself: furthest(&found, single), library: furthest(&found, library) });
        }
    }
    assert!(most.by_itself <= TOLERANCE, "{}, {id}, hop {hop}: {most}, above {TOLERANCE}", music.name);
    // The difference between two orders of summation is not that of a stream.
    let is_near = most.library <= rounds + TOLERANCE && rounds < 1e-5;
    assert!(is_near, "{}, {id}, hop {hop}: {most}, of the patch by itself {rounds:e}", music.name);
    most
}

#[test]
fn incremental_tune_matches_whole_patches() {
    check_against_whole_patches(Music::tune());
}

#[test(needs(Reference))]
fn incremental_clips_match_whole_patches() {
    check_against_whole_patches(Music::clips());
}

/// Returns a built-in network and the same in the library, for patches by themselves.
fn singles(id: &str) -> (Single, Single) {
    (Single::new(Registry::global().load(id).unwrap().network()), Single::new(library(id)))
}

fn check_against_whole_patches(musics: Vec<Music>) {
    assert!(!musics.is_empty(), "expected music");
    for id in IDS {
        let mut singles = singles(id);
        let hops = [6, 1, 16, 93, 31, 3];
        let differences: Vec<Worst> = musics
            .iter()
            .zip(hops.into_iter().cycle())
            .map(|(music, hop)| {
                let count = (music.len() - FRAMES) / hop + 1;
                worst(music, &mut singles, id, hop, (count / 6).max(1))
            })
            .collect();
        let count = differences.len();
        let most = differences.into_iter().fold(Worst::default(), Worst::max);
        println!("{id}: {count} clips, worst differences {most}");
    }
}

#[test]
fn vgg_of_the_tune_equals_single_patches() {
    check_vgg(Music::tune());
}

#[test(needs(Reference))]
fn vgg_of_the_clips_equals_single_patches() {
    check_vgg(Music::clips());
}

/// Sums are never continued in VGG, so each patch of a stream equals the same patch by itself bit for bit.
fn check_vgg(musics: Vec<Music>) {
    /// Largest difference of an activation from the library, which sums in another order.
    const TOLERANCE: f32 = 5e-6;
    assert!(!musics.is_empty(), "expected music");
    for id in VGGS {
        let model = Registry::global().load(id).unwrap();
        let (mut single, mut library, mut most) = (model.network(), Single::new(library(id)), 0.0_f32);
        for (music, hop) in musics.iter().zip([6, 1, 16, 93, 31, 3].into_iter().cycle()) {
            let mut network = model.network();
            let every = ((music.len() - FRAMES) / hop / 6).max(1);
            for (count, at) in (0..=music.len() - FRAMES).step_by(hop).enumerate() {
                let step = PatchStep { new_frames: if at == 0 { FRAMES } else { hop }, next_hop: hop };
                let found = network.run_next(music.patch(at), step).unwrap().clone();
                if count % every == every - 1 {
                    assert_eq!(&found, single.run(music.patch(at)).unwrap(), "{}, {id}, hop {hop}", music.name);
                    most = most.max(furthest(&found.activations, library.result(music, at)));
                }
            }
        }
        println!("{id}: worst difference from the library {most:.1e}");
        assert!(most <= TOLERANCE, "{id}: {most} above {TOLERANCE}");
    }
}

#[test]
fn streaming_tune_differs_no_more_than_a_shifted_patch() {
    check_streaming(Music::tune());
}

#[test(needs(Reference))]
fn streaming_clips_differ_no_more_than_a_shifted_patch() {
    check_streaming(Music::clips());
}

fn check_streaming(musics: Vec<Music>) {
    // Half a second apart: each patch also stands for its neighbours.
    const HOP: usize = 31;
    /// Move of the whole patch in frames, a quarter of a second; its change is the bound for streaming.
    const MOVED: usize = 16;
    assert!(!musics.is_empty(), "expected music");
    for id in IDS {
        let model = Registry::global().load(id).unwrap();
        let (mut streaming, mut earlier, mut hops) = (Difference::default(), Difference::default(), 0.0_f32);
        for music in &musics {
            let [mut at_once, mut frame_by_frame] = [(); 2].map(|()| model.network_with(ContextMode::Streaming));
            let [mut whole, mut moved] = [(); 2].map(|()| model.network());
            let predict = |network: &mut Network, at: usize, hop: usize| {
                let step = PatchStep { new_frames: if at <= MOVED { FRAMES } else { hop }, next_hop: hop };
                network.run_next(music.patch(at), step).unwrap().activations.clone()
            };
            for at in MOVED..=music.len() - FRAMES {
                let every = predict(&mut frame_by_frame, at, 1);
                if (at - MOVED).is_multiple_of(HOP) {
                    let [found, expected] = [&mut at_once, &mut whole].map(|network| predict(network, at, HOP));
                    let before = predict(&mut moved, at - MOVED, HOP);
                    hops = hops.max(furthest(&found, &every));
                    streaming.add(&found, &expected);
                    earlier.add(&before, &expected);
                }
            }
        }
        println!("{id}, streaming: {streaming}; of the patch {MOVED} frames earlier: {earlier}; of hops: {hops:.1e}");
        assert!(hops <= TOLERANCE, "{id}: at another hop {hops} above {TOLERANCE}");
        // Noise and tones among the clips do not change in time, but differ at a border.
        assert!(streaming.mean() > 0.0 && streaming.mean() <= 1.2 * earlier.mean(), "{id}: {streaming} and {earlier}");
        assert!(streaming.same_first() > 0.9, "{id}: {streaming}");
    }
}

/// Differences between results and expected results.
#[derive(Default)]
struct Difference {
    sum: f64,
    values: u32,
    same: u32,
    answers: u32,
}

impl Difference {
    fn add(&mut self, found: &[f32], expected: &[f32]) {
        let first = |values: &[f32]| (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]));
        self.sum += found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>();
        self.values += u32::try_from(expected.len()).unwrap();
        self.same += u32::from(first(found) == first(expected));
        self.answers += 1;
    }

    fn mean(&self) -> f64 {
        self.sum / f64::from(self.values)
    }

    fn same_first(&self) -> f64 {
        f64::from(self.same) / f64::from(self.answers)
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mean, share) = (self.mean(), self.same_first() * 100.0);
        write!(f, "mean difference {mean:.4}, the same tag first in {share:.1} % of {}", self.answers)
    }
}

#[test(needs(Reference))]
#[ignore = "minutes: cargo xtask prove"]
fn incremental_hops_match_whole_patches() {
    let musics = Music::clips();
    let music = musics.iter().find(|music| music.name.starts_with("metal_growl")).unwrap();
    for id in IDS {
        let mut singles = singles(id);
        let most = (1..=FRAMES).map(|hop| worst(music, &mut singles, id, hop, 1)).fold(Worst::default(), Worst::max);
        println!("{id}: hops 1 to {FRAMES} over {}, worst differences {most}", music.name);
    }
}

#[test]
#[ignore = "minutes: cargo xtask prove"]
fn incremental_hour_matches_whole_patches() {
    const HOP: usize = 6;
    let music = Music::new("tune", &signal::tune(16_000.0, 60.0));
    let frames_in_an_hour = 3600 * 16_000 / 256;
    for id in IDS {
        let model = Registry::global().load(id).unwrap();
        let (mut network, mut by_itself, mut whole) = (model.network(), model.network(), library(id));
        let (mut patch, mut drifted, mut differs, mut rounds) = (Vec::new(), 0.0_f32, 0.0_f32, 0.0_f32);
        for at in (0..frames_in_an_hour - FRAMES).step_by(HOP) {
            // One minute is repeated, so that an hour does not have to be in memory.
            patch.clear();
            let row = |frame: usize| &music.frames[frame % music.len() * BANDS..][..BANDS];
            (at..at + FRAMES).for_each(|frame| patch.extend_from_slice(row(frame)));
            let step = PatchStep { new_frames: if at == 0 { FRAMES } else { HOP }, next_hop: HOP };
            let found = network.run_next(&patch, step).unwrap().activations.clone();
            if at + FRAMES + 40 * HOP > frames_in_an_hour {
                let by_itself = by_itself.run(&patch).unwrap().activations.clone();
                let expected = &whole.run(&patch).unwrap().activations;
                drifted = drifted.max(furthest(&found, &by_itself));
                differs = differs.max(furthest(&found, expected));
                rounds = rounds.max(furthest(&by_itself, expected));
            }
        }
        println!(
            "{id}: after an hour at ten a second, worst difference {drifted:.1e} from the same patch by itself; \
             from the library {differs:.1e}, where the patch by itself has {rounds:.1e}"
        );
        assert!(drifted <= TOLERANCE, "{id}: {drifted} above {TOLERANCE}");
        // The difference between two orders of summation is not drift.
        assert!(differs <= rounds + TOLERANCE && rounds < 1e-5, "{id}: {differs} and {rounds} from the library");
    }
}

fn furthest(found: &[f32], expected: &[f32]) -> f32 {
    found.iter().zip(expected).fold(0.0, |most, (found, expected)| most.max((found - expected).abs()))
}
