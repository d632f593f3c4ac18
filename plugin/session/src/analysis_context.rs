//! Part of an instance that its stream analyzer uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::descriptors::DescriptorMonitor;
use crate::feature_monitor::FeatureMonitor;
use crate::levels::LevelRequest;
use crate::settings_source::SettingsSource;

/// Settings of the analysis, and the values that it publishes besides its events. Shared between the instance and
/// the worker thread.
pub(crate) struct AnalysisContext {
    settings: Arc<dyn SettingsSource>,
    /// Latest feature frames of the tag model.
    pub(crate) features: FeatureMonitor,
    /// Requests of descriptors by a window.
    pub(crate) descriptors: DescriptorMonitor,
    /// Request of levels by an output.
    pub(crate) levels: LevelRequest,
    /// Bits of [`AnalysisContext::load`].
    load: AtomicU32,
}

impl AnalysisContext {
    pub(crate) fn new(settings: Arc<dyn SettingsSource>) -> Self {
        Self {
            settings,
            features: FeatureMonitor::default(),
            descriptors: DescriptorMonitor::default(),
            levels: LevelRequest::default(),
            load: AtomicU32::new(0),
        }
    }

    /// Returns the settings. Real-time safe.
    pub(crate) fn settings(&self) -> &dyn SettingsSource {
        &*self.settings
    }

    /// Whether descriptors are requested, by a window or by the saved state. Locks: not for the audio thread.
    pub(crate) fn descriptors_requested(&self) -> bool {
        self.descriptors.is_watched() || self.settings.state().get().descriptors
    }

    /// Whether levels are requested, by an output or by the saved state. Locks: not for the audio thread.
    pub(crate) fn levels_requested(&self) -> bool {
        self.levels.is_on() || self.settings.state().get().levels
    }

    /// Returns the computing time per second of source, averaged over about 1 s. Real-time safe.
    pub(crate) fn load(&self) -> f32 {
        f32::from_bits(self.load.load(Ordering::Relaxed))
    }

    pub(crate) fn set_load(&self, load: f32) {
        self.load.store(load.to_bits(), Ordering::Relaxed);
    }
}
