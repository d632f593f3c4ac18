//! The sound around events, as WAV files in a folder, of which the oldest give way.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use earmark_live::report::utc_timestamp;

use crate::input::tape::{Clip, Tape};

/// What every clip's name begins with: nothing else in the folder is touched.
const PREFIX: &str = "earmark-clip-";
/// How long after the beginning of its sound an event may be known, in seconds: a model's context and some delay.
const LATE_S: f64 = 10.0;

/// Which sound is kept, and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClipSpec {
    /// Where.
    pub(crate) folder: PathBuf,
    /// Of which tags; empty for all.
    pub(crate) tags: Vec<String>,
    /// How much of what was before the event, in seconds ...
    pub(crate) before_s: f64,
    /// ... and how much in all.
    pub(crate) length_s: f64,
    /// The most that all clips take, in bytes.
    pub(crate) most_bytes: u64,
    /// How long a clip is kept, in days; none for as long as there is room.
    pub(crate) most_days: Option<f64>,
}

/// Keeps clips. Whoever no longer wishes any lets the tape forget, too.
pub(crate) struct Clips {
    spec: ClipSpec,
    tape: Tape,
    /// Of each tag, generation and stretch of the last clip, in source time.
    last: HashMap<String, (u64, f64, f64)>,
    /// Names given in the present second: their files come only when all of the sound was heard.
    given: (String, Vec<PathBuf>),
}

impl Clips {
    /// Clips of what `tape` hears.
    ///
    /// # Errors
    /// When there is no such folder and none can be made.
    pub(crate) fn new(spec: ClipSpec, tape: &Tape) -> io::Result<Self> {
        fs::create_dir_all(&spec.folder)?;
        prune(&spec, SystemTime::now());
        tape.set_keep_s(spec.length_s.max(spec.before_s + LATE_S) + LATE_S);
        Ok(Self { spec, tape: tape.clone(), last: HashMap::new(), given: Default::default() })
    }

    /// Keeps the sound around an event that began; where, unless it is not wished or part of the clip before.
    pub(crate) fn keep(&mut self, generation: u64, tag: &str, start_s: f64) -> Option<PathBuf> {
        let ClipSpec { folder, tags, before_s, length_s, .. } = &self.spec;
        let wished = tags.is_empty() || tags.iter().any(|wished| wished == tag);
        let is_in_last = self.last.get(tag).is_some_and(|&(of, from_s, until_s)| {
            // After a jump the same time is another music.
            of == generation && (from_s..until_s).contains(&start_s)
        });
        if !wished || is_in_last || self.tape.is_private() {
            return None;
        }
        let from_s = (start_s - before_s).max(0.0);
        let until_s = from_s + length_s;
        self.last.insert(tag.to_owned(), (generation, from_s, until_s));
        let path = free(folder, tag, &mut self.given);
        self.tape.clip(Clip { path: path.clone(), from_s, until_s });
        prune(&self.spec, SystemTime::now());
        Some(path)
    }

    /// The music is over: what comes next is another, whatever its times.
    pub(crate) fn finish(&mut self) {
        self.last.clear();
        prune(&self.spec, SystemTime::now());
    }
}

/// A name that is not taken: when, and what was heard.
fn free(folder: &Path, tag: &str, (second, given): &mut (String, Vec<PathBuf>)) -> PathBuf {
    let now = utc_timestamp(SystemTime::now());
    if *second != now {
        given.clear();
        second.clone_from(&now);
    }
    let tag: String = tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let stem = format!("{PREFIX}{now}-{tag}");
    let names = (1_u32..).map(|n| if n == 1 { format!("{stem}.wav") } else { format!("{stem}-{n}.wav") });
    let path = names.map(|name| folder.join(name)).find(|path| !given.contains(path) && !path.exists());
    let path = path.unwrap_or_default();
    given.push(path.clone());
    path
}

/// Removes the clips that are too old, and the oldest while there are too many. What cannot be looked at or removed is
/// left for the next time.
fn prune(spec: &ClipSpec, now: SystemTime) {
    let entries = fs::read_dir(&spec.folder).into_iter().flatten().flatten();
    let mut clips: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    // The youngest first: they stay as long as there is room.
    clips.sort_by(|a, b| b.cmp(a));
    let oldest = spec.most_days.and_then(|days| now.checked_sub(Duration::try_from_secs_f64(days * 86_400.0).ok()?));
    let mut bytes = 0;
    for (modified, length, path) in clips {
        bytes += length;
        if bytes > spec.most_bytes || oldest.is_some_and(|oldest| modified < oldest) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use earmark_dsp::SampleRate;

    use super::*;

    fn spec(folder: &Path) -> ClipSpec {
        ClipSpec {
            folder: folder.to_owned(),
            tags: vec!["rock".into()],
            before_s: 0.5,
            length_s: 1.0,
            most_bytes: 1000,
            most_days: Some(2.0),
        }
    }

    #[test]
    fn the_sound_around_an_event_is_kept_from_before_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::new(0.0);
        let mut clips = Clips::new(ClipSpec { most_bytes: 1 << 20, ..spec(folder.path()) }, &tape).unwrap();
        let mut tap = tape.begin(SampleRate::HZ_16000).unwrap();
        let music: Vec<f32> = (0..32_000).map(|i| i as f32 * 1e-5).collect();
        tap.push_mono(&music);
        tape.settle();
        assert_eq!(clips.keep(0, "jazz", 1.0), None, "not wished");
        let path = clips.keep(0, "rock", 1.0).unwrap();
        assert_eq!(clips.keep(0, "rock", 1.2), None, "in the clip before");
        assert!(clips.keep(1, "rock", 1.2).is_some(), "behind a jump");
        // One that is cut off by the end.
        let last = clips.keep(0, "rock", 1.75).unwrap();
        tape.end();
        // One that is told of when the stream is over.
        let late = clips.keep(0, "rock", 2.4).unwrap();
        for (path, stretch) in [(path, 8_000..24_000), (last, 20_000..32_000), (late, 30_400..32_000)] {
            let mut wav = hound::WavReader::open(&path).unwrap();
            let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
            assert!(samples == music[stretch], "{}: {} samples", path.display(), samples.len());
        }
        tape.set_private(true);
        assert_eq!(clips.keep(0, "rock", 5.0), None);
    }

    #[test]
    fn clips_give_way_by_age_and_by_size_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let make = |name: &str, hours: u64, bytes: usize| {
            let path = folder.path().join(name);
            fs::write(&path, vec![0; bytes]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(now - Duration::from_secs(hours * 3600)).unwrap();
        };
        make("earmark-clip-a.wav", 1, 400);
        make("earmark-clip-b.wav", 2, 500);
        make("earmark-clip-c.wav", 3, 200);
        make("earmark-clip-d.wav", 50, 1);
        make("mine.wav", 900, 5000);
        prune(&spec(folder.path()), now);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["earmark-clip-a.wav", "earmark-clip-b.wav", "mine.wav"]);
    }
}
