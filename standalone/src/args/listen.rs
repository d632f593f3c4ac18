//! Options of `earmark listen`.

#[cfg(feature = "web")]
use std::net::{Ipv4Addr, SocketAddr};
#[cfg(feature = "web")]
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use earmark_capture::input::{CORNERS_HZ, GAINS_DB};
use earmark_capture::player::Speed;
use earmark_outputs::events::JOIN_S;
use earmark_session::outputs::OscAddress;
use earmark_session::state::MidiMapping;

use super::remote::RemoteOptions;
#[cfg(feature = "web")]
use super::values::count;
use super::values::default_models;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ListenOptions {
    /// Audio input: an id or a name from `earmark devices` [default: the system's default input].
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub(crate) device: Option<String>,
    /// Channels to analyze, counted from 1, such as `1,2` [default: all].
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(crate) channels: Vec<usize>,
    /// Input gain in dB, -24 to 40.
    #[arg(long, value_name = "DB", default_value_t = 0.0, allow_negative_numbers = true, value_parser = gain)]
    pub(crate) gain: f32,
    /// Cutoff frequency of a high-pass filter on the input in Hz, 10 to 1000 [default: off].
    #[arg(long, value_name = "HZ", conflicts_with = "file", value_parser = high_pass)]
    pub(crate) high_pass: Option<f32>,
    /// Exit with an error instead of waiting for a missing input.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Analyze this file instead of an input.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Playback speed of the file as a factor, 0.1 to 100, or `max` for as fast as possible.
    #[arg(long, value_name = "TIMES", default_value = "1", requires = "file", value_parser = speed)]
    pub(crate) speed: Speed,
    /// Use a preset that was saved in the window: its name, or the path of its file. Options of the command line have
    /// priority.
    #[cfg(feature = "window")]
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Model to run; repeatable: one tag model, at most one tempo model, any number of added models. `earmark models`
    /// lists the ids.
    #[arg(long = "model", value_name = "ID", default_values_t = default_models())]
    pub(crate) models: Vec<String>,
    /// Tag predictions per second, 0.1 to 60; tempo predictions: at most 2 per second.
    #[arg(long, value_name = "HZ", default_value_t = 10.0, value_parser = rate)]
    pub(crate) rate: f32,
    /// Analyze silence too; by default it is reported as silence.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Use real left context instead of zero padding: faster; values differ slightly from `earmark tag`.
    #[arg(long)]
    pub(crate) streaming: bool,
    /// Also derive moods from the tags: happy, sad, relaxed, aggressive and others.
    #[arg(long)]
    pub(crate) moods: bool,
    /// Also compute the music descriptors of the last 30 s, once per second: key, tempo, loudness, spectrum and others.
    #[arg(long)]
    pub(crate) descriptors: bool,
    /// Also compute and send levels, 50 times per second, and onsets of kick, snare and hat.
    #[arg(long)]
    pub(crate) levels: bool,
    /// Print JSON lines even on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
    /// Record the analyzed audio (mono) to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Stop after this time in seconds [default: run until Ctrl-C or the end of the file].
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    #[command(flatten)]
    pub(crate) outputs: OutputOptions,
    #[command(flatten)]
    pub(crate) automation: AutomationOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteOptions,
}

/// Options of the outputs of `listen`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Outputs besides the terminal")]
pub(crate) struct OutputOptions {
    /// Send OSC messages to these addresses, separated by commas, such as `127.0.0.1:9000,stage.local:9000`.
    #[arg(long, value_name = "HOST:PORT", value_parser = osc)]
    pub(crate) osc: Option<String>,
    /// OSC address prefix.
    #[arg(long, value_name = "PREFIX", default_value = "/earmark", requires = "osc")]
    pub(crate) osc_prefix: String,
    /// Send MIDI from a virtual port, or connect to the port whose name contains PORT.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "")]
    pub(crate) midi: Option<String>,
    /// MIDI channel, 1 to 16.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "midi", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) midi_channel: u8,
    /// Send a MIDI clock at the detected tempo.
    #[arg(long, requires = "midi")]
    pub(crate) midi_clock: bool,
    /// Map a tag to a MIDI controller and note; repeatable [default: the model's first 18 tags to controllers 102 to
    /// 119 and notes 36 to 53].
    #[arg(long = "follow", value_name = "TAG=CC[/NOTE]", requires = "midi", value_parser = followed)]
    pub(crate) follow: Vec<MidiMapping>,
    /// Publish the detected tempo to the Ableton Link session of the local network.
    #[cfg(feature = "link")]
    #[arg(long)]
    pub(crate) link: bool,
    /// Serve a web page with the results, at a port of this computer only, or at an address that other computers can
    /// reach [default port: 8321].
    #[cfg(feature = "web")]
    #[arg(long, value_name = "[IP:]PORT", num_args = 0..=1, default_missing_value = "8321", value_parser = web)]
    pub(crate) web: Option<SocketAddr>,
    /// Allow web pages of this origin to connect, such as `https://stage.example`; repeatable.
    #[cfg(feature = "web")]
    #[arg(long, value_name = "ORIGIN", requires = "web", value_parser = origin)]
    pub(crate) web_origin: Vec<String>,
    /// Maximum number of connected clients (browsers).
    #[cfg(feature = "web")]
    #[arg(long, value_name = "N", default_value = "128", requires = "web", value_parser = count)]
    pub(crate) web_clients: NonZeroUsize,
    /// Also write JSON lines to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Maximum total size of the log and the previous log in MiB, 1 to 100000.
    #[arg(long, value_name = "MIB", default_value_t = 64, requires = "log", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) log_size: u64,
}

