//! Decoding of tempo classes to beats per minute: per patch, per piece, and alternatives.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Tempo of one patch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalTempo {
    /// Beats per minute.
    pub bpm: f32,
    /// Probability of its class, 0 to 1.
    pub confidence: f32,
}

/// Tempo of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GlobalTempo {
    /// Beats per minute.
    pub bpm: f32,
    /// Confidence, 0 to 1. For the majority, the sum of the confidences of the patches that agree, divided by the
    /// number of all patches; for mean and median, the mean confidence of all patches.
    pub confidence: f32,
}

/// Alternative tempo of a piece: half or double.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternative {
    /// Beats per minute.
    pub bpm: f32,
    /// Mean probability of its class over all patches, 0 to 1.
    pub confidence: f32,
}

/// Aggregation of the tempi of patches to the tempo of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// Most frequent tempo; of equally frequent ones the first.
    #[default]
    Majority,
    /// Mean.
    Mean,
    /// Median; for an even number of patches the mean of the two in the middle.
    Median,
}

/// Returns the tempo of the most probable class, of equally probable ones the lowest. `probabilities` has one value per
/// class; class 0 is `first_bpm`. Without classes, the result is `first_bpm` with confidence 0.
#[must_use]
pub fn decode(probabilities: &[f32], first_bpm: u16) -> LocalTempo {
    let (class, confidence) = probabilities
        .iter()
        .enumerate()
        .fold((0, 0.0), |best, (class, &probability)| if probability > best.1 { (class, probability) } else { best });
    LocalTempo { bpm: f32::from(first_bpm) + class as f32, confidence }
}

/// Returns the tempo of a piece from those of its patches; none without patches.
#[must_use]
pub fn global(locals: &[LocalTempo], aggregation: Aggregation) -> Option<GlobalTempo> {
    let count = locals.len() as f32;
    let mean_confidence =
        |among: &mut dyn Iterator<Item = &LocalTempo>| among.map(|l| l.confidence).sum::<f32>() / count;
    let bpm = match aggregation {
        Aggregation::Majority => majority(locals)?,
        Aggregation::Mean => (locals.iter().map(|l| f64::from(l.bpm)).sum::<f64>() / locals.len() as f64) as f32,
        Aggregation::Median => median(locals)?,
    };
    let confidence = match aggregation {
        Aggregation::Majority => mean_confidence(&mut locals.iter().filter(|l| l.bpm == bpm)),
        Aggregation::Mean | Aggregation::Median => mean_confidence(&mut locals.iter()),
    };
    (!locals.is_empty()).then_some(GlobalTempo { bpm, confidence })
}

/// Returns the most frequent tempo, of equally frequent ones the first, in one pass.
fn majority(locals: &[LocalTempo]) -> Option<f32> {
    // Number of votes for each tempo, by its bits, and the place of its first one.
    let mut votes: HashMap<u32, (usize, usize)> = HashMap::new();
    for (place, local) in locals.iter().enumerate() {
        votes.entry(local.bpm.to_bits()).or_insert((0, place)).0 += 1;
    }
    let (_, first) = votes.into_values().max_by_key(|&(count, first)| (count, Reverse(first)))?;
    locals.get(first).map(|local| local.bpm)
}

fn median(locals: &[LocalTempo]) -> Option<f32> {
    let mut sorted: Vec<f32> = locals.iter().map(|l| l.bpm).collect();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[middle - 1] + upper) / 2.0 })
}

