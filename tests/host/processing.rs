//! Cases of clap-validator about processing and layouts. The harness checks every block, and beyond the validator that
//! the output equals the input bit for bit and that nothing is allocated.

use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::audio_ports_config::{AudioPortsConfigBuffer, PluginAudioPortsConfig};
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use cpu_time::ThreadTime;

use super::allocations::Counts;
use super::audio::ProcessHarness;
use super::rng::{SEED, TestRng};
use super::test_host::Host;

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 512;

/// Processes noise, one block of each length.
fn noise(harness: &mut ProcessHarness, rng: &mut TestRng, blocks: impl IntoIterator<Item = usize>) {
    for frames in blocks {
        let channels = rng.noises(harness.channels(), frames);
        let channels: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
        harness.play(&channels);
    }
    assert_eq!(harness.counts, Counts::default(), "in process");
}

fn five_blocks(in_place: bool) {
    Host::new().with_audio(RATE_HZ, BLOCK, |harness| {
        harness.in_place = in_place;
        noise(harness, &mut TestRng::new(SEED), [BLOCK; 5]);
    });
}

#[test]
fn process_audio_basic_out_of_place() {
    five_blocks(false);
}

#[test]
fn process_audio_basic_in_place() {
    five_blocks(true);
}

#[test]
fn process_audio_denormals() {
    let mut host = Host::new();
    let mut rng = TestRng::new(SEED);
    let mut cost = |peak: f32| {
        let blocks: Vec<Vec<f32>> = (0..50).map(|_| rng.noise(BLOCK, peak)).collect();
        host.with_audio(RATE_HZ, BLOCK, |harness| {
            let begun = ThreadTime::now();
            for block in &blocks {
                harness.play_mono(block);
            }
            begun.elapsed().as_secs_f64()
        })
    };
    cost(1.0);
    // The minimum of five runs, because other programs run on the machine.
    let mut cheapest = |peak| (0..5).map(|_| cost(peak)).fold(f64::INFINITY, f64::min);
    let (normal, denormal) = (cheapest(1.0), cheapest(f32::MIN_POSITIVE));
    println!("50 blocks of noise: {:.0} us, of denormals: {:.0} us", normal * 1e6, denormal * 1e6);
    assert!(denormal / normal < 2.0, "expected a ratio below 2.0, got {}", denormal / normal);
}

#[test]
fn process_sleep_constant_mask() {
    Host::new().with_audio(RATE_HZ, BLOCK, |harness| {
        let silence = [0.0; BLOCK];
        harness.play_mono(&silence);
        noise(harness, &mut TestRng::new(SEED), [BLOCK]);
        let mut said = 0;
        for _ in 0..38 {
            harness.play_mono(&silence);
            said += u32::from(harness.constant != 0);
        }
        println!("said to be constant in {said} of 38 silent blocks");
    });
}

#[test]
fn process_sleep_process_status() {
    Host::new().with_audio(RATE_HZ, BLOCK, |harness| {
        let mut rng = TestRng::new(SEED);
        let (mut asleep, mut slept) = (false, 0);
        for quiet in [true, false, true, false, true, true] {
            for _ in 0..10 {
                let block = if quiet { vec![0.0; BLOCK] } else { rng.noise(BLOCK, 1.0) };
                let status = harness.play_mono(&block);
                if asleep && quiet {
                    slept += 1;
                    assert!(harness.output(0).iter().all(|sample| sample.abs() < 0.001), "sound out of sleep");
                }
                asleep = match status {
                    ProcessStatus::Continue => false,
                    ProcessStatus::Sleep => true,
                    ProcessStatus::ContinueIfNotQuiet => harness.constant == 0b11,
                    ProcessStatus::Tail => panic!("a tail, of a plugin that has none"),
                };
            }
        }
        println!("asleep in {slept} of 40 quiet blocks");
    });
}

#[test]
fn process_varying_sample_rates() {
    let mut host = Host::new();
    for rate_hz in [
        8_000.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 192_000.0, 384_000.0, 768_000.0, 1234.5678,
        12_345.678, 45_678.901, 123_456.78,
    ] {
        host.with_audio(rate_hz, BLOCK, |harness| noise(harness, &mut TestRng::new(SEED), [BLOCK; 5]));
    }
}

#[test]
fn process_varying_block_sizes() {
    let mut host = Host::new();
    for most in [1, 256, 1024, 4096, 16_384, 1536, 10, 17, 2027] {
        let blocks = vec![most; 5.min(16_384 / most)];
        host.with_audio(RATE_HZ, most, |harness| noise(harness, &mut TestRng::new(SEED), blocks));
    }
}

#[test]
fn process_random_block_sizes() {
    let mut rng = TestRng::new(SEED);
    let blocks: Vec<usize> = (0..20).map(|_| if rng.chance(0.8) { 2 + rng.below(2047) } else { 1 }).collect();
    Host::new().with_audio(RATE_HZ, 2048, |harness| noise(harness, &mut rng, blocks));
}

#[test]
fn process_reset_reactivate() {
    let mut host = Host::new();
    let mut rng = TestRng::new(SEED);
    host.with_audio(RATE_HZ, BLOCK, |harness| noise(harness, &mut rng, [BLOCK]));
    host.with_audio(RATE_HZ, BLOCK, |harness| {
        noise(harness, &mut rng, [BLOCK]);
        assert_eq!(harness.reset(), Counts::default(), "in reset");
        noise(harness, &mut rng, [BLOCK]);
    });
}

#[test]
fn layout_audio_ports_config() {
    let mut host = Host::new();
    let configs: PluginAudioPortsConfig = host.extension().unwrap();
    let ports: PluginAudioPorts = host.extension().unwrap();
    let mut seen = Vec::new();
    for index in 0..configs.count(&host.instance().plugin_handle()) {
        let handle = host.instance().plugin_handle();
        let mut buffer = AudioPortsConfigBuffer::new();
        let config = configs.get(&handle, index, &mut buffer).expect("a layout below the count");
        configs.select(&handle, config.id).unwrap();
        let mut channels = 0;
        for (is_input, count, main) in
            [(true, config.input_port_count, config.main_input), (false, config.output_port_count, config.main_output)]
        {
            assert_eq!((ports.count(&handle, is_input), count), (1, 1), "layout {index}");
            let mut buffer = AudioPortInfoBuffer::new();
            let port = ports.get(&handle, 0, is_input, &mut buffer).unwrap();
            let main = main.expect("a main port");
            assert_eq!((port.channel_count, port.port_type), (main.channel_count, main.port_type), "layout {index}");
            channels = port.channel_count as usize;
        }
        host.channels = channels;
        host.with_audio(RATE_HZ, BLOCK, |harness| {
            harness.in_place = true;
            noise(harness, &mut TestRng::new(SEED), [BLOCK; 5]);
        });
        seen.push(channels);
    }
    assert_eq!(seen, [2, 1, 4, 5, 6, 7, 8]);
    let nothing = ClapId::new(seen.len() as u32);
    assert!(configs.select(&host.instance().plugin_handle(), nothing).is_err(), "a layout that there is not");
}
