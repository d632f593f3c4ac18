//! Requests of a session to draw its window.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;

#[test]
fn silence_after_silence_requests_no_frame() {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg"));
    let frames = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&frames);
    let repaint = move || {
        counter.fetch_add(1, Relaxed);
    };
    let instance = Arc::new(Instance::with_repaint(Arc::new(settings), repaint));
    let mut session = session(&instance, &Arc::new(WorkerPool::new(1)), Mode::Offline);
    let silence = vec![0.0; 5 * RATE_HZ as usize];
    let mut play = |samples: &[f32]| {
        let (requested, predicted) = (frames.load(Relaxed), timeline(&instance).len());
        play(&mut session, samples, 1024);
        (frames.load(Relaxed) - requested, timeline(&instance).len() - predicted)
    };
    let (requested, predicted) = play(&music(8.0));
    assert!(predicted > 2 && requested >= predicted, "{requested} frames for {predicted} predictions");
    (0..4).for_each(|_| _ = play(&silence));
    let (requested, predicted) = play(&silence);
    assert!(predicted > 2, "{predicted} predictions");
    assert_eq!(requested, 0, "{requested} frames for {predicted} predictions of silence");
    let (requested, _) = play(&music(4.0));
    assert!(requested > 0, "no frame when there is sound again");
}
