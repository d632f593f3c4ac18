//! Convolution, pooling and batch normalization, channels first: `[batch, channels, spatial axes...]`.

use std::sync::Arc;

use super::{BuildResult, GraphBuilder, OpError, Value, View, fold, op_error};
use crate::onnx_graph::{Id, OnnxAttribute};
use crate::tensor::{Data, ElementType, Tensor};

/// Padding of a convolution or a pooling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Padding {
    /// No padding.
    Valid,
    /// Padding that keeps the size at a stride of 1; an odd element goes to the end if `upper`, else to the start.
    Same { upper: bool },
    /// Zeros before and after, for each axis.
    Given(Vec<[usize; 2]>),
}

/// Size, stride, dilation and padding of a sliding window over the spatial axes.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) kernel: Vec<usize>,
    pub(crate) strides: Vec<usize>,
    pub(crate) dilations: Vec<usize>,
    pub(crate) padding: Padding,
    /// Whether a last window that exceeds the input counts (`ceil_mode` of ONNX).
    pub(crate) ceil: bool,
}

impl Window {
    /// Returns the padding before and after each axis of the input.
    fn pads(&self, places: &[usize]) -> Vec<[usize; 2]> {
        let same = |axis: usize, upper: bool| {
            let (dim, stride) = (places[axis], self.strides[axis]);
            let needed = (dim.div_ceil(stride) - 1) * stride + self.reach(axis);
            let total = needed.saturating_sub(dim);
            let half = total / 2;
            if upper { [half, total - half] } else { [total - half, half] }
        };
        match &self.padding {
            Padding::Valid => vec![[0, 0]; places.len()],
            Padding::Same { upper } => (0..places.len()).map(|axis| same(axis, *upper)).collect(),
            Padding::Given(pads) => pads.clone(),
        }
    }

    /// Returns the extent of a window along an axis, dilation included.
    pub(crate) fn reach(&self, axis: usize) -> usize {
        (self.kernel[axis].saturating_sub(1)).saturating_mul(self.dilations[axis]).saturating_add(1)
    }

    pub(crate) fn check(&self, rank: usize) -> Result<(), OpError> {
        let lengths = [self.kernel.len(), self.strides.len(), self.dilations.len()];
        let given = if let Padding::Given(pads) = &self.padding { pads.len() } else { rank };
        let all = [&self.kernel, &self.strides, &self.dilations];
        let limits = all.iter().all(|list| list.iter().all(|dim| (1..1 << 26).contains(dim)));
        if rank == 0 || lengths != [rank; 3] || given != rank || !limits {
            return op_error(format!("expected a window over {rank} axes, got {self:?}"));
        }
        Ok(())
    }

    /// Returns the dimensions of the result.
    fn dims(&self, places: &[usize], pads: &[[usize; 2]]) -> Result<Vec<usize>, OpError> {
        let dim = |axis: usize| {
            let padded = places[axis].saturating_add(pads[axis][0]).saturating_add(pads[axis][1]);
            let left = padded.checked_sub(self.reach(axis))?;
            Some(if self.ceil { left.div_ceil(self.strides[axis]) } else { left / self.strides[axis] } + 1)
        };
        match (0..places.len()).map(dim).collect() {
            Some(dims) => Ok(dims),
            None => op_error(format!("expected a window no larger than {places:?}, got {:?}", self.kernel)),
        }
    }

    fn attributes(&self, pads: &[[usize; 2]]) -> Vec<(&'static str, OnnxAttribute)> {
        let list = |values: &[usize]| OnnxAttribute::Ints(values.iter().map(|&value| value as i64).collect());
        let pads: Vec<_> = [0, 1].iter().flat_map(|&end| pads.iter().map(move |pad| pad[end])).collect();
        vec![("kernel_shape", list(&self.kernel)), ("pads", list(&pads)), ("strides", list(&self.strides))]
    }
}

