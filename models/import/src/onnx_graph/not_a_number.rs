//! Ranges of the values of operations, and NaN that the engine would replace.
//!
//! The engine replaces NaN by a finite number in some operations, such as `Sigmoid` and `Relu`. A division of 0 by 0
//! would become a plausible prediction. Where such an operation may have NaN as input, NaN is kept explicitly.

use super::range::{Range, Sign};
use super::{Id, OnnxAttribute, OnnxGraph, Operation};
use crate::ImportError;
use crate::tensor::ElementType;

impl OnnxGraph {
    /// Returns the range of the value of an operation.
    pub(super) fn range(&self, operation: &Operation) -> Range {
        let inputs: Vec<_> = operation.given().map(|id| self.values[id].range).collect();
        let at = |index: usize| inputs.get(index).copied().unwrap_or(Range::INPUT);
        let all_finite = inputs.iter().all(|input| input.is_finite);
        let (first, second) = (at(0), at(1));
        let is_finite = all_finite
            && match operation.op {
                "Div" => second.sign == Sign::Positive,
                "Reciprocal" | "Log" => first.sign == Sign::Positive,
                "Sqrt" => first.sign >= Sign::NotNegative,
                "Pow" => first.sign == Sign::Positive || self.is_whole_power(operation),
                "Exp" | "Sinh" | "Cosh" | "Tan" | "Asin" | "Acos" | "Acosh" | "Atanh" | "Mod" => false,
                _ => true,
            };
        let lowest = || inputs.iter().map(|input| input.sign).min().unwrap_or(Sign::Any);
        let sign = match operation.op {
            "Abs" | "Relu" | "Sigmoid" | "Softmax" | "Exp" | "Softplus" | "ReduceL1" | "ReduceL2"
            | "ReduceSumSquare" => Sign::NotNegative,
            "Sqrt" if first.sign == Sign::Positive => Sign::Positive,
            "Sqrt" => Sign::NotNegative,
            "Mul" if operation.inputs.first() == operation.inputs.get(1) => Sign::NotNegative,
            "Mul" | "Div" => lowest().min(Sign::NotNegative),
            "Pow" if self.is_whole_power(operation) => first.sign.min(Sign::NotNegative),
            "Add" if lowest() >= Sign::NotNegative => first.sign.max(second.sign),
            "Max" => first.sign.max(second.sign),
            // The lower bound; the upper one is not negative, or nothing is known.
            "Clip" => first.sign.max(second.sign).min(at(2).sign),
            "Reciprocal" if first.sign == Sign::Positive => Sign::Positive,
            "AveragePool" | "MaxPool" => first.sign.min(Sign::NotNegative),
            "Min" | "Concat" => lowest(),
            "Where" => second.sign.min(at(2).sign),
            "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" | "Slice" | "Expand" | "Gather" | "ReduceMax"
            | "ReduceMin" | "ReduceMean" | "ReduceSum" => first.sign,
            _ => Sign::Any,
        };
        Range { sign, is_finite }
    }

    fn is_whole_power(&self, operation: &Operation) -> bool {
        let exponent = operation.inputs.get(1).and_then(|&id| self.values[id].constant.as_ref());
        exponent.is_some_and(|exponent| exponent.to_floats().iter().all(|&power| power >= 0.0 && power.fract() == 0.0))
    }

    /// Returns the value of an operation with NaN wherever an input that the operation would replace is NaN.
    pub(super) fn keep_nan(&mut self, operation: &Operation, id: Id) -> Result<Id, ImportError> {
        let Some(&first) = operation.inputs.first() else { return Ok(id) };
        if operation.given().all(|input| self.values[input].range.is_finite) {
            return Ok(id);
        }
        let shape = self.shape(id).to_vec();
        // A value that is NaN where an input is.
        let mark = match operation.op {
            "Relu" | "Sigmoid" | "Tanh" | "Clip" => first,
            "Max" | "Min" => self.add("Add", operation.inputs.clone(), vec![], shape.clone(), ElementType::F32)?,
            "ReduceMax" | "ReduceMin" => {
                let axes = operation.attributes.iter().find(|(name, _)| *name == "axes");
                let Some((_, OnnxAttribute::Ints(axes))) = axes else { return Ok(id) };
                let axes = self.integers(axes.clone());
                let keep = operation.attributes.iter().filter(|(name, _)| *name == "keepdims").cloned().collect();
                self.add("ReduceSum", vec![first, axes], keep, shape.clone(), ElementType::F32)?
            }
            // The whole value is NaN if one element of the input is.
            "MaxPool" | "LSTM" | "GRU" | "RNN" | "TopK" => {
                let rank = self.shape(first).len();
                let axes = self.integers((0..rank as i64).collect());
                let keep = vec![("keepdims", OnnxAttribute::Int(1))];
                self.add("ReduceSum", vec![first, axes], keep, vec![1; rank], ElementType::F32)?
            }
            _ => return Ok(id),
        };
        if self.values[mark].element_type != ElementType::F32 {
            return Ok(id);
        }
        let marked = self.shape(mark).to_vec();
        let is_number = self.add("Equal", vec![mark, mark], vec![], marked, ElementType::Bool)?;
        self.add("Where", vec![is_number, id, mark], vec![], shape, ElementType::F32)
    }
}
