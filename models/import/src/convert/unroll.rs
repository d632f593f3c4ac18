//! Conversion of a loop with a constant number of steps: a recurrent layer becomes one operation; the body of another loop
//! is converted once for each step.

use super::Convert;
use super::loop_parts::{Condition, LoopParts, failed, variable_count};
use super::recurrence::Roles;
use crate::ImportError;
use crate::build::Value;
use crate::graph::{Node, TensorRef};
use crate::tensor::{Data, ElementType};

/// Maximum number of steps of a loop.
const MAX_STEPS: usize = 4_096;
/// Maximum depth of loops within each other.
const MAX_DEPTH: usize = 4;
/// Cost of the conversion of a node of the body, in elements.
const NODE_COST: usize = 100;
/// Maximum number of operations of a loop that is no known recurrent layer. The engine takes seconds to load more.
const MAX_UNROLLED_OPERATIONS: usize = 1_500;

impl Convert<'_> {
    /// Converts a loop whose variables have their initial values, and returns their last values.
    pub(super) fn unroll(&mut self, at: usize) -> Result<Vec<Value>, ImportError> {
        let node = &self.graph.nodes[at];
        if self.depth == MAX_DEPTH {
            return Err(ImportError::Cycle(node.name.clone()));
        }
        self.build.net.charge(self.graph.nodes.len())?;
        let Some(parts) = self.parts(node) else {
            return Ok(vec![failed(node, "expected variables, a condition and next values")]);
        };
        self.depth += 1;
        let values = self.last_values(node, &parts)?;
        self.depth -= 1;
        self.clear(&parts);
        Ok(values)
    }

    fn last_values(&mut self, node: &Node<Option<TensorRef>>, parts: &LoopParts) -> Result<Vec<Value>, ImportError> {
        let initial: Vec<_> = parts.variables.iter().map(|&variable| self.value((variable, 0))).collect();
        let (mut values, mut steps, mut roles) = (initial.clone(), 0, None::<Roles>);
        let operations = self.build.net.operations.len();
        loop {
            match self.condition(node, parts, &values)? {
                Condition::GoesOn => {}
                Condition::Ends => return Ok(values),
                Condition::Failed(value) => return Ok(vec![value]),
            }
            for &next in &parts.next {
                self.convert_node(next.0)?;
            }
            let before = std::mem::take(&mut values);
            values = parts.next.iter().map(|&next| self.value(next)).collect();
            // The first step may differ, because its state may be constant.
            if steps == 1 {
                roles = self.roles(parts, steps, &before, &values)?;
            } else if steps == 2
                && let Some(roles) = roles.take()
                && self.roles(parts, steps, &before, &values)?.as_ref() == Some(&roles)
                && let Some(last) = self.layer(node, parts, &roles, &initial, &values)?
            {
                return Ok(last);
            }
            steps += 1;
            if self.build.net.operations.len() - operations > MAX_UNROLLED_OPERATIONS {
                let why = "expected an LSTM, a GRU or a simple recurrent layer with the usual activations, or a loop of \
                           a few steps, got another loop";
                return Ok(vec![failed(node, why)]);
            }
            if steps > MAX_STEPS {
                return Err(ImportError::TooLarge { what: "steps of a loop", limit: MAX_STEPS, got: steps });
            }
        }
    }

    /// Gives the variables their values for a step, and returns whether there is one.
    pub(super) fn condition(
        &mut self,
        node: &Node<Option<TensorRef>>,
        parts: &LoopParts,
        values: &[Value],
    ) -> Result<Condition, ImportError> {
        self.build.net.charge((1 + parts.body.len()).saturating_mul(NODE_COST))?;
        self.clear(parts);
        for (&variable, value) in parts.variables.iter().zip(values) {
            self.converted[variable] = Some(vec![value.clone()]);
        }
        self.convert_node(parts.condition.0)?;
        Ok(match self.value(parts.condition) {
            Value::Constant(tensor) => match tensor.data.cast(ElementType::Bool) {
                Data::Bool(values) if values == [true] => Condition::GoesOn,
                Data::Bool(values) if values == [false] => Condition::Ends,
                _ => Condition::Failed(failed(node, "expected a condition of one element")),
            },
            value @ (Value::Failed(_) | Value::Unreachable) => Condition::Failed(value),
            _ => {
                let why = "expected a constant number of steps, got one that depends on an input";
                Condition::Failed(failed(node, why))
            }
        })
    }

    fn clear(&mut self, parts: &LoopParts) {
        parts.body.iter().chain(&parts.variables).for_each(|&at| self.converted[at] = None);
    }

    fn parts(&self, node: &Node<Option<TensorRef>>) -> Option<LoopParts> {
        let count = variable_count(node);
        let inputs: Vec<_> = node.inputs.iter().copied().collect::<Option<_>>()?;
        let (variables, rest) = inputs.split_at_checked(count)?;
        let (&condition, next) = rest.split_first()?;
        let variables: Vec<_> = variables.iter().map(|variable| variable.0).collect();
        let ends = std::iter::once(condition).chain(next.iter().copied()).map(|end| end.0);
        let body = self.body(&variables, ends.collect());
        let mut is_inner = vec![false; self.graph.nodes.len()];
        body.iter().chain(&variables).for_each(|&at| is_inner[at] = true);
        let inputs = body.iter().flat_map(|&at| self.graph.nodes[at].inputs.iter().copied().flatten());
        let outer = inputs.filter(|input| !is_inner[input.0]).collect();
        (next.len() == count).then(|| LoopParts { variables, condition, next: next.to_vec(), body, outer })
    }

    /// Returns the nodes between the variables and these ends that depend on a variable.
    fn body(&self, variables: &[usize], ends: Vec<usize>) -> Vec<usize> {
        let mut is_variable = vec![false; self.graph.nodes.len()];
        variables.iter().for_each(|&variable| is_variable[variable] = true);
        let mut before = vec![false; self.graph.nodes.len()];
        let mut consumers = vec![Vec::new(); self.graph.nodes.len()];
        let mut waiting = ends;
        while let Some(at) = waiting.pop() {
            if before[at] {
                continue;
            }
            before[at] = true;
            for input in self.graph.nodes[at].inputs.iter().flatten().filter(|_| !is_variable[at]) {
                consumers[input.0].push(at);
                waiting.push(input.0);
            }
        }
        let (mut depends, mut body) = (is_variable, Vec::new());
        let mut waiting: Vec<_> = variables.iter().flat_map(|&variable| consumers[variable].clone()).collect();
        while let Some(at) = waiting.pop() {
            if !depends[at] {
                depends[at] = true;
                body.push(at);
                waiting.extend(&consumers[at]);
            }
        }
        body
    }
}
