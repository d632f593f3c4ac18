//! From tempo classes to beats per minute: of a patch, of a piece, and what else it could be.

/// The tempo of one patch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalTempo {
    /// Beats per minute.
    pub bpm: f32,
    /// Probability of its class, 0 to 1.
    pub confidence: f32,
}

/// The tempo of a piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlobalTempo {
    /// Beats per minute.
    pub bpm: f32,
    /// 0 to 1. Of a majority: the confidence of the patches that agree, spread over all patches.
    /// Of mean and median: the mean confidence of all.
    pub confidence: f32,
}

/// Another tempo that the music could be counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternative {
    /// Beats per minute.
    pub bpm: f32,
    /// Mean probability of its class over all patches, 0 to 1.
    pub confidence: f32,
}

/// How the tempi of patches become the tempo of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aggregation {
    /// The most frequent; of equally frequent ones the first to appear.
    #[default]
    Majority,
    /// Their mean.
    Mean,
    /// Their median; of an even number the mean of the two in the middle.
    Median,
}

/// The most probable class as a tempo; of equal ones the lowest. `probabilities` are those of a model's classes, of
/// which the first is `first_bpm`. Without any class it is `first_bpm` with confidence 0.
#[must_use]
pub fn decode(probabilities: &[f32], first_bpm: u16) -> LocalTempo {
    let (class, confidence) = probabilities
        .iter()
        .enumerate()
        .fold((0, 0.0), |best, (class, &probability)| if probability > best.1 { (class, probability) } else { best });
    LocalTempo { bpm: f32::from(first_bpm) + class as f32, confidence }
}

/// The tempo of a piece from those of its patches; none from none.
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

fn majority(locals: &[LocalTempo]) -> Option<f32> {
    let count = |bpm: f32| locals.iter().filter(|l| l.bpm == bpm).count();
    // Folded by hand, because `max_by_key` gives the last of equals.
    let best = locals.iter().fold((0.0, 0), |best, local| {
        let votes = count(local.bpm);
        if votes > best.1 { (local.bpm, votes) } else { best }
    });
    (best.1 > 0).then_some(best.0)
}

fn median(locals: &[LocalTempo]) -> Option<f32> {
    let mut sorted: Vec<f32> = locals.iter().map(|l| l.bpm).collect();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { (sorted[middle - 1] + upper) / 2.0 })
}

/// Half and double the tempo, as far as there are classes for them, the likelier one first.
///
/// `patches` holds each patch's probabilities. Half or double of a tempo seldom falls on a class exactly, and music
/// seldom on exactly half: so the likeliest class within one BPM stands for each.
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
    fn a_patch_has_the_tempo_of_its_first_largest_class() {
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
    fn a_piece_has_the_tempo_that_the_aggregation_says() {
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
    fn alternatives_are_half_and_double_where_there_are_classes() {
        let mut patch = vec![0.0; 256];
        (patch[30], patch[31], patch[32]) = (0.1, 0.3, 0.05);
        patch[212] = 0.2;
        let found = alternatives(&[patch.clone(), patch.clone()], 30, 121.0);
        // Half of 121 is 60.5: 60 and 61 are within one.
        assert_eq!(found.iter().map(|a| a.bpm).collect::<Vec<_>>(), [61.0, 242.0]);
        assert!((found[0].confidence - 0.3).abs() <= 1e-6 && (found[1].confidence - 0.2).abs() <= 1e-6, "{found:?}");
        // 200 doubles beyond the last class, 40 halves below the first.
        assert_eq!(alternatives(&[patch.clone()], 30, 200.0).len(), 1);
        assert_eq!(alternatives(&[patch], 30, 40.0).len(), 1);
        assert!(alternatives(&[], 30, 120.0).is_empty());
    }
}
