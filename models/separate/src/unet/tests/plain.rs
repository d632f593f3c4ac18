//! Plain implementation of the network, channels first, in the words of the specification.

use crate::weights::{Layer, Norm, UNetWeights};

/// Values `[channel][time][frequency]`.
#[derive(Clone)]
struct Tensor {
    channels: usize,
    rows: usize,
    cols: usize,
    data: Vec<f32>,
}

impl Tensor {
    fn new(channels: usize, rows: usize, cols: usize) -> Self {
        Self { channels, rows, cols, data: vec![0.0; channels * rows * cols] }
    }

    fn at(&self, channel: usize, row: isize, col: isize) -> f32 {
        if row < 0 || col < 0 || row >= self.rows as isize || col >= self.cols as isize {
            return 0.0;
        }
        self.data[(channel * self.rows + row as usize) * self.cols + col as usize]
    }

    fn each(mut self, f: impl Fn(usize, f32) -> f32) -> Self {
        let size = self.rows * self.cols;
        for (index, value) in self.data.iter_mut().enumerate() {
            *value = f(index / size, *value);
        }
        self
    }

    fn norm(self, norm: &Norm) -> Self {
        self.each(|channel, value| value * norm.scale[channel] + norm.shift[channel])
    }
}

/// Convolution with `size` by `size` taps.
fn conv(input: &Tensor, layer: &Layer, size: usize, (stride, dilation, before): (usize, usize, isize)) -> Tensor {
    let mut out = Tensor::new(layer.bias.len(), input.rows / stride, input.cols / stride);
    for index in 0..out.data.len() {
        let (col, row) = (index % out.cols, index / out.cols % out.rows);
        let channel = index / out.cols / out.rows;
        let mut sum = f64::from(layer.bias[channel]);
        for source in 0..input.channels {
            for tap in 0..size * size {
                let y = (row * stride + tap / size * dilation) as isize - before;
                let x = (col * stride + tap % size * dilation) as isize - before;
                let weight = layer.weight[(channel * input.channels + source) * size * size + tap];
                sum += f64::from(weight) * f64::from(input.at(source, y, x));
            }
        }
        out.data[index] = sum as f32;
    }
    out
}

/// Transposed convolution in scatter form.
fn up(input: &Tensor, layer: &Layer) -> Tensor {
    let mut out = Tensor::new(layer.bias.len(), input.rows * 2, input.cols * 2);
    for (channel, plane) in out.data.chunks_exact_mut(input.rows * input.cols * 4).enumerate() {
        let mut sums = vec![f64::from(layer.bias[channel]); plane.len()];
        for source in 0..input.channels {
            for row in 0..input.rows {
                for col in 0..input.cols {
                    let value = f64::from(input.at(source, row as isize, col as isize));
                    for tap in 0..25 {
                        let (y, x) = (2 * row + tap / 5, 2 * col + tap % 5);
                        if (1..=2 * input.rows).contains(&y) && (1..=2 * input.cols).contains(&x) {
                            let weight = layer.weight[(source * layer.bias.len() + channel) * 25 + tap];
                            sums[(y - 1) * input.cols * 2 + x - 1] += value * f64::from(weight);
                        }
                    }
                }
            }
        }
        for (value, sum) in plane.iter_mut().zip(sums) {
            *value = sum as f32;
        }
    }
    out
}

/// Returns the magnitudes of the stem for all frames.
pub(super) fn run(weights: &UNetWeights, mix: &[f32], frames: usize, bins: usize) -> Vec<f32> {
    let mix = Tensor { channels: 2, rows: frames, cols: bins, data: mix.to_vec() };
    let mut skips: Vec<Tensor> = Vec::new();
    let mut value = mix.clone();
    for (level, layer) in weights.convs.iter().enumerate() {
        let raw = conv(&value, layer, 5, (2, 1, 1));
        skips.push(raw.clone());
        value = match weights.conv_norms.get(level) {
            Some(norm) => raw.norm(norm).each(|_, value| if value < 0.0 { 0.2 * value } else { value }),
            None => raw,
        };
    }
    for (index, (layer, norm)) in weights.ups.iter().zip(&weights.up_norms).enumerate() {
        if index > 0 {
            let mut joined = skips[5 - index].clone();
            joined.channels += value.channels;
            joined.data.extend(value.data);
            value = joined;
        }
        value = up(&value, layer).each(|_, value| value.max(0.0)).norm(norm);
    }
    let mask = conv(&value, &weights.last, 4, (1, 2, 3)).each(|_, value| 1.0 / (1.0 + (-value).exp()));
    mask.data.iter().zip(&mix.data).map(|(mask, mix)| mask * mix).collect()
}
