//! Follows a stream with a model of this program and with a tempo model: labels and tempo, as they come.
//!
//! `cargo run -p earmark-models --example own_model`

use std::{error::Error, sync::Arc, thread, time::Duration};

use earmark_dsp::{AnalysisStream, FrontEnd, SampleRate, Worker, WorkerConfig, tap};
use earmark_models::{Analyzer, Card, Engine, EngineError, Kind, LiveTempo, Model, OutputSpec, Registry};

/// Network of this program: one second of MusiCNN's mel bands in, the classes *loud* and *quiet* out.
struct Loudness([OutputSpec; 1]);

impl Engine for Loudness {
    fn input(&self) -> &[usize] {
        &[1, 62, 96]
    }
    fn outputs(&self) -> &[OutputSpec] {
        &self.0
    }
    fn run(&self, patch: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let loud = (patch.iter().sum::<f32>() / patch.len() as f32).clamp(0.0, 1.0);
        outputs[0] = vec![loud, 1.0 - loud];
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rate = SampleRate::HZ_48000;
    let card = Card::builder("loudness", Kind::Classes, FrontEnd::MusiCnn).patch_frames(62).labels(["loud", "quiet"]);
    let engine = Loudness([OutputSpec { name: "activations".into(), width: 2 }]);
    let own = Arc::new(Model::new(card.build()?, Arc::new(engine))?);
    let mut models = Analyzer::builder(rate).model(Arc::clone(&own));
    // TempoCNN is a feature of the crate.
    if let Ok(tempo_model) = Registry::global().load("tempocnn-deeptemp-k8") {
        models = models.model(tempo_model);
    }
    let (mut tap, reader) = tap(rate, 10 * 48_000, 64);
    let (stream, predictions) = AnalysisStream::with_channel(reader, models.build()?, 256);
    let worker = Worker::spawn(WorkerConfig::default())?;
    let stream = worker.start(stream);
    thread::spawn(move || {
        // 20 seconds of clicks, two per second. When the handle of the stream is dropped, the predictions end.
        let samples = (0..20 * 48_000).map(|i| (i as f32 * 0.3).sin() * (-((i % 24_000) as f32) / 800.0).exp());
        for block in samples.collect::<Vec<_>>().chunks(512) {
            tap.push_mono(block);
            thread::sleep(Duration::from_millis(2));
        }
        tap.end();
        stream.wait_for_position(tap.position(), Duration::from_secs(60))
    });
    let mut tempo = LiveTempo::default();
    for prediction in predictions {
        match (own.card().top_labels(&prediction, 1).first(), tempo.push(&prediction)) {
            (Some((label, value)), _) => println!("{:4.1} s: {label} {value:.2}", prediction.end_s),
            (None, Some(tempo)) => println!("{:4.1} s: {:.0} BPM", prediction.end_s, tempo.bpm),
            (None, None) => println!("{:4.1} s: silence", prediction.end_s),
        }
    }
    Ok(())
}
