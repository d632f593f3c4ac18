//! Check of the buffers and events that one call of `process` left.

use clack_host::events::Event;
use clack_host::events::event_types::TransportEvent;

/// Bits that output buffers are filled with: a quiet NaN that no arithmetic produces.
pub(crate) const MARKER: u32 = 0x7FC0_1234;

/// Samples behind the block that must not be written to.
pub(crate) const GUARD_LEN: usize = 16;

/// Largest deviation of a channel that is reported as constant from its middle: -60 dBFS.
const CONSTANT_TOLERANCE: f32 = 0.001;

/// Buffers with the guard behind the block, and the events: time, type, and MIDI bytes.
pub(crate) struct BlockCheck<'a> {
    pub(crate) inputs: &'a [Vec<f32>],
    pub(crate) outputs: &'a [Vec<f32>],
    pub(crate) constant: u64,
    pub(crate) events: &'a [(u32, u16, Option<[u8; 3]>)],
}

impl BlockCheck<'_> {
    /// Returns the first fault after these input samples, or none.
    pub(crate) fn fault(&self, channels: &[&[f32]]) -> Option<String> {
        let of_channels = channels.iter().enumerate().find_map(|(c, expected)| self.fault_of(c, expected));
        of_channels.or_else(|| self.fault_of_events(channels[0].len()))
    }

    fn fault_of(&self, c: usize, expected: &[f32]) -> Option<String> {
        let frames = expected.len();
        let (input, output) = (&self.inputs[c], &self.outputs[c]);
        let out = &output[..frames];
        let differs = |got: &[f32]| got.iter().zip(expected).position(|(got, e)| got.to_bits() != e.to_bits());
        let odd = |x: &f32| !x.is_finite() || x.is_subnormal();
        let marked = |samples: &[f32]| samples.iter().position(|sample| sample.to_bits() == MARKER);
        let beyond = |samples: &[f32]| samples[frames..].iter().position(|sample| sample.to_bits() != MARKER);
        let (least, most) =
            out.iter().fold((f32::INFINITY, 0.0_f32), |(least, most), x| (least.min(x.abs()), most.max(x.abs())));
        let moves = self.constant & (1 << c) != 0 && (most - least) / 2.0 >= CONSTANT_TOLERANCE;
        [
            ("the input was changed", differs(input)),
            ("the output was not written", marked(out)),
            // Only for finite input: non-finite samples pass unchanged.
            (
                "the output is not a number, infinite or subnormal",
                out.iter().position(odd).filter(|&at| !odd(&expected[at])),
            ),
            ("the output is not the input", differs(out)),
            ("the input was written to behind the block", beyond(input)),
            ("the output was written to behind the block", beyond(output)),
            ("the output is said to be constant and moves", moves.then_some(0)),
        ]
        .into_iter()
        .find_map(|(fault, at)| Some(format!("channel {c}, sample {}: {fault}", at?)))
    }

    fn fault_of_events(&self, frames: usize) -> Option<String> {
        let mut before = 0;
        for &(time, kind, _) in self.events {
            if time < before || time as usize >= frames {
                return Some(format!("an event at {time} after one at {before}"));
            }
            if kind == TransportEvent::TYPE_ID {
                return Some("the plugin sends the transport".into());
            }
            before = time;
        }
        None
    }
}

#[test]
fn block_check_detects_every_mutation() {
    let block = [0.5_f32, -0.25, 0.125];
    let guarded = || [&block[..], &[f32::from_bits(MARKER); GUARD_LEN]].concat();
    type Mutation = fn(&mut Vec<f32>, &mut Vec<f32>, &mut u64, &mut Vec<(u32, u16, Option<[u8; 3]>)>);
    let plants: [(&str, Mutation); 11] = [
        ("", |_, _, _, _| {}),
        ("", |_, _, _, events| events.extend([(0, 10, None), (2, 10, None)])),
        ("the input was changed", |input, _, _, _| input[1] = 0.0),
        ("was not written", |_, output, _, _| output[2] = f32::from_bits(MARKER)),
        ("not a number", |_, output, _, _| output[2] = 1e-40),
        ("not the input", |_, output, _, _| output[0] = -0.5),
        ("the input was written to behind", |input, _, _, _| input[3] = 0.0),
        ("the output was written to behind", |_, output, _, _| output[3 + GUARD_LEN - 1] = 0.0),
        ("constant and moves", |_, _, constant, _| *constant = 1),
        ("after one at", |_, _, _, events| events.extend([(2, 10, None), (1, 10, None)])),
        ("sends the transport", |_, _, _, events| events.push((0, TransportEvent::TYPE_ID, None))),
    ];
    for (expected, plant) in plants {
        let (mut input, mut output, mut constant, mut events) = (guarded(), guarded(), 0, Vec::new());
        plant(&mut input, &mut output, &mut constant, &mut events);
        let (inputs, outputs) = ([input], [output]);
        let played = BlockCheck { inputs: &inputs, outputs: &outputs, constant, events: &events };
        let fault = played.fault(&[&block]).unwrap_or_default();
        assert!(fault.contains(expected) && fault.is_empty() == expected.is_empty(), "`{expected}`: {fault}");
    }
}
