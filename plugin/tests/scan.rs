//! What a host does to every plugin when it looks for plugins. A process of its own, so that its counter is its own.

use std::time::Duration;

use earmark_dsp::SampleRate;
use earmark_models::Registry;
use earmark_plugin::EarmarkPlugin;
use earmark_session::{Mode, Pool, Session, SessionConfig, Transport};
use nice_plug::prelude::Plugin;

#[test]
fn a_scan_loads_no_model_and_the_first_audio_does() {
    let plugin = EarmarkPlugin::default();
    assert!(plugin.params().param_map().len() >= 9);
    let pool = Pool::shared();
    assert_eq!(pool.threads(), 0);
    let config = SessionConfig { rate: SampleRate::new(48_000.0).unwrap(), channels: 2, most_block: 512 };
    // As hosts do that look closer: several activations, and never a sample.
    let mut session = Session::new(plugin.instance(), &pool, config).unwrap();
    for mode in [Mode::Realtime, Mode::Offline, Mode::UnverifiedOffline, Mode::Realtime] {
        session.activate(mode);
        session.reset();
        session.deactivate();
    }
    assert!(session.settle(Duration::from_secs(10)));
    assert_eq!(Registry::global().loads(), 0);
    session.activate(Mode::Realtime);
    session.reset();
    session.process(&[&[0.0; 512]], &Transport::default());
    assert!(session.settle(Duration::from_secs(60)));
    let tempo = u64::from(cfg!(feature = "tempocnn"));
    assert_eq!(Registry::global().loads(), 1 + tempo);
}
