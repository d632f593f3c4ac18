//! Tests of the history, its columns and the average.

use super::*;

fn labels(tags: usize) -> Arc<[Arc<str>]> {
    (0..tags).map(|tag| Arc::from(format!("tag {tag}"))).collect()
}

fn history(limit: usize, tags: usize) -> History {
    let mut history = History::new(limit);
    history.set_labels(&labels(tags));
    history
}

#[test]
fn long_log_stays_within_limit_and_keeps_newest_rows() {
    let mut history = history(1_000, 2);
    for row in 0..20_000 {
        history.push_tags(0, f64::from(row) / 10.0, &[row as f32 / 20_000.0, 0.5]);
        history.push_tempo(0, f64::from(row) / 10.0, 120.0, 0.5);
    }
    assert_eq!((history.len(), history.values.len(), history.tempi.len()), (1_000, 2_000, 1_000));
    assert!((history.row_value(999, 0) - 19_999.0 / 20_000.0).abs() < 1e-4);
    assert_eq!(history.song_average().rows(), 20_000);
    // Jumps of a looping transport add segments, which are bounded too.
    for generation in 1..10_000 {
        history.push_tags(generation, 4.0, &[0.1, 0.2]);
    }
    assert!(history.segments.len() <= History::MAX_SEGMENTS, "{} segments", history.segments.len());
}

#[test]
fn average_ignores_silence_and_restarts_with_a_song() {
    let mut history = history(100, 2);
    assert_eq!(history.song_average().mean(0), None);
    history.push_tags(0, 1.0, &[0.2, 1.0]);
    history.push_silence(0, 2.0);
    history.push_tags(0, 3.0, &[0.6, f32::NAN]);
    let song = history.song_average();
    assert!((song.mean(0).unwrap() - 0.4).abs() < 1e-6 && (song.mean(1).unwrap() - 0.5).abs() < 1e-6);
    assert_eq!((song.mean(2), song.rows(), song.silent_rows()), (None, 2, 1));
    // The average includes rows that the log has dropped.
    for row in 0..1_000 {
        history.push_tags(0, 4.0 + f64::from(row), &[0.4, 0.5]);
    }
    assert!((history.song_average().mean(0).unwrap() - 0.4).abs() < 1e-6);
    history.clear_average();
    assert_eq!((history.song_average().mean(0), history.song_average().duration_s()), (None, 0.0));
    assert_eq!(history.len(), 100);
    history.push_tags(0, 2_000.0, &[0.9, 0.1]);
    assert!((history.song_average().mean(0).unwrap() - 0.9).abs() < 1e-6);
}

#[test]
fn average_tempo_is_most_frequent_tempo() {
    let mut history = history(100, 0);
    assert_eq!(history.song_average().bpm(), None);
    for (bpm, confidence) in [(120.0, 0.5), (60.0, 0.6), (120.2, 0.4), (9_999.0, 1.0), (f32::NAN, 1.0)] {
        history.push_tempo(0, 1.0, bpm, confidence);
    }
    assert_eq!(history.song_average().bpm(), Some(120.0));
}

#[test]
fn columns_separate_tags_silence_and_gaps_and_average_their_rows() {
    let mut history = history(100, 1);
    // Ten a second for 2 s: 0.2 and then 0.8; silence for 1 s; nothing for 5 s; 0.5 twice a second for 2 s.
    for row in 1..=20 {
        history.push_tags(0, f64::from(row) / 10.0, &[if row <= 10 { 0.2 } else { 0.8 }]);
    }
    for row in 21..=30 {
        history.push_silence(0, f64::from(row) / 10.0);
    }
    for row in 16..=20 {
        history.push_tags(0, f64::from(row) / 2.0, &[0.5]);
    }
    let columns = history.columns(10.0, 10.0, 10);
    assert_eq!(columns.cells().len(), 11);
    let seen: Vec<Option<f32>> = (0..10).map(|c| columns.value(c, 0).map(|v| (v * 100.0).round() / 100.0)).collect();
    let expected = [Some(0.2), Some(0.8), None, None, None, None, None, Some(0.5), Some(0.5), Some(0.5)];
    assert_eq!(seen, expected);
    assert_eq!((&columns.cells()[2], &columns.cells()[3]), (&Cell::Silence, &Cell::Gap));
    assert_eq!((columns.begins_s(3), columns.column_s()), (3.0, 1.0));
    assert_eq!(columns.value(0, 7), None);
    // Columns shorter than the distance of the rows: a row covers the time since the row before.
    let fine = history.columns(10.0, 1.5, 15);
    assert!((0..15).all(|column| fine.value(column, 0).is_some()), "{:?}", fine.cells());
}

#[test]
fn column_content_is_constant_while_display_time_advances() {
    let mut history = history(10_000, 1);
    let mut seen = std::collections::HashMap::new();
    for row in 1..=300 {
        history.push_tags(0, f64::from(row) / 10.0, &[(row % 17) as f32 / 17.0]);
        let columns = history.columns(history.display_end_s(), 5.0, 25);
        // The newest column is not complete.
        for column in 1..25 {
            if let Some(value) =
                columns.value(column, 0).filter(|_| columns.begins_s(column + 1) < history.display_end_s())
            {
                let at = (columns.begins_s(column) * 1e6).round() as i64;
                assert_eq!(*seen.entry(at).or_insert(value), value, "column at {at} us, row {row}");
            }
        }
    }
    assert!(seen.len() > 100);
}

#[test]
fn jump_begins_a_segment_and_display_time_goes_on() {
    let mut history = history(100, 1);
    for (generation, end_s) in [(0, 10.0), (0, 10.1), (1, 4.0), (1, 4.1), (0, 10.2), (1, 2.0), (2, f64::NAN), (2, 90.0)]
    {
        history.push_tags(generation, end_s, &[0.5]);
    }
    let display: Vec<f64> = history.rows.iter().map(|row| row.display_s).collect();
    assert!(display.is_sorted() && history.display_end_s() < 11.5, "{display:?}");
    // The late prediction (10.2 of generation 0) and the NaN are dropped; going back within a generation is a jump.
    let source: Vec<f64> = display.iter().map(|&display_s| history.source_s(display_s).unwrap()).collect();
    for (source_s, expected_s) in source.iter().zip([10.0, 10.1, 4.0, 4.1, 2.0, 90.0]) {
        assert!((source_s - expected_s).abs() < 1e-9, "{source:?}");
    }
    assert_eq!((source.len(), history.segments().count()), (6, 4));
    assert_eq!(history.source_s(0.0), None);
}

#[test]
fn other_labels_remove_rows_and_keep_tempi() {
    let mut history = history(100, 2);
    history.push_tags(0, 1.0, &[0.5, 0.5]);
    history.push_tempo(0, 1.0, 99.0, 0.5);
    history.set_labels(&labels(2));
    assert_eq!(history.len(), 1);
    history.set_labels(&labels(3));
    assert_eq!((history.len(), history.song_average().mean(0), history.song_average().bpm()), (0, None, Some(99.0)));
    history.push_tags(0, 1.1, &[0.1]);
    assert_eq!(history.columns(1.1, 1.0, 1).value(1, 2), Some(0.0));
    assert_eq!(history.tempi(0.0, 5.0).count(), 1);
    history.clear();
    assert!(history.is_empty());
}
