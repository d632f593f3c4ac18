//! Clips: WAV files of the audio around events, in a folder of limited size.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use earmark_capture::recorder::{Clip, Recorder};
use earmark_session::report::utc_timestamp;

/// Prefix of the file names of clips. No other file in the folder is deleted.
const PREFIX: &str = "earmark-clip-";
/// Maximum time from the start of an event to its detection, in seconds: the context of a model plus a margin.
const MAX_EVENT_LATENCY_S: f64 = 10.0;

/// Selection, length and limits of clips.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipSpec {
    /// Folder of the clips.
    pub folder: PathBuf,
    /// Tags whose events are recorded; empty for all tags.
    pub tags: Vec<String>,
    /// Pre-roll before the event, in seconds.
    pub before_s: f64,
    /// Length of a clip, in seconds.
    pub length_s: f64,
    /// Maximum size of all clips together, in bytes.
    pub max_bytes: u64,
    /// Age at which a clip is deleted, in days; `None` for no limit.
    pub max_days: Option<f64>,
}

/// Writer of clips. Dropping it does not change the length that the recorder keeps in memory.
pub struct Clips {
    spec: ClipSpec,
    recorder: Recorder,
    /// Generation, start and end of the last clip of each tag, in seconds of source time.
    last: HashMap<String, (u64, f64, f64)>,
    /// Paths used in the current second. Their files are created only when all of their audio has arrived.
    used: (String, Vec<PathBuf>),
}

impl Clips {
    /// Creates a writer of clips from `recorder`, and sets the length that the recorder keeps in memory.
    ///
    /// # Errors
    /// If the folder does not exist and cannot be created.
    pub fn new(spec: ClipSpec, recorder: &Recorder) -> io::Result<Self> {
        fs::create_dir_all(&spec.folder)?;
        prune(&spec, SystemTime::now());
        recorder.set_keep_s(spec.length_s.max(spec.before_s + MAX_EVENT_LATENCY_S) + MAX_EVENT_LATENCY_S);
        Ok(Self { spec, recorder: recorder.clone(), last: HashMap::new(), used: Default::default() })
    }

    /// Schedules a clip of an event that started; returns its path. Returns `None` if the tag is not selected, the
    /// event starts within the last clip of the tag, or privacy mode is on.
    pub fn write(&mut self, generation: u64, tag: &str, start_s: f64) -> Option<PathBuf> {
        let ClipSpec { folder, tags, before_s, length_s, .. } = &self.spec;
        let is_selected = tags.is_empty() || tags.iter().any(|selected| selected == tag);
        let is_in_last = self.last.get(tag).is_some_and(|&(of, from_s, until_s)| {
            // After a seek, the same source time is different audio.
            of == generation && (from_s..until_s).contains(&start_s)
        });
        if !is_selected || is_in_last || self.recorder.is_private() {
            return None;
        }
        let from_s = (start_s - before_s).max(0.0);
        let until_s = from_s + length_s;
        self.last.insert(tag.to_owned(), (generation, from_s, until_s));
        let path = unique_path(folder, tag, &mut self.used);
        self.recorder.clip(Clip { path: path.clone(), from_s, until_s });
        prune(&self.spec, SystemTime::now());
        Some(path)
    }

    /// Ends the stream: the next stream may have the same source times.
    pub fn finish(&mut self) {
        self.last.clear();
        prune(&self.spec, SystemTime::now());
    }
}

/// Returns an unused path made of the time and the tag.
fn unique_path(folder: &Path, tag: &str, (second, used): &mut (String, Vec<PathBuf>)) -> PathBuf {
    let now = utc_timestamp(SystemTime::now());
    if *second != now {
        used.clear();
        second.clone_from(&now);
    }
    let tag: String = tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let stem = format!("{PREFIX}{now}-{tag}");
    let names = (1_u32..).map(|n| if n == 1 { format!("{stem}.wav") } else { format!("{stem}-{n}.wav") });
    let path = names.map(|name| folder.join(name)).find(|path| !used.contains(path) && !path.exists());
    let path = path.unwrap_or_default();
    used.push(path.clone());
    path
}

/// Deletes clips above the maximum age, and the oldest clips above the maximum total size. A file that cannot be read
/// or deleted is tried again at the next call. Blocks.
fn prune(spec: &ClipSpec, now: SystemTime) {
    let entries = fs::read_dir(&spec.folder).into_iter().flatten().flatten();
    let mut clips: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    // Newest first: the oldest clips exceed the size limit.
    clips.sort_by(|a, b| b.cmp(a));
    let oldest = spec.max_days.and_then(|days| now.checked_sub(Duration::try_from_secs_f64(days * 86_400.0).ok()?));
    let mut bytes = 0;
    for (modified, length, path) in clips {
        bytes += length;
        if bytes > spec.max_bytes || oldest.is_some_and(|oldest| modified < oldest) {
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
            max_bytes: 1000,
            max_days: Some(2.0),
        }
    }

    #[test]
    fn clip_starts_before_its_event() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::new(0.0);
        let mut clips = Clips::new(ClipSpec { max_bytes: 1 << 20, ..spec(folder.path()) }, &recorder).unwrap();
        let mut tap = recorder.begin(SampleRate::HZ_16000).unwrap();
        let music: Vec<f32> = (0..32_000).map(|i| i as f32 * 1e-5).collect();
        tap.push_mono(&music);
        while recorder.end_s() < 1.999 {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(clips.write(0, "jazz", 1.0), None, "not selected");
        let path = clips.write(0, "rock", 1.0).unwrap();
        assert_eq!(clips.write(0, "rock", 1.2), None, "in the clip before");
        assert!(clips.write(1, "rock", 1.2).is_some(), "after a seek");
        // A clip that is cut off by the end of the stream.
        let last = clips.write(0, "rock", 1.75).unwrap();
        recorder.end();
        // A clip that is scheduled after the end of the stream.
        let late = clips.write(0, "rock", 2.4).unwrap();
        for (path, stretch) in [(path, 8_000..24_000), (last, 20_000..32_000), (late, 30_400..32_000)] {
            let mut wav = hound::WavReader::open(&path).unwrap();
            let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
            assert!(samples == music[stretch], "{}: {} samples", path.display(), samples.len());
        }
        recorder.set_private(true);
        assert_eq!(clips.write(0, "rock", 5.0), None);
    }

    #[test]
    fn prune_removes_old_clips_and_nothing_else() {
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
