//! What moves, cuts and pads axes.

use super::{Build, Fault, MOST_SIDES, Made, Value, View, axis, fold, wrong};
use crate::onnx_graph::Setting;
use crate::tensor::{Tensor, count};

/// A part of an axis: the first place, the step, and how many.
pub(crate) type Cut = (usize, i64, usize);

impl Build {
    pub(crate) fn transpose(&mut self, value: &Value, permutation: &[i64]) -> Made {
        let rank = value.shape()?.len();
        let order = permutation.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
        if order.len() != rank || !(0..rank).all(|axis| order.contains(&axis)) {
            return wrong(format!("expected an order of {rank} axes, got {permutation:?}"));
        }
        match value {
            Value::Known(tensor) => {
                self.net.spend(tensor.data.len())?;
                Ok(Value::Known(fold::transpose(tensor, &order)?))
            }
            Value::Live(view) => Ok(Value::Live(view.order(&order.into_iter().map(Some).collect::<Vec<_>>()))),
            _ => Err(Fault::Unknown),
        }
    }

    /// Another shape, in which -1 stands for what is left. `batch` is the one that the file was made for, if it is not 1:
    /// a shape that begins with it begins with 1 instead.
    pub(crate) fn reshape(&mut self, value: &Value, wanted: &[i64], batch: Option<usize>) -> Made {
        let have = value.shape()?;
        let total = count(&have)?;
        let mut wanted = wanted.to_vec();
        let fixed = |wanted: &[i64]| {
            let sides = wanted.iter().filter(|&&side| side != -1);
            sides.fold(1_usize, |product, &side| product.saturating_mul(usize::try_from(side).unwrap_or(usize::MAX)))
        };
        if let (Some(batch), Some(first)) = (batch, wanted.first().copied())
            && matches!(value, Value::Live(_))
            && usize::try_from(first) == Ok(batch)
            && (wanted.contains(&-1) || fixed(&wanted) == total.saturating_mul(batch))
        {
            wanted[0] = 1;
        }
        let fixed = fixed(&wanted);
        let open = wanted.iter().filter(|&&side| side == -1).count();
        let fits = if open == 1 { fixed > 0 && total.is_multiple_of(fixed) } else { open == 0 && fixed == total };
        if !fits {
            return wrong(format!("expected a shape of {total} numbers, got {wanted:?}"));
        }
        let side = |&side: &i64| usize::try_from(side).unwrap_or_else(|_| total / fixed);
        self.shaped(value, wanted.iter().map(side).collect())
    }

    /// As [`Build::reshape`], with a shape that is known to fit.
    pub(crate) fn shaped(&mut self, value: &Value, shape: Vec<usize>) -> Made {
        match value {
            Value::Known(tensor) => {
                self.net.spend(tensor.data.len())?;
                Ok(Value::Known(fold::reshape(tensor, shape)?))
            }
            Value::Live(view) => {
                if let Some(seen) = view.reshape(&shape) {
                    return self.as_picture(seen);
                }
                let id = self.arrange_all(view)?;
                Ok(Value::Live(View::plain(self.reshaped(id, &shape)?, &shape)))
            }
            _ => Err(Fault::Unknown),
        }
    }

    /// A plane that lies as it is meant becomes a picture of one channel at once: what follows then has its rank.
    fn as_picture(&mut self, view: View) -> Made {
        let lies = self.net.shape(view.id);
        let is_plane = view.axes.len() == 4
            && view.axes[3].is_empty()
            && lies.len() < 4
            && (1..3).all(|axis| self.whole(&view, axis).is_some())
            && view.axes[1] < view.axes[2];
        if !is_plane {
            return Ok(Value::Live(view));
        }
        let shape = view.shape();
        let id = self.arrange(&view, &[Some(0), None, Some(1), Some(2)])?;
        let picture = View::plain(id, &[shape[0], 1, shape[1], shape[2]]);
        Ok(Value::Live(picture.order(&[Some(0), Some(2), Some(3), Some(1)])))
    }

