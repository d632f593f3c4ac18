//! The part of an instance that its stream analyzer uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::feature_monitor::FeatureMonitor;
use crate::settings_source::SettingsSource;

/// Settings, and what the analysis publishes besides its events. Shared between the instance and the worker thread.
pub(crate) struct AnalysisContext {
    settings: Arc<dyn SettingsSource>,
    /// Latest frames that the tag model takes.
    pub(crate) features: FeatureMonitor,
    /// Bits of [`AnalysisContext::load`].
    load: AtomicU32,
}

impl AnalysisContext {
    pub(crate) fn new(settings: Arc<dyn SettingsSource>) -> Self {
        Self { settings, features: FeatureMonitor::default(), load: AtomicU32::new(0) }
    }

    /// Returns the settings. Real-time safe.
    pub(crate) fn settings(&self) -> &dyn SettingsSource {
        &*self.settings
    }

    /// Returns the computing time per second of source, over about a second. Real-time safe.
    pub(crate) fn load(&self) -> f32 {
        f32::from_bits(self.load.load(Ordering::Relaxed))
    }

    pub(crate) fn set_load(&self, load: f32) {
        self.load.store(load.to_bits(), Ordering::Relaxed);
    }
}
