//! Events, clips and scenes, from a file that is played as fast as it is analyzed.

use std::fs;
use std::net::UdpSocket;
use std::time::Duration;

use earmark_tests::reference::fixtures;
use rosc::{OscPacket, decoder};
use serde_json::Value;

use crate::command::program::earmark;

/// Tag of the tune, and a threshold that it stays above.
const ACTIVE_TAG: (&str, f64) = ("electronic", 0.1);

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[test]
fn event_is_printed_logged_and_its_audio_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (tune, log, clips) = (fixtures().join("tune.flac"), folder.path().join("e.csv"), folder.path().join("clips"));
    let (tag, threshold) = (ACTIVE_TAG.0, format!("{}={}", ACTIVE_TAG.0, ACTIVE_TAG.1));
    let [tune, log_name, clips_name] = [&tune, &log, &clips].map(|path| path.to_str().unwrap());
    let (code, out, err) = earmark([
        "listen",
        "--file",
        tune,
        "--speed",
        "max",
        "--threshold",
        "0.9",
        "--threshold",
        &threshold,
        "--events",
        log_name,
        "--clips",
        clips_name,
        "--clip-tag",
        tag,
        "--clip-before",
        "1",
        "--clip-length",
        "2.5",
    ]);
    assert_eq!(code, 0, "{err}");
    let lines = lines(&out);
    let (began, ended, kept) = (of(&lines, "began"), of(&lines, "ended"), of(&lines, "clip"));
    assert_eq!((began.len(), ended.len(), kept.len()), (1, 1, 1), "{out}");
    assert!(began[0]["tag"] == tag && began[0]["value"].as_f64().unwrap() >= ACTIVE_TAG.1, "{}", began[0]);
    let (start_s, end_s) = (ended[0]["start_s"].as_f64().unwrap(), ended[0]["end_s"].as_f64().unwrap());
    assert!(start_s < end_s && end_s <= 7.0, "{}", ended[0]);

    let table = fs::read_to_string(log_name).unwrap();
    let row: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((table.lines().count(), row[2], row[4]), (2, tag, format!("{end_s:.3}").as_str()), "{table}");

    let path = kept[0]["path"].as_str().unwrap();
    let clip = crate::host::clip::Clip::read(path.as_ref());
    let tune = crate::host::clip::Clip::read(tune.as_ref());
    let from = (((start_s - 1.0).max(0.0)) * tune.rate_hz).round() as usize;
    let stretch = &tune.channels[0][from..from + (2.5 * tune.rate_hz) as usize];
    assert!(clip.channels[0] == stretch, "{path}: {} samples, {} expected", clip.channels[0].len(), stretch.len());
}

#[test]
fn a_scene_sends_osc_when_it_begins_and_when_it_ends() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let show = folder.path().join("show.toml");
    let text = format!(
        "osc = \"{}\"\n[[scene]]\nname = \"machines\"\nwhen = [\"{} > {}\"]\nfor_s = 1\n\
         begin = [{{ osc = \"/lights\", args = [1] }}]\nend = [{{ osc = \"/lights\", args = [0] }}]\n",
        socket.local_addr().unwrap(),
        ACTIVE_TAG.0,
        ACTIVE_TAG.1
    );
    fs::write(&show, text).unwrap();
    let tune = fixtures().join("tune.flac");
    let [tune, show] = [&tune, &show].map(|path| path.to_str().unwrap());
    let (code, out, err) = earmark(["listen", "--file", tune, "--speed", "max", "--scenes", show]);
    assert_eq!(code, 0, "{err}");
    let lines = lines(&out);
    let turned: Vec<(bool, f64)> = of(&lines, "scene")
        .iter()
        .map(|line| (line["on"].as_bool().unwrap(), line["source_s"].as_f64().unwrap()))
        .collect();
    // The first prediction ends at 2.992 s; the tag has to stay above the threshold for a second.
    assert!(matches!(turned[..], [(true, on_s), (false, off_s)] if on_s >= 3.99 && off_s > on_s), "{turned:?}");
    let got = [(); 2].map(|()| {
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).unwrap();
        match decoder::decode_udp(&bytes[..length]).unwrap().1 {
            OscPacket::Message(message) => format!("{} {:?}", message.addr, message.args),
            OscPacket::Bundle(bundle) => panic!("expected a message, got {bundle:?}"),
        }
    });
    assert_eq!(got, ["/lights [Int(1)]", "/lights [Int(0)]"]);
}
