//! Arguments of the command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use earmark_capture::input::{CORNERS_HZ, GAINS_DB};
use earmark_capture::player::Speed;
use earmark_files::embeddings::EmbeddingsFormat;
use earmark_files::report::ReportFormat;
use earmark_outputs::events::JOIN_S;
use earmark_session::state::{MidiMapping, OscConfig};

/// Listens to music and says what it hears: in a window without a command, on the command line with one.
#[derive(Debug, Parser)]
#[command(version, about)]
#[command(
    after_help = "Options that belong together can be kept in a file, and are used with `@FILE`: one a line, `#` for a remark."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tags audio files: what is heard, when, and how fast it goes.
    Tag(TagOptions),
    /// Opens the window, and plays a file in it.
    Window {
        /// What to play.
        file: Option<PathBuf>,
    },
    /// Listens as the music plays: a live view on a terminal, JSON lines anywhere else.
    Listen(Box<ListenOptions>),
    /// Writes the embeddings of audio files: what a model knows of each patch before it names it.
    Embed(EmbedOptions),
    /// Lists the models that are here, or adds, shows and removes others.
    Models {
        #[command(subcommand)]
        command: Option<ModelsCommand>,
    },
    /// Lists what can be heard: inputs, and monitors of what this machine plays; a star marks the default.
    Devices(DevicesOptions),
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Lists the models that are here: those that are built in, then those that were added. A star marks what was added
    /// and cannot be verified against published numbers here.
    List {
        /// As JSON, an array of objects.
        #[arg(long)]
        json: bool,
    },
    /// Adds models: network files (`.pb`, `.onnx`) or folders, with what lies beside them: Essentia's description
    /// (`.json`) or a card (`.toml`).
    Add {
        /// Files, or folders that are searched.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Shows what is known of a model.
    Info {
        /// Its id.
        id: String,
    },
    /// Looks at network files as `add` does, lets each answer once, and keeps nothing.
    Check {
        /// Files, or folders that are searched.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Removes models that were added.
    Remove {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Adds or checks one file in this process, within limits.
    #[command(hide = true)]
    Admit {
        /// The file.
        path: PathBuf,
        /// Keep nothing.
        #[arg(long)]
        check: bool,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EmbedOptions {
    /// Files, or folders that are searched for audio files; `-` reads a WAV from standard input as it arrives.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Model whose embedding it is. See `earmark models`.
    #[arg(long, value_name = "ID", default_value = "msd-musicnn")]
    pub(crate) model: String,
    /// How to write them: NumPy arrays, a file each; JSON, one object a line; or one table of all.
    #[arg(long, value_enum, default_value_t = EmbedFormat::Npy)]
    pub(crate) format: EmbedFormat,
    /// Folder for NumPy arrays [default: the current one]; the file for JSON lines or a table [default: standard output].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// One embedding a file: the mean of its patches.
    #[arg(long)]
    pub(crate) mean: bool,
    /// Frames from one patch to the next [default: the model's].
    #[arg(long, value_name = "N")]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Silence has an embedding, too, as in the reference; otherwise its patches are left out.
    #[arg(long)]
    pub(crate) no_gate: bool,
}

/// Format of embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmbedFormat {
    /// `<file>.npy`, `[patch][value]`, f32.
    Npy,
    /// One object a line, a line per file.
    Json,
    /// A Parquet file with a row per patch.
    Parquet,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DevicesOptions {
    /// As JSON, an array of objects.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TagOptions {
    /// Files, or folders that are searched for audio files; `-` reads a WAV from standard input as it arrives.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Model to listen with; may be given several times. See `earmark models`.
    #[arg(long = "model", value_name = "ID", default_values_t = default_models())]
    pub(crate) models: Vec<String>,
    /// How many tags to show: 5 in the table, all in CSV. JSON always has all.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<NonZeroUsize>,
    /// Frames from one prediction to the next, for every model [default: 93 for tags, 128 for tempo].
    #[arg(long, value_name = "N")]
    pub(crate) hop_frames: Option<NonZeroUsize>,
    /// Show each prediction, not only the whole.
    #[arg(long)]
    pub(crate) timeline: bool,
    /// Predict silence too, as the reference does, instead of calling it silence.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// How many files to work on at a time.
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) jobs: NonZeroUsize,
    /// Stay, and tag files as they arrive in the folders given, until Ctrl-C. Not with JSON, which is one array.
    #[arg(long)]
    pub(crate) watch: bool,
    /// How to write the result.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ListenOptions {
    /// Input to listen to: an id or a name of `earmark devices` [default: the system's].
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub(crate) device: Option<String>,
    /// Channels to hear, counted from 1, such as `1,2` [default: all].
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(crate) channels: Vec<usize>,
    /// Gain before anything hears, in decibels, -24 to 40.
    #[arg(long, value_name = "DB", default_value_t = 0.0, allow_negative_numbers = true, value_parser = gain)]
    pub(crate) gain: f32,
    /// Take away what is below this frequency before anything hears, in Hz, 10 to 1000.
    #[arg(long, value_name = "HZ", conflicts_with = "file", value_parser = high_pass)]
    pub(crate) high_pass: Option<f32>,
    /// End with an error instead of waiting for an input that is not there.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Play this file instead of listening to an input.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// How fast to play it: times its own speed, or `max` for as fast as it is heard.
    #[arg(long, value_name = "TIMES", default_value = "1", requires = "file", value_parser = speed)]
    pub(crate) speed: Speed,
    /// Model to listen with: one for tags and one for the tempo, or one for tags alone. See `earmark models`.
    #[arg(long = "model", value_name = "ID", default_values_t = default_models())]
    pub(crate) models: Vec<String>,
    /// Predictions of tags a second, 0.1 to 60; of a tempo, two at most.
    #[arg(long, value_name = "HZ", default_value_t = 10.0, value_parser = rate)]
    pub(crate) rate: f32,
    /// Predict silence too, instead of calling it silence.
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Let patches find on their left the music that was there: cheaper, and a little different from `earmark tag`.
    #[arg(long)]
    pub(crate) streaming: bool,
    /// JSON lines even on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
    /// Record what is heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// End after so many seconds.
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    #[command(flatten)]
    pub(crate) outputs: OutputOptions,
    #[command(flatten)]
    pub(crate) automation: AutomationOptions,
}

/// Outputs of `listen`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Outputs")]
pub(crate) struct OutputOptions {
    /// Send OSC to this address.
    #[arg(long, value_name = "IP:PORT", value_parser = osc)]
    pub(crate) osc: Option<String>,
    /// What OSC addresses begin with.
    #[arg(long, value_name = "PREFIX", default_value = "/earmark", requires = "osc")]
    pub(crate) osc_prefix: String,
    /// Send MIDI, from a port of our own or to the one whose name contains PORT.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "")]
    pub(crate) midi: Option<String>,
    /// MIDI channel, 1 to 16.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "midi", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) midi_channel: u8,
    /// Send a MIDI clock at the estimated tempo.
    #[arg(long, requires = "midi")]
    pub(crate) midi_clock: bool,
    /// Follow this tag with MIDI, on this controller and this note; may be given several times [default: the model's
    /// first 18 tags on controllers 102 to 119 and notes 36 to 53].
    #[arg(long = "follow", value_name = "TAG=CC[/NOTE]", requires = "midi", value_parser = followed)]
    pub(crate) follow: Vec<MidiMapping>,
    /// Give the tempo that is heard to the programs of this network that take part in Ableton Link.
    #[cfg(feature = "link")]
    #[arg(long)]
    pub(crate) link: bool,
    /// Serve a page that shows what is heard, on this port of this machine, or on an address that others reach.
    #[arg(long, value_name = "[IP:]PORT", num_args = 0..=1, default_missing_value = "8321", value_parser = web)]
    pub(crate) web: Option<SocketAddr>,
    /// Let pages of this origin connect, such as `https://stage.example`; may be given several times.
    #[arg(long, value_name = "ORIGIN", requires = "web", value_parser = origin)]
    pub(crate) web_origin: Vec<String>,
    /// The most browsers at a time.
    #[arg(long, value_name = "N", default_value = "128", requires = "web")]
    pub(crate) web_clients: NonZeroUsize,
    /// Write JSON lines to this file, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// The most that the log and the one before it take, in MiB, 1 to 100000.
    #[arg(long, value_name = "MIB", default_value_t = 64, requires = "log", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) log_size: u64,
}

/// Events, clips and scenes of `listen`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Events and scenes")]
pub(crate) struct AutomationOptions {
    /// From which value on tags count, 0 to 1, or one of them, such as `metal=0.6`; may be given several times. They
    /// stop counting a third below [default: 0.3].
    #[arg(long = "threshold", value_name = "[TAG=]VALUE", value_parser = threshold)]
    pub(crate) thresholds: Vec<(Option<String>, f32)>,
    /// How long a tag may stop counting, in seconds, before it is another event.
    #[arg(long, value_name = "S", default_value_t = JOIN_S, value_parser = seconds)]
    pub(crate) join: f64,
    /// Write a row for each event to this file: a table if it ends in `.csv`, JSON lines otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Keep the sound around each event in this folder, as WAV files.
    #[arg(long, value_name = "DIR")]
    pub(crate) clips: Option<PathBuf>,
    /// Keep the sound of this tag; may be given several times [default: all].
    #[arg(long = "clip-tag", value_name = "TAG", requires = "clips")]
    pub(crate) clip_tags: Vec<String>,
    /// How much of what was before an event is kept, in seconds, 0 to 60.
    #[arg(long, value_name = "S", default_value_t = 3.0, requires = "clips", value_parser = clip_before)]
    pub(crate) clip_before: f64,
    /// How long a clip is, in seconds, 1 to 120.
    #[arg(long, value_name = "S", default_value_t = 15.0, requires = "clips", value_parser = clip_length)]
    pub(crate) clip_length: f64,
    /// The most that all clips take, in MiB, 1 to 1000000; the oldest give way.
    #[arg(long, value_name = "MIB", default_value_t = 512, requires = "clips", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) clips_size: u64,
    /// How many days a clip is kept [default: as long as there is room].
    #[arg(long, value_name = "DAYS", requires = "clips", value_parser = days)]
    pub(crate) clips_days: Option<f64>,
    /// Follow the rules of this file: when something holds for a while, OSC and MIDI are sent.
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

fn number(text: &str, range: RangeInclusive<f64>, what: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("expected {} to {} {what}, got {text}", range.start(), range.end()))
}

fn gain(text: &str) -> Result<f32, String> {
    let (least, most) = (f64::from(*GAINS_DB.start()), f64::from(*GAINS_DB.end()));
    number(text, least..=most, "decibels").map(|db| db as f32)
}

fn high_pass(text: &str) -> Result<f32, String> {
    number(text, f64::from(*CORNERS_HZ.start())..=f64::from(*CORNERS_HZ.end()), "Hz").map(|hz| hz as f32)
}

fn rate(text: &str) -> Result<f32, String> {
    number(text, 0.1..=60.0, "a second").map(|hz| hz as f32)
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
    let choice = OscConfig { address: text.to_owned(), ..OscConfig::default() };
    choice.target().map(|_| text.to_owned()).ok_or_else(|| {
        format!("expected an IP address and a port such as 127.0.0.1:9000, or localhost and a port, got {text}")
    })
}

fn web(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse::<u16>().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    port.or_else(|_| text.parse()).map_err(|_| {
        format!("expected a port such as 8321, or an IP address and a port such as 0.0.0.0:8321, got {text}")
    })
}

fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_one = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#', '*']));
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| format!("expected an origin such as https://stage.example, got {text}"))
}

fn followed(text: &str) -> Result<MidiMapping, String> {
    let wrong = || format!("expected a tag, a controller and perhaps a note, such as `rock=20/60`, got {text}");
    let (tag, numbers) = text.rsplit_once('=').filter(|(tag, _)| !tag.is_empty()).ok_or_else(wrong)?;
    let midi = |text: &str| text.parse::<u8>().ok().filter(|&number| number < 128).ok_or_else(wrong);
    let (cc, note) = match numbers.split_once('/') {
        Some((cc, note)) => (cc, Some(midi(note)?)),
        None => (numbers, None),
    };
    Ok(MidiMapping { tag: tag.to_owned(), cc: Some(midi(cc)?), note })
}

/// Format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One object for one file, an array for several.
    Json,
    /// One object a line, as soon as a file is done.
    Jsonl,
    /// One value a line.
    Csv,
}

impl From<EmbedFormat> for EmbeddingsFormat {
    fn from(format: EmbedFormat) -> Self {
        match format {
            EmbedFormat::Npy => Self::Npy,
            EmbedFormat::Json => Self::Json,
            EmbedFormat::Parquet => Self::Parquet,
        }
    }
}

impl From<Format> for ReportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Jsonl => Self::Jsonl,
            Format::Csv => Self::Csv,
        }
    }
}

fn default_models() -> Vec<String> {
    let mut models = vec!["msd-musicnn".to_owned()];
    if cfg!(feature = "tempocnn") {
        models.push("tempocnn-deepsquare-k8".to_owned());
    }
    models
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
