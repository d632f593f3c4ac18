//! Decoding by the program ffmpeg, for formats without a built-in decoder.
//!
//! ffmpeg writes a WAV stream to a pipe, which the built-in decoder reads. It may read the given file only: no network,
//! no playlists. Its memory and its processor time are limited.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use symphonia::core::formats::probe::Hint;

use super::error::DecodeError;
use super::source;
use super::track::TrackReader;

/// Maximum address space of ffmpeg in KiB.
#[cfg(unix)]
const MAX_MEMORY_KIB: u64 = 4 << 20;
/// Maximum processor time of ffmpeg in seconds.
#[cfg(unix)]
const MAX_CPU_S: u64 = 1800;
/// Maximum length of a line of ffmpeg's messages, in bytes.
const MAX_LINE: u64 = 4096;

/// Demuxers that read one file each. Those that open further files or addresses, such as `concat` and `hls`, are absent.
const DEMUXERS: &str = "aac,ac3,act,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dff,dsf,dts,dtshd,eac3,flac,flv,iff,\
    matroska,webm,mlp,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,ogg,ofr,rm,rso,shn,sox,spdif,tak,truehd,tta,voc,vqf,w64,wav,wv,xwma";

/// Messages of a running ffmpeg.
#[derive(Debug, Default)]
struct Messages {
    /// Name of the codec of the first audio stream.
    codec: Option<String>,
    last: String,
}

/// Running ffmpeg, which is ended when this value is dropped.
pub(super) struct Ffmpeg {
    child: Child,
    messages: Arc<Mutex<Messages>>,
    reader: Option<JoinHandle<()>>,
}

/// Whether ffmpeg is installed.
pub(super) fn is_installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        let mut command = Command::new("ffmpeg");
        command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// Decodes a file from `from_s` seconds on; `-` is standard input.
///
/// # Errors
/// If ffmpeg is not installed, or cannot decode the file.
pub(super) fn open(path: &Path, from_s: f64) -> Result<(TrackReader, Ffmpeg), DecodeError> {
    if !is_installed() {
        return Err(DecodeError::NoFfmpeg);
    }
    let stdin = path == Path::new("-");
    let mut command = limited(&arguments(path, from_s));
    command.stdin(if stdin { Stdio::inherit() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(DecodeError::Io)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let messages = Arc::<Mutex<Messages>>::default();
    let reader = {
        let messages = Arc::clone(&messages);
        stderr.map(|stderr| thread::spawn(move || read_messages(stderr, &messages)))
    };
    let mut ffmpeg = Ffmpeg { child, messages, reader };
    let stdout = stdout.ok_or_else(|| DecodeError::Io(io::ErrorKind::BrokenPipe.into()))?;
    let mut hint = Hint::new();
    hint.with_extension("wav");
    let track =
        source::from_pipe(stdout).map_err(DecodeError::Io).and_then(|(pipe, _)| TrackReader::open(pipe, &hint, false));
    match track {
        Ok(track) => Ok((track, ffmpeg)),
        Err(_) => {
            let _ = ffmpeg.wait();
            Err(DecodeError::Ffmpeg(ffmpeg.messages.lock().last.clone()))
        }
    }
}

impl Ffmpeg {
    /// Returns ffmpeg's name of the codec, such as `wmav2`.
    pub(super) fn codec(&self) -> Option<String> {
        self.messages.lock().codec.clone()
    }

    /// Waits until ffmpeg has ended. Returns its message if it failed. Blocks.
    pub(super) fn wait(&mut self) -> Option<String> {
        let status = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        match status {
            Ok(status) if status.success() => None,
            Ok(_) => Some(self.messages.lock().last.clone()),
            Err(error) => Some(error.to_string()),
        }
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        // It fails if ffmpeg has ended already.
        let _ = self.child.kill();
        let _ = self.wait();
    }
}

fn arguments(path: &Path, from_s: f64) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "info"].map(Into::into).into();
    arguments.extend(["-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS].map(Into::into));
    if from_s > 0.0 {
        arguments.extend(["-ss".into(), format!("{from_s:.6}").into()]);
    }
    let mut input = OsString::from("file:");
    input.push(path);
    arguments.extend(["-i".into(), if path == Path::new("-") { "pipe:0".into() } else { input }]);
    arguments.extend(["-vn", "-sn", "-dn", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"].map(Into::into));
    arguments
}

/// Returns a command that runs ffmpeg with limits of memory and processor time, which a shell sets.
#[cfg(unix)]
fn limited(arguments: &[OsString]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -v {MAX_MEMORY_KIB}; ulimit -t {MAX_CPU_S}; exec ffmpeg \"$@\"")).arg("sh");
    command.args(arguments);
    command
}

#[cfg(not(unix))]
fn limited(arguments: &[OsString]) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(arguments);
    command
}

/// Reads the messages of ffmpeg until it ends, so that it never waits for the pipe, and keeps the last one.
fn read_messages(stderr: ChildStderr, messages: &Mutex<Messages>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stderr.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        let mut messages = messages.lock();
        if messages.codec.is_none() {
            messages.codec = codec(text).map(str::to_owned);
        }
        if !text.is_empty() {
            text.clone_into(&mut messages.last);
        }
    }
}

/// Returns the name of the codec in a line such as `Stream #0:0: Audio: wmav2 (a[1][0][0] / 0x0161), 44100 Hz`.
fn codec(line: &str) -> Option<&str> {
    let name = line.strip_prefix("Stream #")?.split_once(": Audio: ")?.1;
    name.split([' ', ',']).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codec_is_read_from_the_line_of_a_stream() {
        let line = "Stream #0:0(eng): Audio: wmav2 (a[1][0][0] / 0x0161), 44100 Hz, 2 channels, fltp, 128 kb/s";
        assert_eq!(codec(line), Some("wmav2"));
        assert_eq!(codec("Stream #0:0: Audio: ac3, 48000 Hz"), Some("ac3"));
        assert_eq!(codec("Stream #0:0: Video: mjpeg"), None);
        assert_eq!(codec("Audio: ac3"), None);
    }
}
