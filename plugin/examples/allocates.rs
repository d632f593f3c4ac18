//! Plugin that allocates in `process`, for a test that the allocation is detected. It does no analysis.

// The macro defines the C entry point of CLAP.
#![allow(unsafe_code, missing_docs)]

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;

use nice_plug::prelude::*;

#[derive(Params)]
struct NoParams {}

struct Allocates(Arc<NoParams>);

impl Default for Allocates {
    fn default() -> Self {
        Self(Arc::new(NoParams {}))
    }
}

const STEREO: AudioIOLayout = AudioIOLayout {
    main_input_channels: NonZeroU32::new(2),
    main_output_channels: NonZeroU32::new(2),
    ..AudioIOLayout::const_default()
};

impl Plugin for Allocates {
    const NAME: &'static str = "Allocates";
    const VENDOR: &'static str = "Earmark";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[STEREO];

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        None
    }

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.0) as Arc<dyn Params>
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        _context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        black_box(vec![0.0_f32; buffer.samples()]);
        ProcessStatus::Normal
    }
}

impl ClapPlugin for Allocates {
    const CLAP_ID: &'static str = "audio.earmark.allocates";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::AudioEffect, ClapFeature::Stereo];
}

nice_export_clap!(Allocates);
