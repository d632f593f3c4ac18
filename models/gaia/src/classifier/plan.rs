//! Way from the descriptors of a track to the inputs of a support vector machine, computed backwards from its inputs.

use std::ops::Range;

use super::error::{ClassifierError, ClassifyError, UnexpectedDescriptor};
use super::needed::NeededDescriptor;
use crate::chain::{Chain, ChainStep};
use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::layout::ValueCount;
use crate::name::display_name;
use crate::older_names::present_name;
use crate::svm::MAX_VALUES;
use crate::transform::{Affine, Distribution, SvmPredict, Transform, affine, describe, number};
use crate::value_type::ValueType;

/// Map of some of the inputs.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Affine { spans: Vec<(Range<usize>, Affine)>, clip: bool },
    Distributions(Vec<(Range<usize>, Vec<Distribution>)>),
}

/// Descriptors in the order of the inputs, and the maps of their values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    needed: Vec<NeededDescriptor>,
    /// Inputs of each descriptor.
    spans: Vec<Range<usize>>,
    steps: Vec<Step>,
}

impl Plan {
    /// Plans the inputs of the only support vector machine of a chain.
    pub(super) fn new(chain: &Chain) -> Result<(Self, &SvmPredict), ClassifierError> {
        let machines = chain.steps().iter().enumerate().filter_map(|(index, step)| match &step.transform {
            Transform::Svm(predict) => Some((index, predict.as_ref())),
            _ => None,
        });
        let machines: Vec<(usize, &SvmPredict)> = machines.collect();
        let &[(last, predict)] = machines.as_slice() else {
            return Err(contradiction("transformations", "one svmpredict", machines.len()));
        };
        let (before, last) = (&chain.steps()[..last], &chain.steps()[last]);
        let mut plan = Self { needed: Vec::new(), spans: Vec::new(), steps: Vec::new() };
        let mut start = 0_usize;
        for name in &predict.names {
            let needed = needed(name, before, last)?;
            let end = start.saturating_add(needed.count);
            plan.spans.push(start..end);
            start = end;
            plan.needed.push(needed);
        }
        if start > MAX_VALUES {
            return Err(contradiction("inputs", format!("up to {}", MAX_VALUES), start));
        }
        for step in before {
            match &step.transform {
                Transform::Normalize(normalize) => {
                    let spans = plan.spans_of(|name| normalize.coefficients.get(name), |affine| affine.a.len())?;
                    plan.steps.push(Step::Affine { spans, clip: normalize.clip });
                }
                Transform::Gaussianize(gaussianize) => {
                    let spans = plan.spans_of(|name| gaussianize.distributions.get(name), Vec::len)?;
                    plan.steps.push(Step::Distributions(spans));
                }
                _ => {}
            }
        }
        Ok((plan, predict))
    }

    /// Returns the inputs that a step maps, with the parameters of each.
    fn spans_of<'a, T: Clone + 'a>(
        &self,
        parameters: impl Fn(&str) -> Option<&'a T>,
        len: impl Fn(&T) -> usize,
    ) -> Result<Vec<(Range<usize>, T)>, ClassifierError> {
        let mut spans = Vec::new();
        for (needed, span) in self.needed.iter().zip(&self.spans) {
            let Some(found) = parameters(&needed.name) else { continue };
            if needed.value_type != ValueType::Real || len(found) != needed.count {
                let item = format!("coefficients of `{}`", needed.name);
                return Err(contradiction(item, describe(needed.value_type, needed.count), len(found)));
            }
            spans.push((span.clone(), found.clone()));
        }
        Ok(spans)
    }

    pub(super) fn needed(&self) -> &[NeededDescriptor] {
        &self.needed
    }

    pub(super) fn dimensions(&self) -> usize {
        self.spans.last().map_or(0, |span| span.end)
    }