/// Options of the events, clips and scenes of `listen`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Event logging, clips and scenes")]
pub(crate) struct AutomationOptions {
    /// Threshold of all tags, 0 to 1, or of one tag, such as `metal=0.6`; repeatable. A tag is active from its
    /// threshold on, until its value falls below 2/3 of it [default: 0.3].
    #[arg(long = "threshold", value_name = "[TAG=]VALUE", value_parser = threshold)]
    pub(crate) thresholds: Vec<(Option<String>, f32)>,
    /// Join events of a tag that are less than this time apart, in seconds.
    #[arg(long, value_name = "S", default_value_t = JOIN_S, value_parser = seconds)]
    pub(crate) join: f64,
    /// Write each event to this file: a CSV table if the name ends in `.csv`, JSON lines otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Write the audio around each event to this folder, as WAV files.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) clips: Option<PathBuf>,
    /// Write clips of the events of this tag only; repeatable [default: all tags].
    #[arg(long = "clip-tag", value_name = "TAG", requires = "clips")]
    pub(crate) clip_tags: Vec<String>,
    /// Pre-roll of a clip before its event in seconds, 0 to 60.
    #[arg(long, value_name = "S", default_value_t = 3.0, requires = "clips", value_parser = clip_before)]
    pub(crate) clip_before: f64,
    /// Length of a clip in seconds, 1 to 120.
    #[arg(long, value_name = "S", default_value_t = 15.0, requires = "clips", value_parser = clip_length)]
    pub(crate) clip_length: f64,
    /// Maximum total size of all clips in MiB, 1 to 1000000; the oldest clips are deleted.
    #[arg(long, value_name = "MIB", default_value_t = 512, requires = "clips", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) clips_size: u64,
    /// Age in days at which a clip is deleted, 0 to 100000 [default: no limit].
    #[arg(long, value_name = "DAYS", requires = "clips", value_parser = days)]
    pub(crate) clips_days: Option<f64>,
    /// Run the scenes in this file: send OSC and MIDI messages when conditions hold.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenes: Option<PathBuf>,
}

fn threshold(text: &str) -> Result<(Option<String>, f32), String> {
    let (tag, value) = match text.rsplit_once('=') {
        Some((tag, value)) => (Some(tag.to_owned()), value),
        None => (None, text),
    };
    Ok((tag, number(value, 0.0..=1.0, "as a threshold")? as f32))
}

fn clip_before(text: &str) -> Result<f64, String> {
    number(text, 0.0..=60.0, "seconds")
}

fn clip_length(text: &str) -> Result<f64, String> {
    number(text, 1.0..=120.0, "seconds")
}

fn days(text: &str) -> Result<f64, String> {
    number(text, 0.0..=100_000.0, "days")
}

fn gain(text: &str) -> Result<f32, String> {
    let (min, max) = (f64::from(*GAINS_DB.start()), f64::from(*GAINS_DB.end()));
    number(text, min..=max, "decibels").map(|db| db as f32)
}

fn high_pass(text: &str) -> Result<f32, String> {
    number(text, f64::from(*CORNERS_HZ.start())..=f64::from(*CORNERS_HZ.end()), "Hz").map(|hz| hz as f32)
}

fn rate(text: &str) -> Result<f32, String> {
    number(text, 0.1..=60.0, "per second").map(|hz| hz as f32)
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.0..=1e9, "seconds")
}

fn speed(text: &str) -> Result<Speed, String> {
    match text {
        "max" => Ok(Speed::Unlimited),
        text => number(text, 0.1..=100.0, "times, or max").map(Speed::Times),
    }
}

fn osc(text: &str) -> Result<String, String> {
    OscAddress::parse_list(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(feature = "web")]
fn web(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse::<u16>().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    port.or_else(|_| text.parse()).map_err(|_| {
        format!("expected a port such as 8321, or an IP address and a port such as 0.0.0.0:8321, got {text}")
    })
}

#[cfg(feature = "web")]
fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_valid = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#', '*']));
    is_valid
        .then(|| text.to_owned())
        .ok_or_else(|| format!("expected an origin such as https://stage.example, got {text}"))
}

fn followed(text: &str) -> Result<MidiMapping, String> {
    let error = || format!("expected a tag, a controller and an optional note, such as `rock=20/60`, got {text}");
    let (tag, numbers) = text.rsplit_once('=').filter(|(tag, _)| !tag.is_empty()).ok_or_else(error)?;
    let midi = |text: &str| text.parse::<u8>().ok().filter(|&number| number < 128).ok_or_else(error);
    let (cc, note) = match numbers.split_once('/') {
        Some((cc, note)) => (cc, Some(midi(note)?)),
        None => (numbers, None),
    };
    Ok(MidiMapping { tag: tag.to_owned(), cc: Some(midi(cc)?), note })
}

fn number(text: &str, range: RangeInclusive<f64>, unit: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("expected {} to {} {unit}, got {text}", range.start(), range.end()))
}