impl GraphBuilder {
    /// Emits a convolution. `kernel` is `[outputs, inputs / groups, spatial axes...]`.
    pub(crate) fn conv(
        &mut self,
        value: &Value,
        kernel: &Arc<Tensor>,
        bias: Option<&Arc<Tensor>>,
        window: &Window,
        groups: usize,
    ) -> BuildResult {
        let Value::Dynamic(view) = value else {
            return op_error("expected a value that depends on the input of the network, got a constant");
        };
        let shape = view.shape();
        let rank = shape.len().saturating_sub(2);
        window.check(rank)?;
        let fits = kernel.shape.len() == shape.len()
            && kernel.shape[2..] == *window.kernel
            && groups > 0
            && kernel.shape[1].checked_mul(groups) == Some(shape[1])
            && kernel.shape[0] > 0
            && kernel.shape[0].is_multiple_of(groups)
            && bias.is_none_or(|bias| bias.shape == [kernel.shape[0]]);
        if !fits {
            return op_error(format!("expected a kernel for {shape:?} in {groups} groups, got {:?}", kernel.shape));
        }
        if let Some(made) = self.conv_along_time(view, kernel, bias, window)? {
            return Ok(made);
        }
        let order: Vec<_> = (0..shape.len()).map(Some).collect();
        let id = self.transpose_to(view, &order)?;
        let (id, dims) = self.convolve(id, kernel, bias, window, groups)?;
        Ok(Value::Dynamic(View::plain(id, &[&shape[..1], &kernel.shape[..1], &dims].concat())))
    }

    /// Emits a 1-D convolution for a one-channel plane if the kernel covers one axis completely: this axis becomes the
    /// channels. `None` if the convolution has another form.
    fn conv_along_time(
        &mut self,
        view: &View,
        kernel: &Arc<Tensor>,
        bias: Option<&Arc<Tensor>>,
        window: &Window,
    ) -> Result<Option<Value>, OpError> {
        let shape = view.shape();
        let &[batch, 1, ..] = &*shape else { return Ok(None) };
        if shape.len() != 4 {
            return Ok(None);
        }
        let pads = window.pads(&shape[2..]);
        for (whole, along) in [(3, 2), (2, 3)] {
            let covers = shape[whole] > 1 && window.kernel[whole - 2] == shape[whole] && pads[whole - 2] == [0, 0];
            // Only if the axis is stored first already: a transposition would cost more than it saves.
            let stored = [Some(0), Some(whole), Some(along)];
            let parts: Vec<_> = view.order(&stored).axes.iter().flatten().map(|part| self.stride(view, part)).collect();
            if !covers || !parts.is_sorted_by(|one, next| one > next) {
                continue;
            }
            let id = self.transpose_to(view, &stored)?;
            self.net.charge(kernel.data.len())?;
            let permuted = fold::transpose(kernel, &[0, whole, along, 1])?;
            let permuted = fold::reshape(&permuted, permuted.shape[..3].to_vec())?;
            let at = along - 2;
            let narrow = Window {
                kernel: vec![window.kernel[at]],
                strides: vec![window.strides[at]],
                dilations: vec![window.dilations[at]],
                padding: Padding::Given(vec![pads[at]]),
                ceil: false,
            };
            let (id, dims) = self.convolve(id, &permuted, bias, &narrow, 1)?;
            let plain = View::plain(id, &[batch, kernel.shape[0], dims[0]]);
            let order = if along == 2 { [Some(0), Some(1), Some(2), None] } else { [Some(0), Some(1), None, Some(2)] };
            return Ok(Some(Value::Dynamic(plain.order(&order))));
        }
        Ok(None)
    }

    fn convolve(
        &mut self,
        id: Id,
        kernel: &Arc<Tensor>,
        bias: Option<&Arc<Tensor>>,
        window: &Window,
        groups: usize,
    ) -> Result<(Id, Vec<usize>), OpError> {
        let places = self.net.shape(id)[2..].to_vec();
        let pads = window.pads(&places);
        let dims = window.dims(&places, &pads)?;
        let (id, pads) = self.take_pads(id, pads);
        let mut attributes = window.attributes(&pads);
        let dilations = window.dilations.iter().map(|&value| value as i64).collect();
        attributes
            .extend([("dilations", OnnxAttribute::Ints(dilations)), ("group", OnnxAttribute::Int(groups as i64))]);
        let shape = [&[self.net.shape(id)[0], kernel.shape[0]], &*dims].concat();
        let mut inputs = vec![id, self.net.constant(kernel)];
        inputs.extend(bias.map(|bias| self.net.constant(bias)));
        Ok((self.net.emit("Conv", inputs, attributes, shape, ElementType::F32)?, dims))
    }

