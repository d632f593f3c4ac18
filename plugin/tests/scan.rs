//! Scan of the plugin as hosts do it. The test needs a process of its own, because it reads the process-wide load
//! counter.

use std::time::Duration;

use earmark_dsp::SampleRate;
use earmark_models::Registry;
use earmark_plugin::EarmarkPlugin;
use earmark_session::{Mode, Session, SessionConfig, Transport, WorkerPool};
use nice_plug::prelude::Plugin;

#[test]
fn scan_loads_no_model_and_the_first_audio_does() {
    let plugin = EarmarkPlugin::default();
    assert!(plugin.params().param_map().len() >= 9);
    let pool = WorkerPool::shared();
    assert_eq!(pool.threads(), 0);
    let config = SessionConfig { rate: SampleRate::new(48_000.0).unwrap(), channels: 2, max_block: 512 };
    // Some hosts activate a plugin several times during a scan, without audio.
    let mut session = Session::new(plugin.instance(), &pool, config).unwrap();
    for mode in [Mode::Realtime, Mode::Offline, Mode::UnverifiedOffline, Mode::Realtime] {
        session.activate(mode);
        session.reset();
        session.deactivate();
    }
    assert!(session.wait_idle(Duration::from_secs(10)));
    assert_eq!(Registry::global().load_count(), 0);
    session.activate(Mode::Realtime);
    session.reset();
    session.process(&[&[0.0; 512]], &Transport::default());
    assert!(session.wait_idle(Duration::from_secs(60)));
    let tempo = u64::from(cfg!(feature = "tempocnn"));
    assert_eq!(Registry::global().load_count(), 1 + tempo);
}
