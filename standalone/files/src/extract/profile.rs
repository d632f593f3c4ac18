//! Profile files: YAML with the options of Essentia's MusicExtractor.

mod keys;

use std::fs;
use std::path::Path;

use earmark_descriptors::rhythm::{BeatMethod, RhythmOptions};
use earmark_descriptors::{FrameOptions, Profile, SilentFrames, Statistic};
use earmark_dsp::Window;
use serde_json::Value;

use self::keys::Keys;
use super::error::ProfileError;

/// Largest profile file that is read, in bytes.
const MAX_LEN: u64 = 1 << 20;
/// Number of spaces by which a level of JSON is indented, unless the profile says otherwise.
const DEFAULT_INDENT: usize = 4;

/// Format that a profile asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProfileFormat {
    /// JSON (default).
    #[default]
    Json,
    /// YAML.
    Yaml,
}

/// Profile and the settings of the output.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractSettings {
    /// Settings that decide values.
    pub profile: Profile,
    /// Format of the output.
    pub format: ProfileFormat,
    /// Whether the values of each frame are written, too (default false).
    pub frames: bool,
    /// Number of spaces by which a level of JSON is indented; 0 writes one line (default 4).
    pub indent: usize,
    /// Whether a file without MusicBrainz recording id is refused (default false).
    pub require_mbid: bool,
    /// Texts that are copied into the output, by dotted name.
    pub merge_values: Vec<(String, String)>,
}

impl Default for ExtractSettings {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            format: ProfileFormat::Json,
            frames: false,
            indent: DEFAULT_INDENT,
            require_mbid: false,
            merge_values: Vec::new(),
        }
    }
}

impl ExtractSettings {
    /// Reads a profile file. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read, is larger than 1 MiB, or is not a profile.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        let failed = |error: std::io::Error| ProfileError::Yaml(error.to_string());
        let len = fs::metadata(path).map_err(failed)?.len();
        if len > MAX_LEN {
            return Err(ProfileError::Yaml(format!(
                "the file is too large (expected up to {MAX_LEN} bytes, got {len})"
            )));
        }
        Self::from_yaml(&fs::read_to_string(path).map_err(failed)?)
    }

    /// Parses a profile; keys that it leaves out keep their defaults.
    ///
    /// # Errors
    /// If the text is not YAML, a key does not exist, or a value is of another type or out of range.
    pub fn from_yaml(text: &str) -> Result<Self, ProfileError> {
        let root: Value =
            serde_saphyr::from_str(text).map_err(|error| ProfileError::Yaml(first_line(&error.to_string())))?;
        let mut settings = Self::default();
        let mut keys = Keys::root(root)?;
        settings.read_keys(&mut keys)?;
        keys.finish()?;
        Ok(settings)
    }

    fn read_keys(&mut self, keys: &mut Keys) -> Result<(), ProfileError> {
        let profile = &mut self.profile;
        keys.choice("outputFormat", &[("json", ProfileFormat::Json), ("yaml", ProfileFormat::Yaml)], &mut self.format)?;
        keys.flag("outputFrames", &mut self.frames)?;
        keys.count("indent", 0..=16, &mut self.indent)?;
        keys.seconds("startTime", &mut profile.start_s)?;
        keys.seconds("endTime", &mut profile.end_s)?;
        if profile.end_s <= profile.start_s {
            return Err(keys.bad("endTime", format!("more than startTime, {}", profile.start_s), profile.end_s));
        }
        keys.fixed("analysisSampleRate", 44_100.0)?;
        keys.flag("requireMbid", &mut self.require_mbid)?;
        keys.choice("compat", &[("essentia", true), ("none", false)], &mut profile.essentia_compatible)?;
        keys.section("lowlevel", |keys| {
            read_framing(keys, &mut profile.lowlevel)?;
            read_statistics(keys, "stats", false, &mut profile.statistics.lowlevel)?;
            read_statistics(keys, "mfccStats", true, &mut profile.statistics.mfcc)?;
            read_statistics(keys, "gfccStats", true, &mut profile.statistics.gfcc)
        })?;
        keys.section("tonal", |keys| {
            read_framing(keys, &mut profile.tonal)?;
            read_statistics(keys, "stats", false, &mut profile.statistics.tonal)
        })?;
        keys.section("average_loudness", |keys| {
            let (length, hop) = &mut profile.average_loudness;
            keys.count("frameSize", 64..=FrameOptions::MAX_FFT_LEN, length)?;
            keys.count("hopSize", 1..=FrameOptions::MAX_FFT_LEN, hop)?;
            if length.is_multiple_of(*hop) {
                return Ok(());
            }
            Err(keys.bad("frameSize", format!("a multiple of hopSize, {hop}"), *length))
        })?;
        keys.section("rhythm", |keys| {
            read_rhythm(keys, &mut profile.rhythm)?;
            read_statistics(keys, "stats", false, &mut profile.statistics.rhythm)
        })?;
        // Classifiers and fingerprints are not part of the extractor: only "off" is accepted.
        keys.section("highlevel", |keys| {
            keys.fixed("compute", 0.0)?;
            keys.ignore("svm_models");
            keys.ignore("inputFormat");
            Ok(())
        })?;
        keys.section("chromaprint", |keys| {
            keys.fixed("compute", 0.0)?;
            keys.ignore("duration");
            Ok(())
        })?;
        self.merge_values = keys.texts("mergeValues")?;
        Ok(())
    }
}

