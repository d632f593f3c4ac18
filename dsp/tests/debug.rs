//! Debug texts of the public types: a struct that contains them derives `Debug`, and the text has no buffers.

use earmark_dsp::{
    AnalysisStream, Analyze, AnalyzeError, FeatureExtractor, FeatureStream, FilterShape, Framer, FrontEnd,
    InverseSpectrum, Istft, LastPatchMode, LatestReader, LatestWriter, MarkKind, MelBank, MelScale, MelSpec,
    PatchGenerator, Resampler, SampleRate, SharedTimeline, Spectrum, Stft, StreamHandle, Tap, Window, Worker,
    WorkerConfig, latest_channel, tap,
};

struct Counter;

impl Analyze for Counter {
    type Output = usize;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(usize)) -> Result<(), AnalyzeError> {
        out(samples.len());
        Ok(())
    }

    fn mark(&mut self, _: MarkKind, _: &mut dyn FnMut(usize)) -> Result<(), AnalyzeError> {
        Ok(())
    }
}

/// Parts of a program that follows a stream.
#[derive(Debug)]
struct Program {
    _tap: Tap,
    _worker: Worker<Counter>,
    _stream: StreamHandle<Counter>,
    _writer: LatestWriter<Vec<f32>>,
    _readers: Vec<LatestReader<Vec<f32>>>,
    _timeline: SharedTimeline<Counter>,
}

/// Parts of a signal path.
#[derive(Debug)]
struct SignalPath {
    _features: FeatureStream,
    _extractor: FeatureExtractor,
    _resampler: Resampler,
    _framer: Framer,
    _patches: PatchGenerator,
    _bank: MelBank,
    _spectrum: Spectrum,
    _inverse: InverseSpectrum,
    _stft: Stft,
    _istft: Istft,
}

#[test]
fn debug_text_of_a_program_names_positions_without_buffers() {
    let (mut tap, reader) = tap(SampleRate::HZ_48000, 48_000, 64);
    tap.push_mono(&[0.5; 480]);
    let attached = AnalysisStream { reader, analyzer: Counter, sink: Box::new(|_| {}) };
    let text = format!("{attached:?}");
    assert!(text.starts_with("AnalysisStream { reader: TapReader { rate: SampleRate(48000.0)"), "{text}");
    let worker = Worker::spawn(WorkerConfig::default()).unwrap();
    let stream = worker.attach(attached);
    let (mut writer, readers) = latest_channel(1, vec![0.25; 4096]);
    writer.publish(&vec![0.25; 4096]);
    let timeline = SharedTimeline::new(8);
    timeline.push(Counter);
    let program = Program {
        _tap: tap,
        _worker: worker,
        _stream: stream,
        _writer: writer,
        _readers: readers,
        _timeline: timeline,
    };
    let text = format!("{program:?}");
    for part in ["pushed: 480", "state: Running", "published: 1", "version: 0", "wakeups: ", "len: 1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.len() < 1_000 && !text.contains("0.25"), "{text}");
}

#[test]
fn debug_text_of_a_signal_path_names_sizes_without_buffers() {
    let spec = MelSpec { bands: 40, range_hz: 0.0..=8_000.0, scale: MelScale::Htk, shape: FilterShape::HtkUnitHeight };
    let mut features = FeatureStream::new(FrontEnd::MusiCnn, SampleRate::HZ_44100).unwrap();
    let mut frames = Vec::new();
    features.push(&[0.25; 4_410], |frame| frames.push(format!("{frame:?}")));
    assert!(frames[0].starts_with("Frame { index: FrameIndex(0), level: 0.0"), "{}", frames[0]);
    let path = SignalPath {
        _features: features,
        _extractor: FeatureExtractor::new(FrontEnd::Crepe).unwrap(),
        _resampler: Resampler::new(SampleRate::HZ_48000, SampleRate::HZ_16000).unwrap(),
        _framer: Framer::new(1024, 512).unwrap(),
        _patches: PatchGenerator::new(96, 187, 93, LastPatchMode::default()).unwrap(),
        _bank: MelBank::new(&spec, 513, 8_000.0).unwrap(),
        _spectrum: Spectrum::new(Window::HannSymmetric, 512, 1024).unwrap(),
        _inverse: InverseSpectrum::new(256).unwrap(),
        _stft: Stft::new(Window::HannSymmetric, 4096, 1024).unwrap(),
        _istft: Istft::new(Window::HannSymmetric, 4096, 1024, 4).unwrap(),
    };
    let text = format!("{path:?}");
    for part in ["FeatureExtractor(Copy)", "from: SampleRate(48000.0)", "len: 187", "bands: 40", "frame_len: 512"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.len() < 1_500, "{text}");
}
