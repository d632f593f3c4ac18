//! Einstein summation, as transpositions, reductions and matrix products.

use super::{BuildResult, GraphBuilder, OpError, Value, op_error};
use crate::tensor::count;

/// Maximum number of operands.
const MAX_OPERANDS: usize = 16;

/// An index of an axis: a letter, or a number for an axis of an ellipsis, counted from the last.
type Index = u32;

/// A value with the index of each axis.
struct Term {
    value: Value,
    indices: Vec<Index>,
}

impl GraphBuilder {
    /// Emits the sum of products that an equation such as `abc,cd->abd` describes.
    pub(crate) fn einsum(&mut self, equation: &str, values: &[Value]) -> BuildResult {
        let equation: String = equation.chars().filter(|letter| !letter.is_whitespace()).collect();
        let (inputs, output) = match equation.split_once("->") {
            Some((inputs, output)) => (inputs, Some(output)),
            None => (&*equation, None),
        };
        let parts: Vec<_> = inputs.split(',').collect();
        if parts.len() != values.len() || parts.len() > MAX_OPERANDS {
            return op_error(format!("expected an equation of {} operands, got `{equation}`", values.len()));
        }
        let mut terms = Vec::new();
        for (part, value) in parts.iter().zip(values) {
            let indices = indices(part, value.shape()?.len())?;
            let repeated = (0..indices.len()).any(|at| indices[..at].contains(&indices[at]));
            if repeated {
                return op_error(format!("expected each index once in an operand, got `{part}`"));
            }
            terms.push(Term { value: value.clone(), indices });
        }
        let output = match output {
            Some(output) => explicit(output, &terms)?,
            None => implicit(&terms),
        };
        terms.reverse();
        let mut result = terms.pop().ok_or(OpError::Unknown)?;
        while let Some(next) = terms.pop() {
            let is_kept =
                |index: &Index| output.contains(index) || terms.iter().any(|term| term.indices.contains(index));
            result = self.product(result, next, &is_kept)?;
        }
        let result = self.without(result, &|index| output.contains(index))?;
        let place = |index: &Index| result.indices.iter().position(|own| own == index).map(|place| place as i64);
        match output.iter().map(place).collect::<Option<Vec<_>>>() {
            Some(order) => self.transpose(&result.value, &order),
            None => op_error(format!("expected indices of the operands in the result, got `{equation}`")),
        }
    }

    /// Sums over the axes whose index is not kept.
    fn without(&mut self, term: Term, is_kept: &dyn Fn(&Index) -> bool) -> Result<Term, OpError> {
        let gone: Vec<_> = (0..term.indices.len()).filter(|&at| !is_kept(&term.indices[at])).collect();
        if gone.is_empty() {
            return Ok(term);
        }
        let axes: Vec<_> = gone.iter().map(|&at| at as i64).collect();
        let value = self.reduce("ReduceSum", &term.value, &axes, false)?;
        Ok(Term { value, indices: term.indices.into_iter().filter(|index| is_kept(index)).collect() })
    }

