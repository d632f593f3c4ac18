//! Recognition of a loop as a recurrent layer: the role of each variable, and the layer.

use std::sync::Arc;

use super::cell::{Cell, State};
use super::loop_parts::{Condition, LoopParts, failed};
use super::{Convert, with_node};
use crate::ImportError;
use crate::build::Value;
use crate::graph::{Node, TensorRef};
use crate::onnx_graph::Id;

/// Role of a variable of a loop.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    /// A constant in each step, such as the index of the step.
    Counter,
    /// The same in each step.
    Same,
    Hidden,
    Cell,
    /// A list with the hidden state of each step.
    AllStates,
    /// A list with the hidden state of the last step.
    LastState,
}

/// The roles of all variables, and the cell.
#[derive(Debug)]
pub(super) struct Roles {
    roles: Vec<Role>,
    /// The list whose elements are the inputs of the steps.
    sequence: Value,
    cell: Cell,
}

impl PartialEq for Roles {
    fn eq(&self, other: &Self) -> bool {
        self.roles == other.roles && self.sequence.is_same(&other.sequence) && self.cell == other.cell
    }
}

impl Convert<'_> {
    /// Returns the roles of the variables with these values before and after a step; `None` if the loop is no recurrent
    /// layer.
    pub(super) fn roles(
        &mut self,
        parts: &LoopParts,
        step: usize,
        before: &[Value],
        after: &[Value],
    ) -> Result<Option<Roles>, ImportError> {
        let mut states = Vec::new();
        for (at, pair) in before.iter().zip(after).enumerate() {
            if let (Value::Dynamic(one), Value::Dynamic(other)) = pair
                && one != other
            {
                states.push((at, one.id, other.id));
            }
        }
        let orders = match *states {
            [hidden] => vec![(hidden, None)],
            [one, other] => vec![(one, Some(other)), (other, Some(one))],
            _ => return Ok(None),
        };
        // Older files pass the list to the body without a variable.
        let inner = before.iter().zip(after).filter(|(one, other)| one.is_same(other)).map(|(one, _)| one.clone());
        let outer =
            parts.outer.iter().filter(|input| self.converted[input.0].is_some()).map(|&input| self.value(input));
        let lists: Vec<_> = inner.chain(outer).filter(|value| matches!(value, Value::Rows(_))).collect();
        for sequence in lists {
            let Value::Rows(rows) = &sequence else { continue };
            let Ok(Value::Dynamic(row)) = self.build.row(rows, step) else { continue };
            for &(hidden, cell) in &orders {
                let one = State { hidden: hidden.1, cell: cell.map(|cell| cell.1) };
                let other = State { hidden: hidden.2, cell: cell.map(|cell| cell.2) };
                let Some(found) = Cell::of(&mut self.build.net, row.id, one, other)? else { continue };
                let role = |at: usize| {
                    if at == hidden.0 {
                        return Some(Role::Hidden);
                    }
                    if cell.is_some_and(|cell| cell.0 == at) {
                        return Some(Role::Cell);
                    }
                    self.other_role(step, &before[at], &after[at], hidden.2)
                };
                let roles = (0..before.len()).map(role).collect::<Option<_>>();
                return Ok(roles.map(|roles| Roles { roles, sequence: sequence.clone(), cell: found }));
            }
        }
        Ok(None)
    }

    /// Returns the role of a variable that is no state.
    fn other_role(&self, step: usize, before: &Value, after: &Value, hidden: Id) -> Option<Role> {
        match (before, after) {
            (before, after) if before.is_same(after) => Some(Role::Same),
            (Value::Constant(_), Value::Constant(_)) => Some(Role::Counter),
            (Value::List(_), Value::List(items)) => {
                let is_last = items.len() == 1;
                let Some(Value::Dynamic(item)) = items.get(if is_last { 0 } else { step }) else { return None };
                // Each step changes one element.
                let is_state = self.build.net.is_reshaped(item.id, hidden);
                is_state.then_some(if is_last { Role::LastState } else { Role::AllStates })
            }
            _ => None,
        }
    }

    /// Replaces the loop by a layer, and returns the last values of the variables; `None` if the number of steps does not
    /// match. `values` are the values after the third step.
    pub(super) fn layer(
        &mut self,
        node: &Node<Option<TensorRef>>,
        parts: &LoopParts,
        roles: &Roles,
        initial: &[Value],
        values: &[Value],
    ) -> Result<Option<Vec<Value>>, ImportError> {
        let Value::Rows(rows) = &roles.sequence else { return Ok(None) };
        let Ok([steps, ..]) = rows.shape().as_deref().map(|shape| [shape.first().copied().unwrap_or(0)]) else {
            return Ok(None);
        };
        let Some(counted) = self.counted(node, parts, roles, values, steps)? else { return Ok(None) };
        let of_role = |role: Role| roles.roles.iter().position(|&other| other == role);
        let Some(hidden) = of_role(Role::Hidden) else { return Ok(None) };
        let cell = of_role(Role::Cell);
        let state = State { hidden: initial[hidden].clone(), cell: cell.map(|cell| initial[cell].clone()) };
        let build = &mut self.build;
        let mut make = || {
            let width = crate::tensor::count(&rows.shape()?)? / steps;
            let sequence = build.shaped(rows, vec![steps, 1, width])?;
            let results = roles.cell.emit(build, &sequence, &state)?;
            let mut last = Vec::new();
            for (at, role) in roles.roles.iter().enumerate() {
                last.push(match role {
                    Role::Counter => counted[at].clone(),
                    Role::Same => initial[at].clone(),
                    Role::Hidden => build.shaped(&results[1], values[at].shape()?)?,
                    Role::Cell => build.shaped(&results[2], values[at].shape()?)?,
                    Role::AllStates => {
                        let shape = [vec![steps], values[hidden].shape()?].concat();
                        Value::Rows(Arc::new(build.shaped(&results[0], shape)?))
                    }
                    Role::LastState => {
                        let state = build.shaped(&results[1], values[hidden].shape()?)?;
                        Value::List(Arc::new(vec![state]))
                    }
                });
            }
            Ok(last)
        };
        match make().map_err(|fault| with_node(fault, &node.op, &node.name)) {
            Ok(last) => Ok(Some(last)),
            Err(error @ ImportError::TooLarge { .. }) => Err(error),
            Err(error) => Ok(Some(vec![Value::Failed(error)])),
        }
    }

    /// Returns the last values of the counters if the loop, after three steps, has `steps` steps altogether.
    fn counted(
        &mut self,
        node: &Node<Option<TensorRef>>,
        parts: &LoopParts,
        roles: &Roles,
        values: &[Value],
        steps: usize,
    ) -> Result<Option<Vec<Value>>, ImportError> {
        let lengths = roles.roles.iter().zip(values).filter(|(role, _)| **role == Role::AllStates);
        let all_fit = lengths.map(|(_, value)| value).all(|value| match value {
            Value::List(items) => items.len() == steps,
            _ => false,
        });
        if !all_fit {
            return Ok(None);
        }
        // Only the counters are computed: another value is an error if the condition depends on it.
        let unknown = failed(node, "expected a number of steps that does not depend on the state");
        let is_counter = |at: usize| matches!(roles.roles[at], Role::Counter | Role::Same);
        let mut values: Vec<_> =
            (0..values.len()).map(|at| if is_counter(at) { values[at].clone() } else { unknown.clone() }).collect();
        for _ in 3..steps {
            let Condition::GoesOn = self.condition(node, parts, &values)? else { return Ok(None) };
            for at in (0..values.len()).filter(|&at| roles.roles[at] == Role::Counter) {
                self.convert_node(parts.next[at].0)?;
                values[at] = self.value(parts.next[at]);
            }
        }
        Ok(matches!(self.condition(node, parts, &values)?, Condition::Ends).then_some(values))
    }
}
