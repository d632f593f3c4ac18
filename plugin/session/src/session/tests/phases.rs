//! Phases of instances: they begin together, and predict one after the other.

use super::*;

/// Returns the ends of the predictions of each session in seconds, for the same samples.
fn ends_s(sessions: &mut [(Arc<Instance>, Session)], samples: &[f32]) -> Vec<Vec<f64>> {
    for block in samples.chunks(480) {
        for (_, session) in &mut *sessions {
            session.process(&[block, block], &stopped());
        }
        for (_, session) in &mut *sessions {
            assert!(session.wait_idle(LONG));
        }
    }
    sessions
        .iter()
        .map(|(instance, _)| timeline(instance).iter().map(|prediction| prediction.end_s).collect())
        .collect()
}

fn sessions(count: usize, pool: &Arc<WorkerPool>, mode: Mode) -> Vec<(Arc<Instance>, Session)> {
    (0..count)
        .map(|_| {
            let instance = instance(&settings(false));
            let session = session(&instance, pool, mode);
            (instance, session)
        })
        .collect()
}

#[test]
fn live_instances_predict_frames_apart_after_their_first_prediction() {
    let pool = Arc::new(WorkerPool::new(1));
    let mut sessions = sessions(3, &pool, Mode::Realtime);
    let ends_s = ends_s(&mut sessions, &music(4.0));
    let frame_s = 256.0 / 16_000.0;
    for (place, ends_s) in ends_s.iter().enumerate() {
        assert!(ends_s.len() > 8, "{ends_s:?}");
        // At 10 Hz the hop is 6 frames.
        let hops: Vec<f64> = ends_s.windows(2).map(|pair| ((pair[1] - pair[0]) / frame_s).round()).collect();
        let first = if place == 0 { 6.0 } else { place as f64 };
        assert!(hops[0] == first && hops[1..].iter().all(|&hop| hop == 6.0), "instance {place}: {hops:?}");
    }
    assert!(ends_s.iter().all(|of_one| of_one[0] == ends_s[0][0]), "the first prediction is not delayed");
}

#[test]
fn renders_have_the_phase_of_a_file_and_free_places_are_taken_again() {
    let pool = Arc::new(WorkerPool::new(1));
    let mut three = sessions(3, &pool, Mode::Offline);
    assert_eq!(three.iter().map(|(_, session)| session.stream.place()).collect::<Vec<_>>(), [0, 1, 2]);
    drop(three.remove(1));
    let mut renders = sessions(2, &pool, Mode::Offline);
    assert_eq!(renders.iter().map(|(_, session)| session.stream.place()).collect::<Vec<_>>(), [1, 3]);
    let samples = music(6.0);
    let expected: Vec<f64> =
        reference("msd-vgg", None, false, &samples).iter().map(|prediction| prediction.end_s).collect();
    assert!(expected.len() >= 3);
    assert_eq!(ends_s(&mut renders, &samples), [expected.clone(), expected]);
}
