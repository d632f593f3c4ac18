//! States of the outputs, and a preview of their messages.

use std::sync::Arc;

use earmark_panel::{Controls, Midi, OscSettings, OutputBadge, OutputState, PanelState, SentMessage};
use earmark_session::outputs::{TEMPO_CC, address_part, tempo_14bit};

/// Name of an output.
const MIDI: &str = "MIDI";
const OSC: &str = "OSC";
const REPORT: &str = "Report";

/// Returns the badges of the outputs that `controls` offer. `failed_report` is the error of the latest report.
pub(crate) fn badges(controls: &dyn Controls, failed_report: Option<&str>) -> Vec<OutputBadge> {
    let badge = |name: &str, state: OutputState| OutputBadge { name: name.into(), state };
    let midi = controls.midi().map(|midi| badge(MIDI, switched(midi.on)));
    let osc = controls.osc().map(|osc| {
        let error = osc.on.then(|| controls.check_address(&osc.address).err()).flatten();
        badge(
            OSC,
            error.map_or(switched(osc.on), |error| OutputState::Failed(sentence("The address is wrong", &error))),
        )
    });
    let report = controls.reports().map(|reports| {
        let state = match (reports.save, failed_report) {
            (false, _) => OutputState::Off,
            (true, _) if reports.folder.is_empty() => {
                OutputState::Failed("No folder is chosen, so no report is written.".into())
            }
            (true, Some(error)) => OutputState::Failed(sentence("The last report was not written", error)),
            (true, None) => OutputState::On,
        };
        badge(REPORT, state)
    });
    [midi, osc, report].into_iter().flatten().collect()
}

fn switched(on: bool) -> OutputState {
    if on { OutputState::On } else { OutputState::Off }
}

fn sentence(fact: &str, cause: &str) -> String {
    // The cause may be a sentence of its own.
    let mut cause = cause.trim_end_matches('.').to_owned();
    if let Some(first) = cause.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    format!("{fact}: {cause}.")
}

/// Returns the newest values that MIDI and OSC send.
pub(crate) fn sent(controls: &dyn Controls, state: &PanelState) -> Vec<SentMessage> {
    let mut texts = Vec::new();
    if let Some(midi) = controls.midi().filter(|midi| midi.on) {
        texts.extend(self::midi(midi, state).into_iter().map(|text| (MIDI, text)));
    }
    if let Some(osc) = controls.osc().filter(|osc| osc.on && controls.check_address(&osc.address).is_ok()) {
        texts.extend(self::osc(&osc, state).into_iter().map(|text| (OSC, text)));
    }
    let names = [MIDI, OSC].map(Arc::<str>::from);
    let name = |output: &str| Arc::clone(&names[usize::from(output == OSC)]);
    texts.into_iter().map(|(output, text)| SentMessage { output: name(output), text }).collect()
}

fn midi(midi: Midi, state: &PanelState) -> Vec<String> {
    let channel = midi.channel;
    let mut texts = Vec::new();
    if let Some(tempo) = &state.tempo {
        let steps = tempo_14bit(tempo.value.bpm);
        let ((coarse, fine), bpm) = (TEMPO_CC, tempo.value.bpm);
        texts.push(format!("CC {coarse} ch {channel} = {}, CC {fine} = {} ({bpm:.0} BPM)", steps >> 7, steps & 0x7f));
    }
    let Some(tags) = &state.tags else { return texts };
    for mapped in &state.mapped_tags {
        let Some(index) = tags.value.labels.iter().position(|label| *label == mapped.tag) else { continue };
        let value = tags.value.smooth.get(index).copied().unwrap_or(0.0);
        if let Some(cc) = mapped.cc.filter(|_| state.learning.as_ref().is_none_or(|tag| *tag == mapped.tag)) {
            let value = (value.clamp(0.0, 1.0) * 127.0).round();
            texts.push(format!("CC {cc} ch {channel} = {value} ({})", mapped.tag));
        }
        if let Some(note) = mapped.note.filter(|_| tags.value.active.get(index) == Some(&true)) {
            texts.push(format!("note {note} ch {channel} held ({})", mapped.tag));
        }
    }
    texts
}

