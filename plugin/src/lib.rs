//! The home of the plugin. It is empty until the plugin is built on the tap, worker and board of `earmark-dsp`.