    /// Returns the inputs for a track.
    pub(super) fn input(&self, track: &DescriptorSet, class_name: &str) -> Result<Vec<f64>, ClassifyError> {
        let mut values = self.gather(track, class_name)?;
        self.check_finite(&values, class_name)?;
        for step in &self.steps {
            match step {
                Step::Affine { spans, clip } => {
                    for (span, Affine { a, b }) in spans {
                        let mapped = values[span.clone()].iter_mut().zip(a).zip(b);
                        mapped.for_each(|((value, a), b)| *value = affine(*value, *a, *b, *clip));
                    }
                }
                Step::Distributions(spans) => {
                    for (span, distributions) in spans {
                        let mapped = values[span.clone()].iter_mut().zip(distributions);
                        mapped.for_each(|(value, distribution)| *value = distribution.apply(*value));
                    }
                }
            }
        }
        self.check_finite(&values, class_name)?;
        Ok(values.into_iter().map(f64::from).collect())
    }

    fn gather(&self, track: &DescriptorSet, class_name: &str) -> Result<Vec<f32>, ClassifyError> {
        let mut values = Vec::with_capacity(self.dimensions());
        let (mut missing, mut unexpected) = (Vec::new(), Vec::new());
        for needed in &self.needed {
            let value = track.get(&needed.name);
            match value.or_else(|| track.get(needed.present_name.as_deref()?)) {
                None | Some(TrackValue::Missing) => missing.push(display_name(&needed.name).to_owned()),
                Some(TrackValue::Real(numbers))
                    if needed.value_type == ValueType::Real && numbers.len() == needed.count =>
                {
                    values.extend(numbers);
                }
                Some(TrackValue::Text(texts))
                    if needed.value_type == ValueType::Text && texts.len() == needed.count =>
                {
                    values.extend(number(&needed.enumeration, texts).into_iter().map(|number| number as f32));
                }
                Some(other) => unexpected.push(UnexpectedDescriptor {
                    name: display_name(&needed.name).to_owned(),
                    expected: describe(needed.value_type, needed.count),
                    got: other.value_type().map_or("nothing".to_owned(), |kind| describe(kind, other.count())),
                }),
            }
        }
        if missing.is_empty() && unexpected.is_empty() {
            return Ok(values);
        }
        Err(ClassifyError::Descriptors { class_name: class_name.to_owned(), missing, unexpected })
    }

    fn check_finite(&self, values: &[f32], class_name: &str) -> Result<(), ClassifyError> {
        let Some(at) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
        let span = self.spans.iter().position(|span| span.contains(&at)).unwrap_or_default();
        Err(ClassifyError::NotFinite {
            class_name: class_name.to_owned(),
            name: display_name(&self.needed[span].name).to_owned(),
            index: at - self.spans[span].start,
            got: values[at].to_string(),
        })
    }
}

/// Returns the descriptor of a track behind an input, followed back through the steps before the support vector machine.
fn needed(name: &str, before: &[ChainStep], last: &ChainStep) -> Result<NeededDescriptor, ClassifierError> {
    let Some(entry) = last.before.get(name) else {
        return Err(contradiction(format!("input `{name}`"), "a descriptor of the layout", "none"));
    };
    let ValueCount::Fixed(count) = entry.count else {
        return Err(contradiction(format!("input `{name}`"), "a fixed length", "a variable one"));
    };
    if entry.value_type == ValueType::Text {
        return Err(contradiction(format!("input `{name}`"), "numbers", "text"));
    }
    for step in before {
        let lost = match &step.transform {
            Transform::Remove(remove) => remove.names.iter().any(|other| other == name),
            Transform::Select(select) => select.names.iter().all(|other| other != name),
            Transform::AddField(add) => add.names.iter().any(|other| other == name),
            _ => false,
        };
        if lost {
            let applier = step.transform.applier();
            return Err(contradiction(
                format!("input `{name}`"),
                "a descriptor of the track",
                format!("one after {applier}"),
            ));
        }
    }
    let value_type = if entry.value_type == ValueType::Enumeration { ValueType::Text } else { ValueType::Real };
    Ok(NeededDescriptor {
        name: name.to_owned(),
        present_name: present_name(name),
        value_type,
        count,
        enumeration: entry.enumeration.clone(),
    })
}

fn contradiction(item: impl Into<String>, expected: impl Into<String>, got: impl ToString) -> ClassifierError {
    ClassifierError::Contradiction { item: item.into(), expected: expected.into(), got: got.to_string() }
}
