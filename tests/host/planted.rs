//! The plugin with its inside at hand, and a model in it that panics when it is told to. Nothing of this ships: it is
//! the plugin that ships, with an instance of our own making.

mod entry;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use earmark_models::{Engine, EngineError, Model, ModelError, OutputSpec, Registry};
use earmark_plugin::{EarmarkParams, GenericPlugin, InstanceFactory, Repaint};
use earmark_session::state::SharedState;
use earmark_session::{Instance, ModelSelection, SettingsSource};

use super::rig::{Host, ID};

/// The plugin with another model.
pub(crate) type Plugin = GenericPlugin<Planted>;

/// What an instance is made of.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) params: Arc<EarmarkParams>,
    pub(crate) instance: Arc<Instance>,
    /// Whether the model panics.
    pub(crate) panics: Arc<AtomicBool>,
}

thread_local! {
    /// The last one that this thread made.
    static LAST: RefCell<Option<Inside>> = const { RefCell::new(None) };
}

/// A host with such a plugin, and its inside.
pub(crate) fn host() -> (Host, Inside) {
    let host = Host::try_new(&entry::entry(), ID).unwrap();
    (host, LAST.take().expect("an instance made on this thread"))
}

/// Makes instances whose settings are the parameters', but for the model.
pub(crate) struct Planted;

impl InstanceFactory for Planted {
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance> {
        let panics = Arc::new(AtomicBool::new(false));
        let settings = PlantedSettings { params: Arc::clone(params), panics: Arc::clone(&panics) };
        let instance = Arc::new(Instance::with_repaint(Arc::new(settings), repaint));
        LAST.set(Some(Inside { params: Arc::clone(params), instance: Arc::clone(&instance), panics }));
        instance
    }
}

struct PlantedSettings {
    params: Arc<EarmarkParams>,
    panics: Arc<AtomicBool>,
}

impl SettingsSource for PlantedSettings {
    fn selection(&self) -> ModelSelection {
        self.params.selection()
    }

    fn rate_hz(&self) -> f32 {
        self.params.rate_hz()
    }

    fn smoothing_s(&self) -> f32 {
        self.params.smoothing_s()
    }

    fn gate(&self) -> bool {
        self.params.gate()
    }

    fn frozen(&self) -> bool {
        self.params.frozen()
    }

    fn block(&self) -> bool {
        self.params.block()
    }

    fn registry(&self) -> &'static Registry {
        Registry::global()
    }

    fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        let Some(card) = Registry::global().card(id).cloned() else {
            return Err(ModelError::Unknown { id: id.to_owned(), known: Vec::new() });
        };
        let mut output_specs = vec![OutputSpec { name: "activations".into(), width: card.classes }];
        output_specs.extend(card.embedding.map(|width| OutputSpec { name: "embeddings".into(), width }));
        let shape = vec![1, card.patch_frames, card.front_end.bands()];
        let engine = Trap { shape, output_specs, panics: Arc::clone(&self.panics) };
        Ok(Arc::new(Model::new(card, Arc::new(engine))?))
    }

    fn state(&self) -> &SharedState {
        self.params.state()
    }
}

/// Answers every patch with a half, or panics.
struct Trap {
    shape: Vec<usize>,
    output_specs: Vec<OutputSpec>,
    panics: Arc<AtomicBool>,
}

impl Engine for Trap {
    fn input(&self) -> &[usize] {
        &self.shape
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.output_specs
    }

    fn run(&self, _: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        assert!(!self.panics.load(Ordering::Acquire), "a planted panic");
        for (output, output_spec) in outputs.iter_mut().zip(&self.output_specs) {
            output.clear();
            output.resize(output_spec.width, 0.5);
        }
        Ok(())
    }
}
