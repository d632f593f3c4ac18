//! How fast it is: time of the thread per patch for each model, and per second of sound for each front-end.
//!
//! Thread time, not wall time: other programs on the machine do not count.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use earmark_dsp::FrontEnd;
use earmark_models::Registry;
use earmark_tests::arrays::Fault;
use earmark_tests::listen::{Setup, features};
use earmark_tests::{machine, signal};

/// Sound of which features are taken, in seconds.
const SECONDS: f64 = 20.0;
/// Time to spend on each model.
const BUDGET: Duration = Duration::from_millis(1500);
/// Fewest patches for a median.
const FEWEST: usize = 9;

fn main() -> Result<(), Fault> {
    println!("{}\n", machine::description());
    front_ends()?;
    models()?;
    whole()
}

fn front_ends() -> Result<(), Fault> {
    println!("front-end   from Hz   of a core   times real time");
    for front_end in FrontEnd::ALL {
        for rate_hz in [front_end.rate().hz(), 44_100.0, 48_000.0, 192_000.0] {
            let samples = signal::tune(rate_hz, SECONDS);
            let seconds = median(5, || features(front_end, rate_hz, samples.chunks(512)).map(black_box).map(drop))?;
            let name = front_end.name();
            println!("{name:10} {rate_hz:>8}   {:>7.2} %   {:>15.0}", 100.0 * seconds / SECONDS, SECONDS / seconds);
        }
    }
    println!();
    Ok(())
}

fn models() -> Result<(), Fault> {
    println!(
        "model                    ms a patch   patches a second   hop   times real time   of a core at 10 a second"
    );
    for card in Registry::shipped().cards() {
        let model = Registry::shipped().load(&card.id)?;
        let samples = signal::tune(card.front_end.rate().hz(), card.context_s() + 0.1);
        let frames = features(card.front_end, card.front_end.rate().hz(), [&samples[..]])?;
        let patch = &frames[..card.patch_frames * card.front_end.bands()];
        let mut network = model.network();
        // The first run is slower: memory is found and kernels are chosen.
        network.run(patch)?;
        let seconds = median(FEWEST, || network.run(patch).map(black_box).map(drop))?;
        let hop_s = (card.hop_frames * card.front_end.hop()) as f64 / card.front_end.rate().hz();
        println!(
            "{:24} {:>10.2} {:>18.0} {:>5} {:>17.0} {:>23.0} %",
            card.id,
            seconds * 1e3,
            1.0 / seconds,
            card.hop_frames,
            hop_s / seconds,
            seconds * 10.0 * 100.0,
        );
    }
    println!();
    Ok(())
}

/// What `earmark tag` does by default, without the decoder.
fn whole() -> Result<(), Fault> {
    let rate_hz = 44_100.0;
    let samples = signal::tune(rate_hz, SECONDS);
    let load = |id: &str| Registry::shipped().load(id).map(|model| (model.card().hop_frames, model));
    let mut models = vec![load("msd-musicnn")?];
    if cfg!(feature = "tempocnn") {
        models.push(load("tempocnn-deepsquare-k8")?);
    }
    let names: Vec<String> = models.iter().map(|(_, model)| model.card().id.clone()).collect();
    let mut setup = Setup::plain(rate_hz, load("msd-musicnn")?.1);
    setup.models = models.into_iter().map(|(hop, model)| (model, hop)).collect();
    let seconds = median(3, || setup.hear(samples.chunks(4096)).map(black_box).map(drop))?;
    println!("{} over 44.1 kHz: {:.0} times real time on one core", names.join(" and "), SECONDS / seconds);
    Ok(())
}

/// The median thread time of `work`, in seconds, over at least `fewest` runs.
fn median<E: Into<Fault>>(fewest: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, Fault> {
    let begun = ThreadTime::now();
    let mut times = Vec::new();
    while times.len() < fewest || begun.elapsed() < BUDGET {
        let one = ThreadTime::now();
        work().map_err(Into::into)?;
        times.push(one.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
