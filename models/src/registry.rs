//! The models that ship, each loaded once per process for as long as somebody uses it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use crate::{Card, Model, ModelError, zoo};

/// Cards at hand, weights on demand.
pub struct Registry {
    cards: Vec<Card>,
    weights: HashMap<String, &'static [u8]>,
    loaded: Mutex<HashMap<String, Weak<Model>>>,
    loads: AtomicU64,
}

impl Registry {
    /// The models of `models/zoo`.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Registry> = LazyLock::new(|| Registry::new(zoo::ENTRIES));
        &SHIPPED
    }

    fn new(entries: &[zoo::Entry]) -> Self {
        let mut registry =
            Self { cards: Vec::new(), weights: HashMap::new(), loaded: Mutex::default(), loads: AtomicU64::new(0) };
        // A test reads every card that ships, so that none is missing here.
        for (card, entry) in entries.iter().filter_map(|entry| Some((Card::from_toml(entry.card).ok()?, entry))) {
            registry.weights.insert(card.id.clone(), entry.onnx);
            registry.cards.push(card);
        }
        registry
    }

    /// The cards, in the order in which they are listed.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The card of that id, if there is one. Loads nothing.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.id == id)
    }

    /// The model of that id: the same one as long as somebody holds it, otherwise loaded anew. Takes some tens of
    /// milliseconds then; whoever asks for another model meanwhile waits.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] with the ids that are known, and those of [`Model::from_onnx`].
    pub fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        let found = self.card(id).zip(self.weights.get(id));
        let Some((card, weights)) = found else {
            let known = self.cards.iter().map(|card| card.id.clone()).collect();
            return Err(ModelError::Unknown { id: id.to_owned(), known });
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = loaded.get(id).and_then(Weak::upgrade) {
            return Ok(model);
        }
        let model = Arc::new(Model::from_onnx(card.clone(), weights)?);
        self.loads.fetch_add(1, Relaxed);
        loaded.insert(id.to_owned(), Arc::downgrade(&model));
        Ok(model)
    }

    /// How many times a model was loaded.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.loads.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_model_is_loaded_once_while_it_is_used_and_again_after() {
        let registry = Registry::new(zoo::ENTRIES);
        assert_eq!(registry.cards().len(), zoo::ENTRIES.len());
        let models: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| registry.load("msd-vgg").unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(models.iter().all(|model| Arc::ptr_eq(model, &models[0])));
        assert_eq!(registry.loads(), 1);
        drop(models);
        registry.load("msd-vgg").unwrap();
        assert_eq!(registry.loads(), 2);
    }

    #[test]
    fn an_unknown_model_is_refused_with_those_that_are_known() {
        let error = Registry::shipped().load("msd_musicnn").unwrap_err().to_string();
        assert!(error.contains("(msd-musicnn, mtt-musicnn, ") && error.ends_with("got `msd_musicnn`"), "{error}");
    }
}