fn osc(osc: &OscSettings, state: &PanelState) -> Vec<String> {
    let prefix = osc.prefix.trim_end_matches('/');
    let mut texts = Vec::new();
    if let Some(tempo) = &state.tempo {
        texts.push(format!("{prefix}/tempo {:.1} {:.2}", tempo.value.bpm, tempo.value.confidence));
    }
    if let Some(tags) = &state.tags {
        let values = tags.value.labels.iter().zip(&tags.value.smooth).zip(&tags.value.active);
        texts.extend(values.map(|((label, value), active)| {
            format!("{prefix}/tag/{} {value:.2} {}", address_part(label), u8::from(*active))
        }));
    }
    texts
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;
    use earmark_panel::{MappedTag, Reading, Reports, TagValues, TempoValue};
    use earmark_session::SharedSettings;

    use super::*;
    use crate::controls::SessionControls;
    use crate::direct_settings::DirectSettings;

    fn states(controls: &dyn Controls, failed_report: Option<&str>) -> Vec<(String, OutputState)> {
        let badges = badges(controls, failed_report).into_iter();
        badges.map(|badge| (badge.name.to_string(), badge.state)).collect()
    }

    #[test]
    fn badges_follow_the_settings_and_name_failures() {
        let settings = SharedSettings::new(Registry::global());
        let mut midi = Midi { on: true, channel: 3 };
        let owner = DirectSettings { settings: &settings, midi: &mut midi, renders_offline: true };
        let mut controls = SessionControls(owner);
        let of = |name: &str, state: OutputState| (name.to_owned(), state);
        let expected = [of("MIDI", OutputState::On), of("OSC", OutputState::Off), of("Report", OutputState::Off)];
        assert_eq!(states(&controls, Some("old error")), expected);
        controls.set_osc(OscSettings { on: true, address: "nowhere".into(), prefix: "/x".into() });
        controls.set_reports(Reports { save: true, ..Reports::default() });
        let failed = states(&controls, None);
        assert!(matches!(&failed[1].1, OutputState::Failed(text) if text.contains("nowhere")), "{failed:?}");
        assert!(matches!(&failed[2].1, OutputState::Failed(text) if text.contains("No folder")), "{failed:?}");
        controls.set_reports(Reports { save: true, folder: "/music".into(), ..Reports::default() });
        assert_eq!(states(&controls, None)[2].1, OutputState::On);
        let full = OutputState::Failed("The last report was not written: the disk is full.".into());
        assert_eq!(states(&controls, Some("the disk is full."))[2].1, full);
    }

    #[test]
    fn sent_messages_are_those_of_the_outputs_that_are_on() {
        let settings = SharedSettings::new(Registry::global());
        let mut midi = Midi { on: false, channel: 3 };
        let labels: Arc<[Arc<str>]> = ["hip hop", "rock"].map(Arc::from).into();
        let tags = TagValues { labels, smooth: vec![0.25, 0.73], active: vec![false, true] };
        let state = PanelState {
            tags: Some(Reading { value: tags, ..Reading::default() }),
            tempo: Some(Reading { value: TempoValue { bpm: 120.0, ..TempoValue::default() }, ..Reading::default() }),
            mapped_tags: vec![MappedTag { tag: "rock".into(), cc: Some(20), note: Some(36) }],
            ..PanelState::default()
        };
        let mut controls =
            SessionControls(DirectSettings { settings: &settings, midi: &mut midi, renders_offline: false });
        assert_eq!(sent(&controls, &state), []);
        controls.set_midi(Midi { on: true, channel: 3 });
        controls.set_osc(OscSettings { on: true, address: "127.0.0.1:9000".into(), prefix: "/stage/".into() });
        let texts: Vec<String> = sent(&controls, &state).into_iter().map(|message| message.text).collect();
        let expected = [
            "CC 14 ch 3 = 46, CC 46 = 112 (120 BPM)",
            "CC 20 ch 3 = 93 (rock)",
            "note 36 ch 3 held (rock)",
            "/stage/tempo 120.0 0.00",
            "/stage/tag/hip_hop 0.25 0",
            "/stage/tag/rock 0.73 1",
        ];
        assert_eq!(texts, expected);
    }
}
