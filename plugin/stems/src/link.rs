//! Connection between the audio thread and the worker thread of one stream.
//!
//! ```text
//! audio thread ══ samples ══► worker thread      position of a sample: its index in the stream, gaps included
//!              ══ marks ════►
//!              ◄═ vocals ════
//!              ◄═ chunks ════                    position of the first sample of each run of vocals
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};

use earmark_dsp::{SampleRate, prefaulted_ring};
use ringbuf::traits::Split;
use ringbuf::{HeapCons, HeapProd};

use crate::mode::OperatingMode;
use crate::status::StreamStatus;

/// Lag of the worker thread in seconds above which input is dropped.
const RING_S: f64 = 2.0;

/// Capacity of the rings of marks and chunks.
const RING_MARKS: usize = 1024;

/// Format of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamFormat {
    /// Sample rate of the host.
    pub rate: SampleRate,
    /// Number of channels, 1 or 2.
    pub channels: usize,
    /// Maximum number of samples per channel in a block.
    pub max_block: usize,
    /// Operating mode.
    pub mode: OperatingMode,
    /// Whether the host renders offline and waits for the vocals.
    pub offline: bool,
}

/// Start of a generation: samples before and after it do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputMark {
    /// Number of samples per channel in the ring before the mark.
    pub(crate) pushed: u64,
    /// Position of the next sample.
    pub(crate) position: u64,
    /// Number of the generation.
    pub(crate) generation: u32,
    /// Whether the vocals before the mark are output.
    pub(crate) flush: bool,
}

/// Run of vocals in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VocalChunk {
    /// Position of the first sample.
    pub(crate) position: u64,
    /// Number of samples per channel.
    pub(crate) frames: usize,
    /// Generation of the samples.
    pub(crate) generation: u32,
}

/// Positions that both threads of a stream read.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Position of the next sample of the output; negative before the first sample is due. Written by the audio thread.
    pub(crate) due: AtomicI64,
    /// Whether the audio thread waits for late vocals, because the host is ahead of real time.
    pub(crate) patient: AtomicBool,
    /// Position up to which vocals were sent. Written by the worker thread.
    pub(crate) separated: AtomicU64,
    /// Number of samples per channel of the ring whose vocals were sent, as far as they are complete.
    pub(crate) processed: AtomicU64,
}

/// End of the audio thread.
pub(crate) struct AudioEnd {
    pub(crate) samples: HeapProd<f32>,
    pub(crate) marks: HeapProd<InputMark>,
    pub(crate) vocals: HeapCons<f32>,
    pub(crate) chunks: HeapCons<VocalChunk>,
    pub(crate) status: Arc<StreamStatus>,
    pub(crate) progress: Arc<Progress>,
}

/// End of the worker thread.
pub(crate) struct WorkerEnd {
    pub(crate) samples: HeapCons<f32>,
    pub(crate) marks: HeapCons<InputMark>,
    pub(crate) vocals: HeapProd<f32>,
    pub(crate) chunks: HeapProd<VocalChunk>,
    pub(crate) status: Arc<StreamStatus>,
    pub(crate) progress: Arc<Progress>,
}

/// Creates both ends for a stream with a declared latency in samples. Allocates, and writes to all of its memory.
pub(crate) fn link(format: &StreamFormat, latency: usize, status: &Arc<StreamStatus>) -> (AudioEnd, WorkerEnd) {
    let ring = ((format.rate.hz() * RING_S) as usize).max(4 * format.max_block);
    let (samples_in, samples_out) = prefaulted_ring(ring * format.channels, 0.0).split();
    // Vocals wait in the ring until they are due: for the latency at most.
    let (vocals_in, vocals_out) = prefaulted_ring((ring + latency) * format.channels, 0.0).split();
    let mark = InputMark { pushed: 0, position: 0, generation: 0, flush: false };
    let (marks_in, marks_out) = prefaulted_ring(RING_MARKS, mark).split();
    let chunk = VocalChunk { position: 0, frames: 0, generation: 0 };
    let (chunks_in, chunks_out) = prefaulted_ring(RING_MARKS, chunk).split();
    let progress = Arc::new(Progress::default());
    let audio = AudioEnd {
        samples: samples_in,
        marks: marks_in,
        vocals: vocals_out,
        chunks: chunks_out,
        status: Arc::clone(status),
        progress: Arc::clone(&progress),
    };
    let worker = WorkerEnd {
        samples: samples_out,
        marks: marks_out,
        vocals: vocals_in,
        chunks: chunks_in,
        status: Arc::clone(status),
        progress,
    };
    (audio, worker)
}
