//! Tests of the tap and its reader: order, counters, and two threads.

use std::thread;

use super::*;

fn rate() -> SampleRate {
    SampleRate::new(48_000.0).unwrap()
}

/// Owned copy of a tap event, with consecutive samples joined.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    Samples(Vec<f32>),
    Mark(u64, MarkKind),
}

fn drain(reader: &mut TapReader, max_samples: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(event) = reader.poll(max_samples) {
        match (event, events.last_mut()) {
            (TapEvent::Samples(more), Some(Event::Samples(samples))) => samples.extend(more),
            (TapEvent::Samples(samples), _) => events.push(Event::Samples(samples.to_vec())),
            (TapEvent::Mark(mark), _) => events.push(Event::Mark(mark.at, mark.kind)),
        }
    }
    events
}

#[test]
fn samples_and_marks_are_read_in_the_order_of_pushing() {
    for max_samples in [1, 2, 3, 1000] {
        let (mut tap, mut reader) = tap(rate(), 64, 16);
        tap.reset();
        tap.push_mono(&[1.0, 2.0]);
        tap.push_planar(&[&[1.0, 3.0, 9.0], &[3.0, 5.0]]);
        tap.seek(10.0);
        tap.seek(20.0);
        tap.push_interleaved(&[6.0, 8.0, 0.5], 2);
        tap.end();
        let expected = [
            Event::Mark(0, MarkKind::Reset),
            Event::Samples(vec![1.0, 2.0, 2.0, 4.0]),
            Event::Mark(4, MarkKind::Seek { to_s: 10.0 }),
            Event::Mark(4, MarkKind::Seek { to_s: 20.0 }),
            Event::Samples(vec![7.0]),
            Event::Mark(5, MarkKind::End),
        ];
        assert_eq!(drain(&mut reader, max_samples), expected, "{max_samples} at a time");
        assert_eq!(reader.position(), tap.position());
        assert!((tap.stats().source_s() - (20.0 + 1.0 / 48_000.0)).abs() < 1e-12);
    }
}

#[test]
fn full_ring_drops_whole_blocks_until_half_is_free_and_marks_one_gap() {
    let (mut tap, mut reader) = tap(rate(), 8, 16);
    tap.push_mono(&[1.0; 4]);
    tap.push_mono(&[2.0; 3]);
    tap.push_mono(&[3.0; 2]);
    assert_eq!(tap.counters().dropped, 2, "one free slot is too little for two samples");
    tap.push_mono(&[4.0]);
    assert_eq!(tap.counters().dropped, 3, "one slot is free, but the gap has not ended");
    assert!(matches!(reader.poll(3), Some(TapEvent::Samples([1.0, 1.0, 1.0]))));
    tap.push_mono(&[5.0]);
    assert_eq!(tap.counters().gaps, 1, "half is free: the gap ends");
    let expected = [
        Event::Samples(vec![1.0, 2.0, 2.0, 2.0]),
        Event::Mark(7, MarkKind::Gap { lost: 3 }),
        Event::Samples(vec![5.0]),
    ];
    assert_eq!(drain(&mut reader, 100), expected);
    assert_eq!(tap.counters(), TapCounters { pushed: 11, dropped: 3, gaps: 1, sanitized: 0 });
}

#[test]
fn block_longer_than_the_ring_is_pushed_in_parts() {
    let (mut tap, mut reader) = tap(rate(), 10, 16);
    let block: Vec<f32> = (0..23).map(|i| i as f32).collect();
    tap.push_mono(&block);
    assert_eq!(drain(&mut reader, 100), [Event::Samples(block[..10].to_vec())]);
    tap.push_mono(&block[..5]);
    assert_eq!(
        drain(&mut reader, 100),
        [Event::Mark(10, MarkKind::Gap { lost: 13 }), Event::Samples(block[..5].to_vec())]
    );
}

#[test]
fn marks_without_room_stay_pending_and_no_sample_passes_them() {
    let (mut tap, mut reader) = tap(rate(), 64, 0);
    for i in 0..6 {
        tap.push_mono(&[i as f32]);
        tap.seek(f64::from(i));
    }
    // The smallest ring holds six marks; this one stays pending.
    tap.end();
    assert!(!tap.flush_marks());
    tap.push_mono(&[99.0]);
    assert_eq!(tap.counters().dropped, 1);
    let read = drain(&mut reader, 100);
    assert_eq!(read.len(), 12, "{read:?}");
    assert!(tap.flush_marks());
    let late = [Event::Mark(6, MarkKind::End), Event::Mark(6, MarkKind::Gap { lost: 1 })];
    assert_eq!(drain(&mut reader, 100), late);
}

#[test]
fn non_finite_samples_are_zeroed_and_counted() {
    let (mut tap, mut reader) = tap(rate(), 64, 16);
    tap.push_planar(&[&[f32::NAN, 1.0], &[1.0, f32::INFINITY]]);
    assert_eq!(drain(&mut reader, 64), [Event::Samples(vec![0.5, 0.5])]);
    assert_eq!(tap.counters().sanitized, 2);
    tap.seek(f64::NAN);
    assert_eq!(drain(&mut reader, 64), [Event::Mark(2, MarkKind::Seek { to_s: 0.0 })]);
    tap.push_planar(&[]);
    tap.push_interleaved(&[1.0; 4], 0);
    assert_eq!(drain(&mut reader, 64), []);
}

/// R12: samples and gaps reconstruct exactly the pushed stream, for a slow and for a fast reader.
#[test]
fn two_threads_agree_on_every_sample_and_every_gap() {
    for (reader_pause_every, capacity) in [(1, 512), (64, 512), (1024, 4096)] {
        let (mut tap, mut reader) = tap(rate(), capacity, 8);
        let pusher = thread::spawn(move || {
            let mut next = 0_u32;
            for block in [1_u32, 64, 137, 256, 3].into_iter().cycle().take(5_000) {
                let samples: Vec<f32> = (next..next + block).map(|i| i as f32).collect();
                tap.push_mono(&samples);
                next += block;
            }
            tap.end();
            while !tap.flush_marks() {
                thread::yield_now();
            }
            (u64::from(next), tap.counters())
        });
        let (mut next, mut read, mut lost_in_all, mut polls) = (0_u64, 0_u64, 0_u64, 0_u64);
        loop {
            polls += 1;
            if polls.is_multiple_of(reader_pause_every) {
                thread::yield_now();
            }
            match reader.poll(usize::MAX) {
                Some(TapEvent::Samples(samples)) => {
                    for &sample in samples {
                        assert_eq!(sample, next as f32, "after {read} samples and {lost_in_all} lost ones");
                        next += 1;
                    }
                    read += samples.len() as u64;
                }
                Some(TapEvent::Mark(Mark { at, kind: MarkKind::Gap { lost } })) => {
                    assert_eq!(at, read);
                    lost_in_all += lost;
                    next += lost;
                }
                Some(TapEvent::Mark(Mark { kind, .. })) => {
                    assert_eq!(kind, MarkKind::End);
                    break;
                }
                None => thread::yield_now(),
            }
        }
        let (pushed, counters) = pusher.join().unwrap();
        assert_eq!(next, pushed);
        assert_eq!((counters.pushed, counters.dropped), (pushed, lost_in_all));
        assert_eq!(counters.dropped, pushed - read);
    }
}