    /// Merges a preceding `Pad` with zeros into the padding of the convolution.
    fn take_pads(&self, id: Id, mut pads: Vec<[usize; 2]>) -> (Id, Vec<[usize; 2]>) {
        let Some(producer) = self.net.producer(id).filter(|producer| producer.op == "Pad") else { return (id, pads) };
        let numbers = |at: usize| producer.inputs.get(at).and_then(|&id| self.net.values[id].constant.as_ref());
        let (Some(list), Some(fill)) = (numbers(1), numbers(2)) else { return (id, pads) };
        let list = list.to_integers();
        let rank = pads.len() + 2;
        if fill.to_floats() != [0.0] || [0, 1, rank, rank + 1].iter().any(|&at| list[at] != 0) {
            return (id, pads);
        }
        for (axis, pad) in pads.iter_mut().enumerate() {
            pad[0] += list[axis + 2] as usize;
            pad[1] += list[axis + 2 + rank] as usize;
        }
        (producer.inputs[0], pads)
    }

    /// Emits a transposed convolution. `kernel` is `[inputs, outputs / groups, spatial axes...]`. The padding is
    /// removed from the result, which has the spatial dimensions `dims` if given.
    pub(crate) fn conv_transpose(
        &mut self,
        value: &Value,
        kernel: &Arc<Tensor>,
        bias: Option<&Arc<Tensor>>,
        window: &Window,
        dims: Option<&[usize]>,
        groups: usize,
    ) -> BuildResult {
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let shape = view.shape();
        let rank = shape.len().saturating_sub(2);
        window.check(rank)?;
        if kernel.shape.len() != shape.len()
            || kernel.shape[0] != shape[1]
            || kernel.shape[2..] != *window.kernel
            || groups == 0
            || !kernel.shape[0].is_multiple_of(groups)
            || bias.is_some_and(|bias| bias.shape != [kernel.shape[1].saturating_mul(groups)])
        {
            return op_error(format!("expected a kernel for {shape:?}, got {:?}", kernel.shape));
        }
        // The size without padding: each element of the input starts a window.
        let full =
            |axis: usize| (shape[axis + 2] - 1).saturating_mul(window.strides[axis]).saturating_add(window.reach(axis));
        let pads: Vec<[usize; 2]> = match (&window.padding, dims) {
            (Padding::Given(pads), _) => pads.clone(),
            (Padding::Valid, None) => vec![[0, 0]; rank],
            (padding, Some(dims)) => (0..rank)
                .map(|axis| {
                    let total = full(axis).saturating_sub(dims.get(axis).copied().unwrap_or(0));
                    let before = match padding {
                        Padding::Valid => 0,
                        Padding::Same { upper: false } => total - total / 2,
                        _ => total / 2,
                    };
                    [before, total - before]
                })
                .collect(),
            (Padding::Same { .. }, None) => return Err(OpError::Unknown),
        };
        let dim = |axis: usize| full(axis).checked_sub(pads[axis][0].saturating_add(pads[axis][1]));
        let Some(got) = (0..rank).map(dim).collect::<Option<Vec<_>>>() else {
            return op_error("expected padding smaller than the result");
        };
        let extra: Vec<_> = match dims {
            Some(dims) if dims.len() == rank => (0..rank).map(|axis| dims[axis].saturating_sub(got[axis])).collect(),
            _ => vec![0; rank],
        };
        let dims: Vec<_> = got.iter().zip(&extra).map(|(dim, extra)| dim + extra).collect();
        let id = self.transpose_all(view)?;
        let mut attributes = window.attributes(&pads);
        let list = |values: &[usize]| OnnxAttribute::Ints(values.iter().map(|&value| value as i64).collect());
        attributes.extend([("dilations", list(&window.dilations)), ("group", OnnxAttribute::Int(groups as i64))]);
        attributes.push(("output_padding", list(&extra)));
        let outputs = kernel.shape[1].saturating_mul(groups);
        let shape = [&[shape[0], outputs], &*dims].concat();
        let mut inputs = vec![id, self.net.constant(kernel)];
        inputs.extend(bias.map(|bias| self.net.constant(bias)));
        let id = self.net.emit("ConvTranspose", inputs, attributes, shape.clone(), ElementType::F32)?;
        Ok(Value::Dynamic(View::plain(id, &shape)))
    }

