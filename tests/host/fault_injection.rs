//! The plugin with access to its instance, and with a model that panics on request. It is the released plugin with
//! another instance factory.

mod entry;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use earmark_models::{Engine, EngineError, Model, ModelError, OutputSpec, Registry};
use earmark_plugin::{EarmarkParams, GenericPlugin, InstanceFactory, Repaint};
use earmark_session::state::SharedState;
use earmark_session::{Instance, ModelSelection, SettingsSource};

use super::test_host::{Host, ID};

/// Plugin with a model that can panic.
pub(crate) type Plugin = GenericPlugin<FaultyInstanceFactory>;

/// Access to the parts of an instance.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) params: Arc<EarmarkParams>,
    pub(crate) instance: Arc<Instance>,
    /// Whether the model panics.
    pub(crate) panics: Arc<AtomicBool>,
}

thread_local! {
    /// Parts of the last instance that this thread made.
    static LAST: RefCell<Option<Inside>> = const { RefCell::new(None) };
}

/// Returns a host with such a plugin, and the parts of its instance.
pub(crate) fn host() -> (Host, Inside) {
    let host = Host::try_new(&entry::entry(), ID).unwrap();
    (host, LAST.take().expect("an instance made on this thread"))
}

/// Factory of instances that follow the host parameters, except for the model.
pub(crate) struct FaultyInstanceFactory;

impl InstanceFactory for FaultyInstanceFactory {
    fn make(params: &Arc<EarmarkParams>, repaint: Repaint) -> Arc<Instance> {
        let panics = Arc::new(AtomicBool::new(false));
        let settings = FaultySettings { params: Arc::clone(params), panics: Arc::clone(&panics) };
        let instance = Arc::new(Instance::with_repaint(Arc::new(settings), repaint));
        LAST.set(Some(Inside { params: Arc::clone(params), instance: Arc::clone(&instance), panics }));
        instance
    }
}

struct FaultySettings {
    params: Arc<EarmarkParams>,
    panics: Arc<AtomicBool>,
}

impl SettingsSource for FaultySettings {
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
        let engine = PanickingEngine { shape, output_specs, panics: Arc::clone(&self.panics) };
        Ok(Arc::new(Model::new(card, Arc::new(engine))?))
    }

    fn state(&self) -> &SharedState {
        self.params.state()
    }
}

/// Engine that returns 0.5 for every patch, or panics.
struct PanickingEngine {
    shape: Vec<usize>,
    output_specs: Vec<OutputSpec>,
    panics: Arc<AtomicBool>,
}

impl Engine for PanickingEngine {
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