/// Returns half and double the tempo, if there are classes for them, the more probable one first.
///
/// `patches` has the probabilities of each patch. The most probable class within 1 BPM of half or double represents it,
/// because neither is usually the exact tempo of a class.
#[must_use]
pub fn alternatives(patches: &[Vec<f32>], first_bpm: u16, bpm: f32) -> Vec<Alternative> {
    let Some(classes) = patches.iter().map(Vec::len).min().filter(|&classes| classes > 0) else {
        return Vec::new();
    };
    let mean = |class: usize| patches.iter().map(|patch| patch[class]).sum::<f32>() / patches.len() as f32;
    let tempo = |class: usize| f32::from(first_bpm) + class as f32;
    let mut found: Vec<Alternative> = [bpm / 2.0, bpm * 2.0]
        .into_iter()
        .filter_map(|target| {
            (0..classes)
                .filter(|&class| (tempo(class) - target).abs() <= 1.0)
                .map(|class| Alternative { bpm: tempo(class), confidence: mean(class) })
                .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
        })
        .collect();
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locals(pairs: &[(f32, f32)]) -> Vec<LocalTempo> {
        pairs.iter().map(|&(bpm, confidence)| LocalTempo { bpm, confidence }).collect()
    }

    #[test]
    fn patch_tempo_is_the_first_of_the_most_probable_classes() {
        let mut classes = vec![0.001; 256];
        classes[98] = 0.6;
        assert_eq!(decode(&classes, 30), LocalTempo { bpm: 128.0, confidence: 0.6 });
        classes[200] = 0.6;
        assert_eq!(decode(&classes, 30).bpm, 128.0, "the first of equals");
        classes[255] = 0.7;
        assert_eq!(decode(&classes, 30).bpm, 285.0);
        assert_eq!(decode(&[], 30), LocalTempo { bpm: 30.0, confidence: 0.0 });
    }

    #[test]
    fn piece_tempo_follows_the_aggregation() {
        let cases = [
            (Aggregation::Majority, vec![(120.0, 0.5), (60.0, 0.9), (120.0, 0.7)], 120.0, 0.4),
            (Aggregation::Majority, vec![(230.0, 0.5), (70.0, 0.9)], 230.0, 0.25),
            (Aggregation::Mean, vec![(120.0, 0.5), (61.0, 0.7)], 90.5, 0.6),
            (Aggregation::Median, vec![(120.0, 0.5), (60.0, 0.5), (90.0, 0.5)], 90.0, 0.5),
            (Aggregation::Median, vec![(120.0, 0.5), (60.0, 0.5)], 90.0, 0.5),
        ];
        for (aggregation, pairs, bpm, confidence) in cases {
            let got = global(&locals(&pairs), aggregation).unwrap();
            assert_eq!(got.bpm, bpm, "{aggregation:?} of {pairs:?}");
            assert!((got.confidence - confidence).abs() <= 1e-6, "{aggregation:?} of {pairs:?}: {got:?}");
        }
        for aggregation in [Aggregation::Majority, Aggregation::Mean, Aggregation::Median] {
            assert_eq!(global(&[], aggregation), None);
        }
    }

    #[test]
    fn majority_of_many_distinct_tempi_is_linear() {
        // A comparison of each with each would take minutes.
        let pairs: Vec<_> = (0..400_000).map(|i| (i as f32, 0.5)).chain([(7.0, 0.5)]).collect();
        assert_eq!(global(&locals(&pairs), Aggregation::Majority).unwrap().bpm, 7.0);
    }

    #[test]
    fn alternatives_are_half_and_double_within_the_classes() {
        let mut patch = vec![0.0; 256];
        (patch[30], patch[31], patch[32]) = (0.1, 0.3, 0.05);
        patch[212] = 0.2;
        let found = alternatives(&[patch.clone(), patch.clone()], 30, 121.0);
        // Half of 121 is 60.5: 60 and 61 are within 1 BPM.
        assert_eq!(found.iter().map(|a| a.bpm).collect::<Vec<_>>(), [61.0, 242.0]);
        assert!((found[0].confidence - 0.3).abs() <= 1e-6 && (found[1].confidence - 0.2).abs() <= 1e-6, "{found:?}");
        // Double of 200 is above the last class, half of 40 below the first.
        assert_eq!(alternatives(&[patch.clone()], 30, 200.0).len(), 1);
        assert_eq!(alternatives(&[patch], 30, 40.0).len(), 1);
        assert!(alternatives(&[], 30, 120.0).is_empty());
    }
}
