//! What the callback does, without a sound card.

use super::*;

fn mixed<T: Copy>(all: usize, heard: &[usize], gain: f32, samples: &[T]) -> Vec<f32>
where
    f32: FromSample<T>,
{
    let mut mixed = Vec::new();
    Mixer::new(all, heard).mix(samples, gain, |piece| mixed.extend_from_slice(piece));
    mixed
}

#[test]
fn every_format_has_the_same_half() {
    fn half<T: Copy>(value: T) -> f32
    where
        f32: FromSample<T>,
    {
        mixed(1, &[0], 1.0, &[value])[0]
    }
    let halves = [
        half(64_i8),
        half(16_384_i16),
        half(I24::new(4_194_304).unwrap()),
        half(1_i32 << 30),
        half(1_i64 << 62),
        half(192_u8),
        half(49_152_u16),
        half(U24::new(12_582_912).unwrap()),
        half(3_u32 << 30),
        half(3_u64 << 62),
        half(0.5_f32),
        half(0.5_f64),
    ];
    assert_eq!(halves, [0.5; 12]);
}

#[test]
fn chosen_channels_are_given_and_others_are_not_heard() {
    let frames = [0.1_f32, 0.2, 0.9, 0.3, 0.4, 0.9];
    assert_eq!(mixed(3, &[0], 1.0, &frames), [0.1, 0.3]);
    assert_eq!(mixed(3, &[1, 0], 1.0, &frames), [0.2, 0.1, 0.4, 0.3]);
    assert_eq!(mixed(3, &[2], 10.0, &frames[..4]), [9.0], "half a frame is left out");
}

#[test]
fn long_blocks_come_in_pieces_and_whole() {
    let block: Vec<f32> = (0..30_000).map(|i| i as f32).collect();
    let (mut mixer, mut pieces, mut all) = (Mixer::new(3, &[0, 2]), 0, Vec::new());
    mixer.mix(&block, 1.0, |piece| {
        assert!(piece.len() <= MOST_BLOCK && piece.len() % 2 == 0);
        pieces += 1;
        all.extend_from_slice(piece);
    });
    let expected: Vec<f32> = block.chunks(3).flat_map(|frame| [frame[0], frame[2]]).collect();
    assert_eq!((pieces, all), (5, expected));
}

#[test]
fn gain_is_in_decibels_and_not_a_number_is_none() {
    let shared = Shared::new(20.0);
    assert!((shared.gain() - 10.0).abs() < 1e-5);
    for (db, gain) in [(0.0, 1.0), (f32::NAN, 1.0), (-1000.0, 10.0_f32.powf(-1.2)), (1000.0, 100.0)] {
        shared.set_gain_db(db);
        assert!((shared.gain() / gain - 1.0).abs() < 1e-5, "{db} dB: {}", shared.gain());
    }
}

#[test]
fn a_second_stream_goes_on_at_the_time_that_has_passed() {
    let shared = Shared::new(0.0);
    assert_eq!(shared.begin_s(0.01), None, "the first begins where it is");
    shared.came(480, 0.01);
    std::thread::sleep(std::time::Duration::from_millis(30));
    let begin_s = shared.begin_s(0.01).unwrap();
    assert!((0.03..1.0).contains(&begin_s), "{begin_s} s, expected what was heard and the pause, less a block");
    assert_eq!((shared.frames(), shared.source_s()), (480, 0.01));
}

#[test]
fn a_storm_of_errors_is_counted_and_only_the_first_fatal_one_kept() {
    let (shared, faults) = (Shared::new(0.0), Faults::default());
    let take = |kind: ErrorKind| faults.take(&shared, &kind.into());
    take(ErrorKind::Xrun);
    take(ErrorKind::RealtimeDenied);
    assert_eq!(faults.fatal(), None);
    for _ in 0..100_000 {
        take(ErrorKind::BackendError);
    }
    take(ErrorKind::DeviceNotAvailable);
    assert_eq!(faults.fatal(), Some(ErrorKind::BackendError));
    assert_eq!((shared.errors(), shared.overruns()), (100_003, 1));
    let faults = Faults::default();
    faults.take(&shared, &cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "JACK server shut down"));
    assert_eq!(faults.fatal(), Some(ErrorKind::HostUnavailable));
}