fn read_framing(keys: &mut Keys, options: &mut FrameOptions) -> Result<(), ProfileError> {
    keys.count("frameSize", FrameOptions::MIN_FRAME_LEN..=FrameOptions::MAX_FFT_LEN, &mut options.frame_len)?;
    keys.count("hopSize", 1..=FrameOptions::MAX_FFT_LEN, &mut options.hop)?;
    keys.count("zeroPadding", 0..=FrameOptions::MAX_FFT_LEN, &mut options.zero_padding)?;
    let windows = [
        ("hamming", Window::HammingSymmetric),
        ("hann", Window::HannSymmetric),
        ("triangular", Window::Triangular),
        ("square", Window::Square),
        ("blackmanharris62", Window::BlackmanHarris62),
        ("blackmanharris70", Window::BlackmanHarris70),
        ("blackmanharris74", Window::BlackmanHarris74),
        ("blackmanharris92", Window::BlackmanHarris92),
    ];
    keys.choice("windowType", &windows, &mut options.window)?;
    let silent = [("noise", SilentFrames::Noise), ("keep", SilentFrames::Keep), ("drop", SilentFrames::Drop)];
    keys.choice("silentFrames", &silent, &mut options.silent)?;
    options.check().map_err(|error| keys.bad("frameSize", error.to_string(), options.frame_len))
}

fn read_rhythm(keys: &mut Keys, options: &mut RhythmOptions) -> Result<(), ProfileError> {
    let methods = [("degara", BeatMethod::Degara), ("multifeature", BeatMethod::Multifeature)];
    keys.choice("method", &methods, &mut options.method)?;
    for (key, range, tempo) in
        [("minTempo", 40..=180, &mut options.min_tempo), ("maxTempo", 60..=250, &mut options.max_tempo)]
    {
        let mut bpm = *tempo as usize;
        keys.count(key, range, &mut bpm)?;
        *tempo = bpm as u32;
    }
    if options.max_tempo > options.min_tempo {
        return Ok(());
    }
    Err(keys.bad("maxTempo", format!("more than minTempo, {}", options.min_tempo), options.max_tempo))
}

