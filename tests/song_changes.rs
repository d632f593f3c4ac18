//! Changes of the piece in a stream: whole tracks after each other.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use earmark_dsp::SampleRate;
use earmark_models::Registry;
use earmark_session::{
    Instance, Mode, Session, SessionConfig, SettingsSource, SharedSettings, SongChange, Transport, WorkerPool,
};
use earmark_tests::signal::random;

use crate::host::clip::Clip;

/// Variable that names the folder of the tracks: what `training/genre_set.py` of the reference data makes.
const TRACKS: &str = "EARMARK_TRACKS";
/// Number of pairs of tracks.
const PAIRS: usize = 20;
/// Shortest track in seconds.
const MIN_TRACK_S: f64 = 90.0;
/// Longest time from the begin of a track to its detection in seconds.
const LATEST_S: f64 = 15.0;
/// Number of samples of a block.
const BLOCK: usize = 4096;

/// Returns the mono mix of a file and its rate in Hz.
fn mono(path: &std::path::Path) -> (Vec<f32>, f64) {
    let clip = Clip::read(path);
    let count = clip.channels.len() as f32;
    let mix = |i: usize| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / count;
    ((0..clip.frames()).map(mix).collect(), clip.rate_hz)
}

/// Returns the changes in a stream, which is analyzed at two predictions per second.
fn changes(samples: &[f32], rate_hz: f64) -> Vec<SongChange> {
    let settings = Arc::new(SharedSettings::new(Registry::global()));
    settings.set_tempo(None);
    settings.set_rate_hz(2.0);
    settings.state().change(|state| state.report.hop = earmark_session::state::ReportHop::Rate);
    let instance = Arc::new(Instance::new(settings));
    let config = SessionConfig { rate: SampleRate::new(rate_hz).unwrap(), channels: 1, max_block: BLOCK };
    let mut session = Session::new(&instance, &WorkerPool::shared(), config).unwrap();
    session.activate(Mode::Offline);
    session.reset();
    for block in samples.chunks(BLOCK) {
        session.process(&[block], &Transport::default());
    }
    session.deactivate();
    instance.songs.read(|songs| songs.since(0).map(|(_, song)| *song).collect())
}

#[test]
#[ignore = "several minutes; EARMARK_TRACKS names the folder that training/genre_set.py of the reference data has made"]
fn changes_of_whole_tracks_are_found_and_few_within_them() {
    let folder = env::var_os(TRACKS).map(PathBuf::from).unwrap_or_else(|| panic!("{TRACKS} names no folder"));
    let mut tracks: Vec<PathBuf> = std::fs::read_dir(folder.join("folders"))
        .unwrap()
        .flat_map(|class| std::fs::read_dir(class.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    tracks.sort();
    let mut state = 1;
    let (mut found, mut within, mut pairs, mut late_s) = (0, 0, 0, Vec::new());
    while pairs < PAIRS {
        // Without putting back, so that every track occurs once.
        let mut next = || loop {
            assert!(!tracks.is_empty(), "expected 40 tracks of at least {MIN_TRACK_S} s below {TRACKS}");
            let path = tracks.swap_remove(random(&mut state) as usize % tracks.len());
            let (samples, rate_hz) = mono(&path);
            if rate_hz == 44_100.0 && samples.len() as f64 >= MIN_TRACK_S * rate_hz {
                return (path, samples, rate_hz);
            }
        };
        let ((first_path, mut stream, rate_hz), (second_path, second, _)) = (next(), next());
        let begin_s = stream.len() as f64 / rate_hz;
        stream.extend(second);
        let changes = changes(&stream, rate_hz);
        let is_right = |change: &&SongChange| (0.0..=LATEST_S).contains(&(change.detected_s - begin_s));
        let right: Vec<_> = changes.iter().filter(is_right).collect();
        found += usize::from(!right.is_empty());
        within += changes.len() - right.len();
        late_s.extend(right.first().map(|change| change.detected_s - begin_s));
        pairs += 1;
        println!(
            "song_changes: {} and {}: begin at {begin_s:.1} s, {changes:.2?}",
            first_path.file_stem().unwrap().display(),
            second_path.file_stem().unwrap().display()
        );
    }
    late_s.sort_by(f64::total_cmp);
    println!(
        "song_changes: {found} of {PAIRS} found within {LATEST_S} s (median {:.1} s), {within} others",
        late_s.get(late_s.len() / 2).copied().unwrap_or_default()
    );
    assert!(found >= 14 && within <= 3, "{found} found, {within} others");
}
