//! The released plugin library: its reports equal those of the plugin that is linked into these tests, and its cost is
//! printed. `cargo xtask prove` makes the library and passes its path.

use cpu_time::ProcessTime;
use earmark_tests::signal::tune;

use super::clap_raw;
use super::report_dir::{ReportDir, predictions, render, worst_difference};

const LIBRARY: &str = "EARMARK_BUNDLE";

const RATE_HZ: f64 = 44_100.0;
const SECONDS: f64 = 60.0;
const BLOCK: usize = 1024;

#[test(needs(Bundle))]
fn bundled_plugin_matches_the_linked_plugin() {
    let path = std::env::var_os(LIBRARY).unwrap();
    let music = vec![tune(RATE_HZ, SECONDS); 2];
    for (tags, tempo) in [("msd-musicnn", "off"), ("msd-vgg", "off"), ("msd-vgg", "tempocnn-deepsquare-k8")] {
        let mut report_dir = ReportDir::new();
        let [(linked, here), (bundled, there)] = [clap_raw::entry(), clap_raw::load(&path)].map(|entry| {
            let begun = ProcessTime::now();
            let mut host = report_dir.host_of(&entry, Some((tags, tempo)));
            host.with_audio(RATE_HZ, BLOCK, |harness| render(harness, &music, BLOCK));
            (begun.elapsed(), report_dir.take_one())
        });
        let count = predictions(&here, 0).len();
        let worst = worst_difference(&here, &there, tags);
        println!(
            "bundled: {tags}, tempo {tempo}: {SECONDS} s in {:.2} s of CPU (in these tests {:.2} s), {count} predictions, \
             worst difference {worst:.1e}",
            bundled.as_secs_f64(),
            linked.as_secs_f64()
        );
        assert!(count > 30 && worst <= 1e-6, "{count} predictions, {worst:e}");
    }
}