    /// Emits a pooling, `MaxPool` or `AveragePool`. With `counts_border` the average includes padded elements.
    pub(crate) fn pool(
        &mut self,
        op: &'static str,
        value: &Value,
        window: &Window,
        counts_border: bool,
    ) -> BuildResult {
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let shape = view.shape();
        window.check(shape.len().saturating_sub(2))?;
        let pads = window.pads(&shape[2..]);
        let dims = window.dims(&shape[2..], &pads)?;
        let id = self.transpose_all(view)?;
        let mut attributes = window.attributes(&pads);
        if op == "AveragePool" {
            attributes.push(("count_include_pad", OnnxAttribute::Int(counts_border.into())));
        } else if window.dilations.iter().any(|&dilation| dilation != 1) {
            return Err(OpError::Unknown);
        }
        if window.ceil {
            attributes.push(("ceil_mode", OnnxAttribute::Int(1)));
        }
        let shape = [&shape[..2], &*dims].concat();
        let id = self.net.emit(op, vec![id], attributes, shape.clone(), ElementType::F32)?;
        Ok(Value::Dynamic(View::plain(id, &shape)))
    }

    /// Emits a normalization over `size` neighbouring channels, with the factor, power and offset of the sum of squares.
    pub(crate) fn response_normalized(
        &mut self,
        value: &Value,
        size: usize,
        [alpha, beta, bias]: [f32; 3],
    ) -> BuildResult {
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let shape = view.shape();
        if shape.len() < 3 || size == 0 || size > 4_096 {
            return op_error(format!("expected 1 to 4096 channels of an image, got {size} of {shape:?}"));
        }
        let id = self.transpose_all(view)?;
        let number = |number: f32| OnnxAttribute::Float(number.to_bits());
        let attributes = vec![
            ("size", OnnxAttribute::Int(size as i64)),
            ("alpha", number(alpha)),
            ("beta", number(beta)),
            ("bias", number(bias)),
        ];
        let id = self.net.emit("LRN", vec![id], attributes, shape.clone(), ElementType::F32)?;
        Ok(Value::Dynamic(View::plain(id, &shape)))
    }

    /// Emits a batch normalization as a multiplication and an addition along axis `channel`.
    pub(crate) fn normalise(&mut self, value: &Value, parts: [&Value; 4], epsilon: f32, channel: usize) -> BuildResult {
        let [gamma, beta, mean, variance] = parts;
        for part in parts {
            self.net.charge(part.constant()?.data.len())?;
        }
        let numbers =
            [gamma.constant()?, beta.constant()?, mean.constant()?, variance.constant()?].map(|part| part.to_floats());
        let [gamma, beta, mean, variance] = &numbers;
        let shape = value.shape()?;
        let channels = shape.get(channel).copied().unwrap_or(0);
        if numbers.iter().any(|part| part.len() != channels) {
            return op_error(format!(
                "expected parameters for {channels} channels, got {:?}",
                numbers.each_ref().map(Vec::len)
            ));
        }
        let (mut scale, mut shift) = (Vec::new(), Vec::new());
        for at in 0..channels {
            let factor = f64::from(gamma[at]) / (f64::from(variance[at]) + f64::from(epsilon)).sqrt();
            scale.push(factor as f32);
            shift.push((f64::from(beta[at]) - f64::from(mean[at]) * factor) as f32);
        }
        let mut dims = vec![1; shape.len() - channel];
        dims[0] = channels;
        let scaled = self.binary("Mul", value, &Value::Constant(Tensor::new(dims.clone(), Data::F32(scale))?))?;
        self.binary("Add", &scaled, &Value::Constant(Tensor::new(dims, Data::F32(shift))?))
    }
}
