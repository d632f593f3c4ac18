//! Player of a mono WAV into the inputs of a JACK client, for the tests of the live app.
//!
//!     stage-feed FILE PORT-PREFIX [TIMES [MIDI-PORT]]
//!
//! Prints `begun` with the first sample, and sends a note at the time of this sample to the MIDI port whose name contains
//! MIDI-PORT. Ends with the file, or on a signal.

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, prefix, rest @ ..] = arguments.as_slice() else {
        return Err("expected FILE PORT-PREFIX [TIMES [MIDI-PORT]]".into());
    };
    let times: usize = rest.first().map_or(Ok(1), |times| times.parse())?;
    let (samples, rate_hz) = earmark_tests::arrays::mono_wav(std::path::Path::new(file))?;
    jack::set_logger(jack::LoggerType::None);
    let (client, _) = jack::Client::new("stage-feed", jack::ClientOptions::NO_START_SERVER)?;
    if client.sample_rate() != rate_hz {
        return Err(format!("expected a server at {rate_hz} Hz, got {}", client.sample_rate()).into());
    }
    let mut port = client.register_port("out", jack::AudioOut::default())?;
    let mut mark = client.register_port("mark", jack::MidiOut::default())?;
    let (go, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (going, is_done) = (Arc::clone(&go), Arc::clone(&done));
    let total = samples.len() * times;
    let mut at = 0;
    let handler = jack::contrib::ClosureProcessHandler::new(move |_: &jack::Client, cycle: &jack::ProcessScope| {
        let block = port.as_mut_slice(cycle);
        block.fill(0.0);
        let mut notes = mark.writer(cycle);
        if going.load(Ordering::Acquire) {
            if at == 0 {
                let _ = notes.write(&jack::RawMidi { time: 0, bytes: &[0x9f, 0, 127] });
            }
            for sample in block {
                if at < total {
                    *sample = samples[at % samples.len()];
                    at += 1;
                }
            }
            done.store(at == total, Ordering::Release);
        }
        jack::Control::Continue
    });
    let client = client.activate_async((), handler)?;
    let inputs = client.as_client().ports(Some(&format!("^{prefix}")), Some("audio"), jack::PortFlags::IS_INPUT);
    if inputs.is_empty() {
        return Err(format!("expected ports that begin with {prefix}, got none").into());
    }
    for input in &inputs {
        client.as_client().connect_ports_by_name("stage-feed:out", input)?;
    }
    if let Some(name) = rest.get(1) {
        let found = client.as_client().ports(Some(name), Some("midi"), jack::PortFlags::IS_INPUT);
        let receiver = found.first().ok_or("expected a MIDI port with this name, got none")?;
        client.as_client().connect_ports_by_name("stage-feed:mark", receiver)?;
    }
    go.store(true, Ordering::Release);
    println!("begun");
    while !is_done.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(20));
    }
    // The last block is still being played.
    std::thread::sleep(Duration::from_millis(200));
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("there is no JACK here to feed");
}
