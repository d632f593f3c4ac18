//! Changes of parameters through the host.

use nice_plug::prelude::{FloatParam, Param, ParamSetter};

/// Sets a parameter in a gesture of its own; does nothing without a window of a host.
pub(super) fn set<P: Param>(setter: Option<&ParamSetter<'_>>, param: &P, value: P::Plain) {
    if let Some(setter) = setter {
        setter.begin_set_parameter(param);
        setter.set_parameter(param, value);
        setter.end_set_parameter(param);
    }
}

/// Changes a parameter with a slider that is at `position` (0 to 1) now. A drag is one gesture; a double click sets the
/// default.
pub(super) fn slide(setter: &ParamSetter<'_>, param: &FloatParam, response: &egui::Response, position: f32) {
    if response.double_clicked() {
        set(Some(setter), param, param.default_plain_value());
        return;
    }
    if response.drag_started() {
        setter.begin_set_parameter(param);
    }
    if response.changed() {
        // The position after a release belongs to the drag.
        let drags = response.dragged() || response.drag_stopped();
        if !drags {
            setter.begin_set_parameter(param);
        }
        setter.set_parameter_normalized(param, position);
        if !drags {
            setter.end_set_parameter(param);
        }
    }
    if response.drag_stopped() {
        setter.end_set_parameter(param);
    }
}
