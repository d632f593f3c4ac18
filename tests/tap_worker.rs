//! Tap, ring, worker, latest-value channel and timeline with a real analyzer: the predictions come out complete and in
//! order.

use std::time::Duration;

use earmark_dsp::{AnalysisStream, SampleRate, SharedTimeline, StreamState, Worker, WorkerConfig, latest_channel, tap};
use earmark_models::{Analyzer, Prediction, PredictionValue, Registry};
use earmark_tests::listen::Setup;
use earmark_tests::signal::tune;

const RATE_HZ: f64 = 48_000.0;
const TIMEOUT: Duration = Duration::from_secs(120);

fn stream(
    setup: &Setup,
    capacity: usize,
) -> (
    earmark_dsp::Tap,
    AnalysisStream<Analyzer>,
    SharedTimeline<Prediction>,
    earmark_dsp::LatestReader<Option<Prediction>>,
) {
    let (tap, reader) = tap(SampleRate::new(setup.rate_hz).unwrap(), capacity, 16);
    let timeline = SharedTimeline::new(10_000);
    let (mut writer, mut readers) = latest_channel(1, None);
    let entries = timeline.clone();
    let sink = Box::new(move |prediction: Prediction| {
        writer.publish(&Some(prediction.clone()));
        entries.push(prediction);
    });
    (tap, AnalysisStream { reader, analyzer: setup.analyzer().unwrap(), sink }, timeline, readers.remove(0))
}

#[test]
fn two_streams_on_one_worker_match_separate_streams() {
    let worker = Worker::spawn(WorkerConfig::default()).unwrap();
    let setup = Setup::plain(RATE_HZ, Registry::global().load("msd-vgg").unwrap());
    let pieces = [tune(RATE_HZ, 9.0), tune(RATE_HZ, 11.0)[(2.0 * RATE_HZ) as usize..].to_vec()];
    let mut streams: Vec<_> = pieces
        .iter()
        .map(|piece| {
            let (tap, stream, timeline, latest) = stream(&setup, 1 << 16);
            let handle = worker.attach(stream);
            handle.set_active(true);
            (tap, handle, timeline, latest, piece)
        })
        .collect();
    // The streams alternate block by block and wait as in an offline render: nothing is dropped.
    for start in (0..pieces[0].len()).step_by(1024) {
        for (tap, handle, _, _, piece) in &mut streams {
            tap.push_mono(&piece[start..piece.len().min(start + 1024)]);
            if start % 16_384 == 0 {
                assert!(handle.wait_for_position(tap.position(), TIMEOUT));
            }
        }
    }
    for (mut tap, handle, timeline, mut latest, piece) in streams {
        tap.end();
        assert!(handle.wait_for_position(tap.position(), TIMEOUT));
        assert_eq!(handle.report().state, StreamState::Ended);
        assert_eq!(tap.counters().dropped, 0);
        let heard: Vec<Prediction> = timeline.read(|entries| entries.since(0).map(|(_, p)| p.clone()).collect());
        assert_eq!(heard, setup.predict([&piece[..]]).unwrap());
        assert_eq!(latest.latest().as_ref(), heard.last(), "the channel holds the newest value");
    }
}

#[test]
fn no_prediction_spans_a_gap_seek_or_reset() {
    let setup = Setup::plain(RATE_HZ, Registry::global().load("msd-vgg").unwrap());
    let piece = tune(RATE_HZ, 4.0);
    let alone = setup.predict([&piece[..]]).unwrap();
    assert_eq!(alone.len(), 1);
    let worker = Worker::spawn(WorkerConfig::default()).unwrap();
    let (mut tap, stream, timeline, _) = stream(&setup, (10.0 * RATE_HZ) as usize);
    let handle = worker.attach(stream);

    // The stream is inactive, so nothing is read before the ring is full: two seconds are dropped.
    let first = tune(RATE_HZ, 9.0);
    tap.push_mono(&first);
    tap.push_mono(&piece[..(2.0 * RATE_HZ) as usize]);
    assert_eq!(tap.counters().dropped, (2.0 * RATE_HZ) as u64);
    handle.set_active(true);
    assert!(handle.wait_for_position(tap.position(), TIMEOUT));
    tap.push_mono(&piece);
    tap.seek(100.0);
    tap.push_mono(&piece);
    assert!(handle.wait_for_position(tap.position(), TIMEOUT));
    tap.reset();
    tap.push_mono(&piece);
    assert!(handle.wait_for_position(tap.position(), TIMEOUT));

    let heard: Vec<Prediction> = timeline.read(|entries| entries.since(0).map(|(_, p)| p.clone()).collect());
    let (before, after): (Vec<_>, Vec<_>) = heard.into_iter().partition(|p| p.generation == 0 && p.end_s <= 9.0);
    assert_eq!(before, setup.predict([&first[..]]).unwrap()[..before.len()]);
    // After the gap, the seek and the reset the predictions equal those of the piece alone, with an offset.
    let expected = [(0, 11.0), (1, 100.0), (2, 0.0)];
    assert_eq!(after.len(), expected.len(), "{after:?}");
    for (got, (generation, at_s)) in after.iter().zip(expected) {
        assert_eq!(got.generation, generation);
        assert!((got.start_s - at_s).abs() < 1e-9, "expected {at_s}, got {}", got.start_s);
        assert!((got.end_s - alone[0].end_s - at_s).abs() < 1e-9);
        let (PredictionValue::Tags { values: got, .. }, PredictionValue::Tags { values: alone, .. }) =
            (&got.outcome, &alone[0].outcome)
        else {
            panic!("expected tags")
        };
        assert_eq!(got, alone);
    }
}
