//! Callbacks of the host: the plugin's requests, and the threads that they come from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, ThreadId};

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts, HostAudioPortsImpl};
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::note_ports::{HostNotePorts, HostNotePortsImpl, NoteDialects, NotePortRescanFlags};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_extensions::tail::{HostTail, HostTailImpl};
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use parking_lot::Mutex;

/// Requests that the plugin made to the host.
#[derive(Debug)]
pub(crate) struct HostRequests {
    main: ThreadId,
    audio: Mutex<Option<ThreadId>>,
    pub(crate) activating: AtomicBool,
    pub(crate) processing: AtomicBool,
    pub(crate) restarts: AtomicU32,
    pub(crate) wakes: AtomicU32,
    pub(crate) callbacks: AtomicU32,
    pub(crate) flushes: AtomicU32,
    /// Number of times that the plugin marked its state as changed.
    pub(crate) dirty: AtomicU32,
    /// Flags of all rescans that were requested.
    pub(crate) rescans: AtomicU32,
    wrong: Mutex<Vec<String>>,
}

impl HostRequests {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            main: thread::current().id(),
            audio: Mutex::default(),
            activating: AtomicBool::new(false),
            processing: AtomicBool::new(false),
            restarts: AtomicU32::new(0),
            wakes: AtomicU32::new(0),
            callbacks: AtomicU32::new(0),
            flushes: AtomicU32::new(0),
            dirty: AtomicU32::new(0),
            rescans: AtomicU32::new(0),
            wrong: Mutex::default(),
        })
    }

    /// Makes the calling thread the audio thread, or ends that role.
    pub(crate) fn set_audio_thread(&self, is: bool) {
        *self.audio.lock() = is.then(|| thread::current().id());
    }

    fn is_audio_thread(&self) -> bool {
        *self.audio.lock() == Some(thread::current().id())
    }

    fn expect(&self, right: bool, what: &str) {
        if !right {
            let name = thread::current().name().unwrap_or("a thread without a name").to_owned();
            self.wrong.lock().push(format!("{what}, on {name}"));
        }
    }

    fn main_thread(&self, what: &str) {
        self.expect(thread::current().id() == self.main, &format!("{what}: expected the main thread"));
    }

    /// Returns the faults of the plugin so far.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().clone()
    }
}

/// Types of this host for clack.
pub(crate) struct Handlers;

pub(crate) struct Shared(pub(crate) Arc<HostRequests>);
pub(crate) struct Main(pub(crate) Arc<HostRequests>);
pub(crate) struct Audio(pub(crate) Arc<HostRequests>);

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = Audio;

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder
            .register::<HostAudioPorts>()
            .register::<HostGui>()
            .register::<HostLatency>()
            .register::<HostLog>()
            .register::<HostNotePorts>()
            .register::<HostParams>()
            .register::<HostState>()
            .register::<HostTail>();
    }
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.0.restarts.fetch_add(1, Ordering::Relaxed);
    }

    fn request_process(&self) {
        self.0.wakes.fetch_add(1, Ordering::Relaxed);
    }

    fn request_callback(&self) {
        self.0.callbacks.fetch_add(1, Ordering::Relaxed);
    }
}

impl MainThreadHandler<'_> for Main {}
impl AudioProcessorHandler<'_> for Audio {}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {
        self.0.expect(!self.0.is_audio_thread(), "params flush request: expected any thread but audio");
        self.0.flushes.fetch_add(1, Ordering::Relaxed);
    }
}

impl HostParamsImplMainThread for Main {
    fn rescan(&self, flags: ParamRescanFlags) {
        self.0.main_thread("params rescan");
        let restarts = flags.requires_restart() && self.0.processing.load(Ordering::Acquire);
        self.0.expect(!restarts, "params rescan of all: expected not while processing");
        self.0.rescans.fetch_or(flags.bits(), Ordering::Relaxed);
    }

    fn clear(&self, _: ClapId, _: ParamClearFlags) {
        self.0.main_thread("params clear");
    }
}

impl HostStateImpl for Main {
    fn mark_dirty(&self) {
        self.0.main_thread("state dirty");
        self.0.dirty.fetch_add(1, Ordering::Relaxed);
    }
}

impl HostLatencyImpl for Main {
    fn changed(&self) {
        self.0.main_thread("latency changed");
        self.0.expect(self.0.activating.load(Ordering::Acquire), "latency changed: expected while activating");
    }
}

impl HostAudioPortsImpl for Main {
    fn is_rescan_flag_supported(&self, _: AudioPortRescanFlags) -> bool {
        self.0.main_thread("audio ports rescan support");
        true
    }

    fn rescan(&self, flags: AudioPortRescanFlags) {
        self.0.main_thread("audio ports rescan");
        let restarts = flags.requires_deactivate() && self.0.processing.load(Ordering::Acquire);
        self.0.expect(!restarts, "audio ports rescan: expected of names only while processing");
    }
}

impl HostNotePortsImpl for Main {
    fn supported_dialects(&self) -> NoteDialects {
        self.0.main_thread("note ports dialects");
        NoteDialects::CLAP | NoteDialects::MIDI
    }

    fn rescan(&self, _: NotePortRescanFlags) {
        self.0.main_thread("note ports rescan");
    }
}

impl HostTailImpl for Audio {
    fn changed(&mut self) {
        self.0.expect(self.0.is_audio_thread(), "tail changed: expected the audio thread");
    }
}

/// The tests set the size of a window, so resize requests are ignored.
impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, _: GuiSize) -> Result<(), HostError> {
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _: bool) {}
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        let blames = matches!(severity, LogSeverity::HostMisbehaving | LogSeverity::PluginMisbehaving);
        self.0.expect(!blames, message);
    }
}

#[test]
fn call_from_the_wrong_thread_is_recorded() {
    let requests = HostRequests::new();
    HostParamsImplMainThread::rescan(&Main(Arc::clone(&requests)), ParamRescanFlags::VALUES);
    Shared(Arc::clone(&requests)).request_flush();
    assert_eq!(requests.wrong(), Vec::<String>::new());
    let (theirs, main) = (Arc::clone(&requests), Main(Arc::clone(&requests)));
    let audio = thread::spawn(move || {
        theirs.set_audio_thread(true);
        HostParamsImplMainThread::rescan(&main, ParamRescanFlags::VALUES);
        Shared(theirs).request_flush();
    });
    audio.join().unwrap();
    assert_eq!(requests.wrong().len(), 2, "{:?}", requests.wrong());
}