    /// Multiplies two terms, and sums over the common indices that are not kept.
    fn product(&mut self, one: Term, other: Term, is_kept: &dyn Fn(&Index) -> bool) -> Result<Term, OpError> {
        let left = self.without(one, &|index| is_kept(index) || other.indices.contains(index))?;
        let right = self.without(other, &|index| is_kept(index) || left.indices.contains(index))?;
        let is_common = |index: &&Index| left.indices.contains(index) && right.indices.contains(index);
        let batch: Vec<_> = left.indices.iter().filter(is_common).filter(|index| is_kept(index)).copied().collect();
        let summed: Vec<_> = left.indices.iter().filter(is_common).filter(|index| !is_kept(index)).copied().collect();
        let lefts: Vec<_> = left.indices.iter().filter(|index| !is_common(index)).copied().collect();
        let rights: Vec<_> = right.indices.iter().filter(|index| !is_common(index)).copied().collect();
        let dims = |term: &Term, indices: &[Index]| -> Result<Vec<usize>, OpError> {
            let shape = term.value.shape()?;
            let dim = |index| term.indices.iter().position(|own| own == index).and_then(|at| shape.get(at).copied());
            indices.iter().map(dim).collect::<Option<_>>().ok_or(OpError::Unknown)
        };
        let common = [&*batch, &*summed].concat();
        let (sizes, same) = (dims(&left, &common)?, dims(&right, &common)?);
        if sizes != same {
            return op_error(format!("expected equal sizes of common indices, got {sizes:?} and {same:?}"));
        }
        let (outer, inner) = sizes.split_at(batch.len());
        let (height, width) = (dims(&left, &lefts)?, dims(&right, &rights)?);
        let (batches, inner) = (count(outer)?, count(inner)?);
        let rows = self.ordered(&left, &[&*batch, &lefts, &summed].concat())?;
        let columns = self.ordered(&right, &[&*batch, &summed, &rights].concat())?;
        let (mut row_shape, mut column_shape) = (vec![batches], vec![batches]);
        if batches == 1 {
            // A kernel of two axes is the fastest form for the engine.
            (row_shape, column_shape) = (vec![], vec![]);
        }
        row_shape.extend([count(&height)?, inner]);
        column_shape.extend([inner, count(&width)?]);
        let (rows, columns) = (self.shaped(&rows, row_shape)?, self.shaped(&columns, column_shape)?);
        let product = self.matmul(&rows, &columns)?;
        let value = self.shaped(&product, [outer, &height, &width].concat())?;
        Ok(Term { value, indices: [batch, lefts, rights].concat() })
    }

    fn ordered(&mut self, term: &Term, indices: &[Index]) -> BuildResult {
        let place = |index: &Index| term.indices.iter().position(|own| own == index).unwrap_or(0) as i64;
        self.transpose(&term.value, &indices.iter().map(place).collect::<Vec<_>>())
    }
}

/// Maximum rank of a tensor.
const MAX_AXES: Index = 16;

/// Returns the index of each axis of an operand of this rank.
fn indices(part: &str, rank: usize) -> Result<Vec<Index>, OpError> {
    let letters = part.chars().filter(|letter| *letter != '.').count();
    let is_open = part.contains("...");
    let missing = rank.checked_sub(letters).filter(|&missing| missing < MAX_AXES as usize && (is_open || missing == 0));
    let (Some(missing), true) = (missing, part.chars().all(|letter| letter == '.' || letter.is_ascii_alphabetic()))
    else {
        return op_error(format!("expected indices of {rank} axes, got `{part}`"));
    };
    let letters = |part: &str| part.chars().filter(|letter| *letter != '.').map(u32::from).collect::<Vec<_>>();
    let (before, after) = part.split_once("...").unwrap_or((part, ""));
    Ok([letters(before), (0..missing as Index).rev().collect(), letters(after)].concat())
}

/// Returns the indices of the result: those of `output`, with all axes of ellipses.
fn explicit(output: &str, terms: &[Term]) -> Result<Vec<Index>, OpError> {
    let open = terms.iter().flat_map(|term| &term.indices).filter(|&&index| index < MAX_AXES).max();
    let count = if output.contains("...") { open.map_or(0, |&last| last as usize + 1) } else { 0 };
    let letters = output.chars().filter(|letter| *letter != '.').count();
    indices(output, letters + count)
}

/// Returns the indices of the result of an equation without one: those that occur once, in alphabetical order.
fn implicit(terms: &[Term]) -> Vec<Index> {
    let all: Vec<_> = terms.iter().flat_map(|term| term.indices.iter().copied()).collect();
    let mut open: Vec<_> = all.iter().copied().filter(|&index| index < MAX_AXES).collect();
    open.sort_unstable_by(|one, other| other.cmp(one));
    open.dedup();
    let is_single = |index: &Index| *index >= MAX_AXES && all.iter().filter(|&other| other == index).count() == 1;
    let mut letters: Vec<_> = all.iter().copied().filter(is_single).collect();
    letters.sort_unstable();
    [open, letters].concat()
}