    /// New axes of 1 at these places of the outcome.
    pub(crate) fn unsqueeze(&mut self, value: &Value, places: &[i64]) -> Made {
        let mut shape = value.shape()?;
        let rank = shape.len() + places.len();
        for place in super::axes(places, rank)? {
            if place > shape.len() {
                return wrong(format!("expected each new axis once, got {places:?}"));
            }
            shape.insert(place, 1);
        }
        self.shaped(value, shape)
    }

    /// Without these axes of 1; without all of them if none is named.
    pub(crate) fn squeeze(&mut self, value: &Value, places: &[i64]) -> Made {
        let shape = value.shape()?;
        let places = super::axes(places, shape.len())?;
        if let Some(&place) = places.iter().find(|&&place| shape[place] != 1) {
            return wrong(format!("expected axis {place} to be 1, got {}", shape[place]));
        }
        let stays = |axis: usize| if places.is_empty() { shape[axis] != 1 } else { !places.contains(&axis) };
        let left = (0..shape.len()).filter(|&axis| stays(axis)).map(|axis| shape[axis]).collect();
        self.shaped(value, left)
    }

    /// Parts of all axes.
    pub(crate) fn cut(&mut self, value: &Value, cuts: &[Cut]) -> Made {
        self.net.spend(1 + cuts.len())?;
        let shape = value.shape()?;
        match value {
            Value::Known(tensor) => {
                self.net.spend(cuts.iter().fold(1, |all, cut| all.saturating_mul(cut.2)))?;
                let cuts: Vec<_> = cuts.iter().map(|&(start, step, side)| (start, step as isize, side)).collect();
                Ok(Value::Known(fold::strided(tensor, &cuts)?))
            }
            Value::Live(view) => {
                let part = |axis: &usize| cuts[*axis] != (0, 1, shape[*axis]);
                let parts: Vec<_> = (0..shape.len()).filter(part).collect();
                if parts.is_empty() {
                    return Ok(value.clone());
                }
                let view = self.lying_whole(view, &parts)?;
                let (mut lies, mut meant) = (self.net.shape(view.id).to_vec(), view.clone());
                let (mut starts, mut ends, mut axes, mut steps) = (vec![], vec![], vec![], vec![]);
                for axis in parts {
                    let Some(place) = self.whole(&view, axis) else { return Err(Fault::Unknown) };
                    let (start, step, side) = cuts[axis];
                    let start = start as i64;
                    let end = start + step * side as i64;
                    starts.push(start);
                    // Backwards, the end before the first place is not written as -1, which is the last.
                    ends.push(if end < 0 { i64::MIN + 1 } else { end });
                    axes.push(place as i64);
                    steps.push(step);
                    lies[place] = side;
                    meant.axes[axis] =
                        if side == 1 { vec![] } else { vec![super::view::Cell { axis: place, size: side, step: 1 }] };
                }
                let kind = self.kind(&view);
                let lists = [starts, ends, axes, steps].map(|list| self.net.integers(list));
                let inputs = [vec![view.id], lists.to_vec()].concat();
                Ok(Value::Live(meant.on(self.net.emit("Slice", inputs, vec![], lies, kind)?)))
            }
            _ => Err(Fault::Unknown),
        }
    }

    /// The view, of a value that has these axes whole.
    pub(crate) fn lying_whole(&mut self, view: &View, axes: &[usize]) -> Result<View, Fault> {
        if axes.iter().all(|&axis| self.whole(view, axis).is_some()) {
            return Ok(view.clone());
        }
        self.plain(view)
    }