/// Reads a list of statistics; matrices are accepted for vectors that have them.
fn read_statistics(
    keys: &mut Keys,
    key: &str,
    matrices: bool,
    statistics: &mut Vec<Statistic>,
) -> Result<(), ProfileError> {
    let accepted: Vec<Statistic> =
        Statistic::ALL.into_iter().filter(|statistic| matrices || !statistic.is_matrix()).collect();
    let Some(names) = keys.list(key)? else { return Ok(()) };
    let mut chosen = Vec::new();
    for name in names {
        let Some(statistic) = accepted.iter().find(|statistic| statistic.name() == name) else {
            let known: Vec<&str> = accepted.iter().map(|statistic| statistic.name()).collect();
            return Err(keys.bad(key, known.join(", "), name));
        };
        if !chosen.contains(statistic) {
            chosen.push(*statistic);
        }
    }
    if chosen.contains(&Statistic::Last) && chosen.len() > 1 {
        // Its name is that of the descriptor, under which the other statistics would be.
        return Err(keys.bad(key, "last by itself, or other statistics", chosen.len()));
    }
    *statistics = chosen;
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_replaces_defaults_key_by_key() {
        let text = "
outputFormat: yaml
indent: 0
startTime: 10
endTime: 70.5
requireMbid: 1
compat: essentia
lowlevel:
    frameSize: 1024
    windowType: hann
    stats: [mean, var]
    mfccStats: [mean, cov]
    gfccStats: [skew, kurt]
tonal: {stats: last}
rhythm: {method: multifeature, minTempo: 60}
mergeValues:
    metadata: {user: {id: 7, name: 'A B'}}
";
        let settings = ExtractSettings::from_yaml(text).unwrap();
        let profile = &settings.profile;
        assert_eq!((settings.format, settings.indent, settings.require_mbid), (ProfileFormat::Yaml, 0, true));
        assert_eq!((profile.start_s, profile.end_s, profile.essentia_compatible), (10.0, 70.5, true));
        assert_eq!((profile.lowlevel.frame_len, profile.lowlevel.hop), (1024, 1024));
        assert_eq!(profile.lowlevel.window, Window::HannSymmetric);
        assert_eq!(profile.statistics.lowlevel, [Statistic::Mean, Statistic::Var]);
        assert_eq!(profile.statistics.mfcc, [Statistic::Mean, Statistic::Cov]);
        assert_eq!(profile.statistics.gfcc, [Statistic::Skew, Statistic::Kurt]);
        assert_eq!(profile.statistics.tonal, [Statistic::Last]);
        assert_eq!(profile.rhythm.method, BeatMethod::Multifeature);
        assert_eq!((profile.rhythm.min_tempo, profile.rhythm.max_tempo), (60, 208));
        let merged = [("metadata.user.id", "7"), ("metadata.user.name", "A B")];
        assert_eq!(settings.merge_values, merged.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_eq!(ExtractSettings::from_yaml("{}").unwrap(), ExtractSettings::default());
        assert_eq!(ExtractSettings::from_yaml("").unwrap(), ExtractSettings::default());
    }

    #[test]
    fn mistakes_are_named_with_expected_and_got() {
        let cases = [
            ("lowlevel: {framesize: 1024}", "unknown key `lowlevel.framesize`; the nearest is `frameSize`"),
            ("rhytm: {}", "unknown key `rhytm`; the nearest is `rhythm`"),
            ("xyzzyplugh: 1", "unknown key `xyzzyplugh`"),
            ("lowlevel: 3", "bad value of `lowlevel` (expected a section, got 3)"),
            ("tonal: {hopSize: 0}", "bad value of `tonal.hopSize` (expected a whole number from 1 to 1048576, got 0)"),
            ("indent: many", "bad value of `indent` (expected a whole number from 0 to 16, got \"many\")"),
            ("startTime: -1", "bad value of `startTime` (expected seconds from 0, got -1)"),
            ("{startTime: 5, endTime: 5}", "bad value of `endTime` (expected more than startTime, 5, got 5)"),
            ("analysisSampleRate: 48000", "bad value of `analysisSampleRate` (expected 44100, got 48000)"),
            ("rhythm: {method: best}", "bad value of `rhythm.method` (expected degara or multifeature, got \"best\")"),
            ("tonal: {stats: [mean, cov]}", "got cov"),
            ("lowlevel: {stats: [mean, first]}", "skew, kurt, last, got first"),
            ("rhythm: {stats: [mean, last]}", "`rhythm.stats` (expected last by itself, or other statistics, got 2)"),
            ("chromaprint: {compute: 1}", "bad value of `chromaprint.compute` (expected 0, got 1)"),
            ("- a\n- b", "bad value of `profile` (expected a section, got [\"a\",\"b\"])"),
            ("a: [", "cannot read the profile: "),
        ];
        for (text, expected) in cases {
            let error = ExtractSettings::from_yaml(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    /// Profile with every key.
    const EVERY_KEY: &str = include_str!("../../../../models/fuzz/seeds/profile/all.yaml");

    /// 2,000 damaged profiles: each is read or refused, and a read profile can be used.
    #[test]
    fn damaged_profiles_are_read_or_refused() {
        ExtractSettings::from_yaml(EVERY_KEY).unwrap();
        let (mut state, mut read, mut refused) = (1_u64, 0, 0);
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let pieces = [
            "-1",
            "1e99",
            "[]",
            "{}",
            ": ",
            "&a",
            "*a",
            "'",
            "\n",
            "NaN",
            "99999999999999999999",
            "~",
            "\u{0}",
            "mean",
        ];
        for _ in 0..2_000 {
            let mut text = EVERY_KEY.as_bytes().to_vec();
            for _ in 0..=random(3) {
                let at = random(text.len());
                match random(4) {
                    0 => text[at] = random(256) as u8,
                    1 => text.truncate(at.max(1)),
                    2 => drop(text.splice(at..at, pieces[random(pieces.len())].bytes())),
                    _ => drop(text.drain(at..(at + random(12)).min(text.len()))),
                }
                if text.is_empty() {
                    break;
                }
            }
            match ExtractSettings::from_yaml(&String::from_utf8_lossy(&text)) {
                Ok(settings) => {
                    read += 1;
                    assert!(settings.profile.lowlevel.check().is_ok() && settings.profile.tonal.check().is_ok());
                    assert!(settings.profile.end_s > settings.profile.start_s);
                }
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().contains('\n'), "{error:?}");
                }
            }
        }
        assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
    }
}
