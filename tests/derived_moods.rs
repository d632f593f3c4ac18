//! R43: moods that are derived from tags agree with classifiers of the same moods.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_models::Registry;
use earmark_tests::arrays;
use earmark_tests::reference::folder;

/// Least agreement of a reading with a classifier: the probability that a patch with the mood has a higher reading than
/// one without it, averaged over the classifiers of the mood.
const MIN_AUROC: f64 = 0.65;
/// Least number of patches with and without a mood.
const MIN_PATCHES: usize = 3;

/// Readings with the classifiers of the same mood, and the index of the positive class.
const CLASSIFIERS: [(&str, &[(&str, usize)]); 8] = [
    ("happy", &[("mood_happy-msd-musicnn-1", 0), ("mood_happy-musicnn-msd-2", 0)]),
    ("sad", &[("mood_sad-msd-musicnn-1", 1), ("mood_sad-musicnn-msd-2", 1)]),
    ("relaxed", &[("mood_relaxed-msd-musicnn-1", 1), ("mood_relaxed-musicnn-msd-2", 1)]),
    ("aggressive", &[("mood_aggressive-msd-musicnn-1", 0), ("mood_aggressive-musicnn-msd-2", 0)]),
    ("acoustic", &[("mood_acoustic-musicnn-msd-2", 0)]),
    ("electronic", &[("mood_electronic-musicnn-msd-2", 0)]),
    ("danceable", &[("danceability-msd-musicnn-1", 0), ("danceability-musicnn-msd-2", 0)]),
    ("voice", &[("voice_instrumental-musicnn-msd-2", 1)]),
];

/// Returns the folders of the clips with activations of taggers and classifiers at the same patches.
fn clips() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder().unwrap().join("goldens")).unwrap().map(|entry| entry.unwrap().path());
    let mut clips: Vec<_> = entries.filter(|path| path.join("msd_vgg.activations.hop93.npy").is_file()).collect();
    clips.sort();
    clips
}

fn rows(clip: &Path, model: &str) -> Vec<Vec<f32>> {
    let table = arrays::table(&clip.join(format!("{model}.activations.hop93.npy"))).unwrap();
    table.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// Returns the probability that a patch of the first kind has a higher value than one of the second, ties counting half;
/// none if there are too few of either.
fn auroc(values: &[(f32, bool)]) -> Option<f64> {
    let of = |kind: bool| values.iter().filter(move |(_, is)| *is == kind).map(|(value, _)| *value);
    let (positive, negative) = (of(true).count(), of(false).count());
    if positive < MIN_PATCHES || negative < MIN_PATCHES {
        return None;
    }
    let wins: f64 = of(true)
        .flat_map(|one| {
            of(false).map(move |other| if one > other { 1.0 } else { f64::from(u8::from(one == other)) / 2.0 })
        })
        .sum();
    Some(wins / (positive * negative) as f64)
}

#[test(needs(Reference))]
fn derived_moods_agree_with_classifiers() {
    let clips = clips();
    assert!(clips.len() >= 10, "{} clips", clips.len());
    let registry = Registry::global();
    for tagger in ["msd-musicnn", "msd-vgg", "mtt-musicnn", "mtt-vgg"] {
        let card = registry.derived(tagger).unwrap();
        let mut network = registry.load(&card.id).unwrap().network();
        let of_clip = |clip: &PathBuf| rows(clip, &tagger.replace('-', "_"));
        let readings: Vec<Vec<Vec<f32>>> = clips
            .iter()
            .map(|clip| of_clip(clip).iter().map(|row| network.run(row).unwrap().activations.clone()).collect())
            .collect();
        let known = CLASSIFIERS.iter().filter(|(label, _)| card.labels.iter().any(|of| of == label));
        let mut compared = 0;
        for (label, classifiers) in known {
            let place = card.labels.iter().position(|of| of == label).unwrap();
            let agreements: Vec<f64> = classifiers
                .iter()
                .filter_map(|(classifier, class)| {
                    let truth = clips.iter().map(|clip| rows(clip, classifier));
                    let pairs = readings.iter().zip(truth).flat_map(|(readings, truth)| {
                        assert_eq!(readings.len(), truth.len(), "patches");
                        let pair = |(reading, truth): (&Vec<f32>, Vec<f32>)| (reading[place], truth[*class] > 0.5);
                        readings.iter().zip(truth).map(pair).collect::<Vec<_>>()
                    });
                    auroc(&pairs.collect::<Vec<_>>())
                })
                .collect();
            let mean = agreements.iter().sum::<f64>() / agreements.len() as f64;
            println!("{tagger}: {label}: AUROC {mean:.3}");
            assert!(mean >= MIN_AUROC, "{tagger}: {label}: {mean}");
            compared += 1;
        }
        assert_eq!(compared, card.labels.iter().filter(|label| *label != "instrumental").count(), "{tagger}");
        let opposite = |label: &str| card.labels.iter().position(|of| of == label).unwrap();
        let (voice, instrumental) = (opposite("voice"), opposite("instrumental"));
        for reading in readings.iter().flatten() {
            assert!((reading[voice] + reading[instrumental] - 1.0).abs() < 1e-5, "{tagger}: {reading:?}");
        }
    }
}