    /// Numbers before and behind each axis: `fill`, or a mirror of what is there.
    pub(crate) fn pad(&mut self, value: &Value, pads: &[[usize; 2]], fill: Option<f32>) -> Made {
        let shape = value.shape()?;
        if pads.len() != shape.len() {
            return wrong(format!("expected pads for {} axes, got {}", shape.len(), pads.len()));
        }
        let wide = |axis: &usize| pads[*axis] != [0, 0];
        let padded: Vec<_> = (0..shape.len()).filter(wide).collect();
        if padded.is_empty() {
            return Ok(value.clone());
        }
        let Value::Live(view) = value else { return Err(Fault::Unknown) };
        let view =
            if padded.iter().all(|&axis| self.whole(view, axis).is_some()) { view.clone() } else { self.plain(view)? };
        let (mut lies, mut meant) = (self.net.shape(view.id).to_vec(), view.clone());
        let mut list = vec![0; 2 * lies.len()];
        for axis in padded {
            // An axis of 1 lies where it is meant once all of them do.
            let place = self.whole(&view, axis).unwrap_or(axis);
            let [before, after] = pads[axis];
            list[place] = before as i64;
            list[place + lies.len()] = after as i64;
            let size = lies[place].saturating_add(before).saturating_add(after);
            lies[place] = size;
            meant.axes[axis] = vec![super::view::Cell { axis: place, size, step: 1 }];
        }
        count(&lies)?;
        let list = self.net.integers(list);
        let kind = self.kind(&view);
        let id = match fill {
            Some(fill) => {
                let fill = self.net.constant(&Tensor::float(fill));
                let mode = vec![("mode", Setting::Text("constant"))];
                self.net.emit("Pad", vec![view.id, list, fill], mode, lies, kind)?
            }
            None => self.net.emit("Pad", vec![view.id, list], vec![("mode", Setting::Text("reflect"))], lies, kind)?,
        };
        Ok(Value::Live(meant.on(id)))
    }

    /// The rows of an axis at these places; one place without an axis takes the axis away.
    pub(crate) fn gather(&mut self, value: &Value, places: &Tensor, from: i64) -> Made {
        let shape = value.shape()?;
        let along = axis(from, shape.len())?;
        let mut rows = Vec::new();
        if places.data.len() > MOST_SIDES {
            return Err(Fault::Unknown);
        }
        for place in places.to_integers() {
            rows.push(axis(place, shape[along])?);
        }
        let cut = |row: usize| -> Vec<Cut> {
            (0..shape.len()).map(|axis| if axis == along { (row, 1, 1) } else { (0, 1, shape[axis]) }).collect()
        };
        let mut parts = Vec::new();
        for row in rows {
            parts.push(self.cut(value, &cut(row))?);
        }
        let joined = match &*parts {
            [part] => part.clone(),
            _ => self.concat(&parts, along as i64)?,
        };
        let wanted = [&shape[..along], &places.shape, &shape[along + 1..]].concat();
        self.shaped(&joined, wanted)
    }

    /// Repeated along axes of 1 to that shape.
    pub(crate) fn expand(&mut self, value: &Value, shape: &[usize]) -> Made {
        let common = fold::broadcast(&value.shape()?, shape)?;
        count(&common)?;
        match value {
            Value::Known(tensor) => {
                self.net.spend(common.iter().product())?;
                let data = tensor.data.pick(crate::tensor::broadcast_places(&tensor.shape, &common));
                Ok(Value::Known(Tensor::new(common, data)?))
            }
            Value::Live(view) => {
                let (id, kind) = (self.arrange_all(view)?, self.kind(view));
                let list = self.net.integers(common.iter().map(|&side| side as i64).collect());
                Ok(Value::Live(View::plain(
                    self.net.emit("Expand", vec![id, list], vec![], common.clone(), kind)?,
                    &common,
                )))
            }
            _ => Err(Fault::Unknown),
        }
    }

    /// Repeated so many times along each axis.
    pub(crate) fn tile(&mut self, value: &Value, times: &[i64]) -> Made {
        let shape = value.shape()?;
        if times.len() != shape.len() || times.iter().any(|times| !(1..=4096).contains(times)) {
            return wrong(format!("expected how often to repeat {} axes, got {times:?}", shape.len()));
        }
        let mut value = value.clone();
        for (axis, &times) in times.iter().enumerate().filter(|(_, times)| **times > 1) {
            let parts = vec![value; usize::try_from(times).unwrap_or(1)];
            value = self.concat(&parts, axis as i64)?;
        }
        Ok(value)
    }
}
