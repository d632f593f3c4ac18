//! Loss and return of a sound server or a card, and the messages about it.

use std::time::Duration;

use super::pulse::Pulse;
use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;

#[test(needs(Jack))]
fn restarted_server_is_reopened_with_correct_source_time() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, _, rate_hz) = super::mono_clip("techno_48k.flac", folder.path());
    let mut card = VirtualSoundCard::start(rate_hz);
    let arguments = ["listen", "--device", "jack:input", "--model", "msd-vgg", "--rate", "2"];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    let inputs = card.inputs_of(&program);
    let mut feeder = card.feeder(&clip, &inputs, 1);
    let (_, before) = program.wait(0, 30, "a prediction", |line| line["tags"].is_object());

    card.pull_out();
    let _ = (feeder.kill(), feeder.wait());
    let (lost, line) = program.wait(0, 10, "word of the loss", |line| line["state"] == "waiting");
    let message = line.json["message"].as_str().unwrap();
    assert!(message.contains("jack:input"), "{message}");
    assert!(line.json["hint"].as_str().unwrap().contains("Start the sound server"), "{}", line.json);
    std::thread::sleep(Duration::from_secs(3));
    card.plug_in();
    let (back, _) = program.wait(lost, 20, "the input to come back", |line| line["state"] == "running");
    let inputs = card.inputs_of(&program);
    let mut feeder = card.feeder(&clip, &inputs, 1);
    let heard = |line: &serde_json::Value| line["tags"].is_object();
    let (_, after) = program.wait(back, 30, "a prediction after it", heard);

    // Both lines have ages of some hundred milliseconds; that of the second may be larger on a busy machine.
    let age_s = |line: &serde_json::Value| line["age_s"].as_f64().unwrap();
    let source_s = |line: &serde_json::Value| line["end_s"].as_f64().unwrap() + age_s(line);
    let passed_s = after.at.duration_since(before.at).as_secs_f64();
    let counted_s = source_s(&after.json) - source_s(&before.json);
    println!("live_app: server gone and back: {passed_s:.3} s passed, {counted_s:.3} s of source were counted");
    assert!((passed_s - counted_s).abs() < 0.5, "{passed_s} s passed, {counted_s} s were counted");
    let generation = |line: &serde_json::Value| line["generation"].as_u64().unwrap();
    assert!(generation(&after.json) > generation(&before.json), "what was before does not belong to what came after");
    assert_eq!(program.interrupt(), 130);
    let end = program.lines().pop().unwrap().json;
    assert_eq!((&end["event"], &end["stream_starts"], &end["dropped"]), (&"end".into(), &2.into(), &0.into()), "{end}");
    let _ = (feeder.kill(), feeder.wait());
    // The loss is reported once.
    let waiting = program.lines().iter().filter(|line| line.json["state"] == "waiting").count();
    assert!(waiting <= 3, "{waiting} times was told that it waits");
}

/// Waits for the MIDI port of the program.
fn wait_for_midi(card: &VirtualSoundCard, program: &Running) {
    for _ in 0..30 {
        std::thread::sleep(Duration::from_secs(1));
        if card.ports().iter().any(|port| port == "earmark:tags") {
            return;
        }
    }
    panic!("no MIDI port after 30 listings: {}", program.errors());
}

#[test(needs(Jack))]
fn midi_port_returns_with_the_server() {
    let mut card = VirtualSoundCard::start(48_000);
    let arguments = ["listen", "--device", "jack:input", "--model", "msd-vgg", "--rate", "2", "--midi"];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    card.inputs_of(&program);
    wait_for_midi(&card, &program);
    card.pull_out();
    std::thread::sleep(Duration::from_secs(4));
    assert!(program.errors().contains("the MIDI system is gone"), "{}", program.errors());
    card.plug_in();
    wait_for_midi(&card, &program);
    card.inputs_of(&program);
    assert_eq!(program.interrupt(), 130);
}

#[test(needs(Jack))]
fn midi_port_opens_when_the_server_comes() {
    let mut card = VirtualSoundCard::start(48_000);
    card.pull_out();
    let arguments = ["listen", "--device", "jack:input", "--model", "msd-vgg", "--midi"];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    program.wait(0, 10, "word of the wait", |line| line["state"] == "waiting");
    card.plug_in();
    wait_for_midi(&card, &program);
    assert_eq!(program.interrupt(), 130);
}

#[test(needs(Jack))]
fn absent_input_is_awaited() {
    let mut card = VirtualSoundCard::start(48_000);
    card.pull_out();
    let arguments = ["listen", "--device", "jack:input", "--model", "msd-vgg"];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    let (waits, line) = program.wait(0, 10, "word of the wait", |line| line["state"] == "waiting");
    assert!(line.json["message"].as_str().unwrap().contains("jack:input"), "{}", line.json);
    card.plug_in();
    program.wait(waits, 20, "the input", |line| line["state"] == "running");
    assert_eq!(program.interrupt(), 130);
    let errors = program.errors();
    println!("{errors}");
    assert!(errors.contains("Trying again") && errors.contains("listening to jack:input"), "{errors}");
}

#[test(needs(PulseAudio))]
fn replugged_card_is_reopened() {
    let mut pulse = Pulse::start();
    let arguments = ["listen", "--device", "pulseaudio:card.monitor", "--model", "msd-vgg", "--rate", "1"];
    let mut program = Running::start(&arguments, |command| pulse.offer(command));
    let (_, running) = program.wait(0, 20, "the input", |line| line["state"] == "running");
    assert_eq!(running.json["rate_hz"], 48_000.0);
    // No program plays, so the input is silent.
    program.wait(0, 30, "silence", |line| line["silent"] == true);
    pulse.pull_out();
    let (lost, line) = program.wait(0, 10, "word of the loss", |line| line["state"] == "waiting");
    println!("live_app: pulled out: {} {}", line.json["message"], line.json["hint"]);
    assert!(line.json["message"].as_str().unwrap().contains("pulseaudio:card.monitor"), "{}", line.json);
    std::thread::sleep(Duration::from_secs(1));
    pulse.plug_in();
    let (back, _) = program.wait(lost, 20, "the card to come back", |line| line["state"] == "running");
    program.wait(back, 30, "silence again", |line| line["silent"] == true);
    assert_eq!(program.interrupt(), 130);
}
