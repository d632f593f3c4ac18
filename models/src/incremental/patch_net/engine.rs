//! Engine of a planned network over whole patches.

use parking_lot::Mutex;

use super::PatchNet;
use super::net_buffers::NetBuffers;
use super::packed_net::PackedNet;
use crate::engine::{Engine, EngineError, OutputSpec};
use crate::incremental::Classifier;

/// Engine of a network over whole patches.
pub(crate) struct PatchNetEngine {
    input: Vec<usize>,
    net: PackedNet,
    classifier: Classifier,
    /// Buffers that no run uses at present. Streams share them, because a run leaves nothing behind in them.
    buffers: Mutex<Vec<NetBuffers>>,
}

impl PatchNetEngine {
    /// Creates an engine for inputs of the shape `input`, whose values are `[band][frame]`; `classifier` takes the means of
    /// the channels. None if the layers of the network do not fit together.
    pub(crate) fn new(net: &PatchNet, input: &[usize], classifier: Classifier) -> Option<Self> {
        let net = PackedNet::new(net)?;
        Some(Self { input: input.to_vec(), net, classifier, buffers: Mutex::default() })
    }
}

impl Engine for PatchNetEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        self.classifier.output_specs()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let (expected, got) = (self.input.iter().product::<usize>(), input.len());
        if got != expected {
            return Err(EngineError::Run(format!("wrong patch size (expected {expected} values, got {got})")));
        }
        let mut buffers = self.buffers.lock().pop().unwrap_or_default();
        self.net.run(input, &mut buffers);
        let NetBuffers { means, spare, .. } = &mut buffers;
        let ran = self.classifier.run(means, spare, outputs);
        self.buffers.lock().push(buffers);
        ran
    }
}

#[cfg(test)]
impl PatchNetEngine {
    /// Returns the number of buffers, and the bytes in all of them.
    pub(super) fn buffers(&self) -> (usize, usize) {
        let buffers = self.buffers.lock();
        (buffers.len(), buffers.iter().map(NetBuffers::bytes).sum())
    }
}
