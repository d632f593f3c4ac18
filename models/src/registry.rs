//! The models at hand, those that ship and those that were added, each loaded once per process for as long as somebody
//! uses it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use crate::user_models::{self, UserModel};
use crate::{Card, Model, ModelError, zoo};

/// Cards at hand, weights on demand.
///
/// A card, once read, stays for as long as the process does, so that it can be handed around; it is a few kilobytes.
pub struct Registry {
    shipped: Vec<Card>,
    weights: Vec<&'static [u8]>,
    folder: Option<PathBuf>,
    /// None before anybody asked for more than what ships.
    added: RwLock<Option<Arc<Shelf>>>,
    loaded: Mutex<HashMap<String, Weak<Model>>>,
    loads: AtomicU64,
}

/// What lies in the folder of added models.
#[derive(Default)]
struct Shelf {
    models: Vec<UserModel>,
    refused: Vec<ModelError>,
}

impl Registry {
    /// That of this process: the models of `models/zoo`, and those in the [folder](user_models::usual) of added ones.
    pub fn global() -> &'static Self {
        static GLOBAL: LazyLock<Registry> = LazyLock::new(|| Registry::new(zoo::ENTRIES, user_models::usual()));
        &GLOBAL
    }

    fn new(entries: &[zoo::Entry], folder: Option<PathBuf>) -> Self {
        // A test reads every card that ships, so that none is missing here.
        let (shipped, weights) =
            entries.iter().filter_map(|entry| Some((Card::from_toml(entry.card).ok()?, entry.onnx))).unzip();
        Self { shipped, weights, folder, added: RwLock::default(), loaded: Mutex::default(), loads: AtomicU64::new(0) }
    }

    /// One of its own, with what ships and what lies in `folder`.
    #[must_use]
    pub fn with_folder(folder: PathBuf) -> Self {
        Self::new(zoo::ENTRIES, Some(folder))
    }

    /// The cards of the models that ship, in the order in which they are listed. Real-time safe.
    #[must_use]
    pub fn shipped(&self) -> &[Card] {
        &self.shipped
    }

    /// Whether the model of that id is one that ships. Real-time safe.
    #[must_use]
    pub fn ships(&self, id: &str) -> bool {
        self.shipped.iter().any(|card| card.id == id)
    }

    /// All cards: of what ships, then of what was added, by id. Looks into the folder the first time.
    #[must_use]
    pub fn cards(&'static self) -> Vec<&'static Card> {
        self.shipped.iter().chain(self.shelf().models.iter().map(|added| added.card)).collect()
    }

    /// Why something in the folder is not among the cards.
    #[must_use]
    pub fn refused(&self) -> Vec<ModelError> {
        self.shelf().refused.clone()
    }

    /// Where added models lie; none on a machine without such a place.
    #[must_use]
    pub fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Looks into the folder of added models again. A model that is in use stays as it is until it is let go.
    pub fn refresh(&self) {
        let shelf = self.folder.as_ref().map(|folder| {
            let (models, refused) = user_models::read(folder, &self.shipped);
            Shelf { models, refused }
        });
        *self.added.write() = Some(Arc::new(shelf.unwrap_or_default()));
    }

    fn shelf(&self) -> Arc<Shelf> {
        let look = |added: RwLockReadGuard<'_, Option<Arc<Shelf>>>| added.clone();
        let read = || look(self.added.read());
        read().unwrap_or_else(|| {
            self.refresh();
            read().unwrap_or_default()
        })
    }

    /// The card of that id, if there is one. Loads nothing.
    #[must_use]
    pub fn card(&'static self, id: &str) -> Option<&'static Card> {
        self.shipped.iter().find(|card| card.id == id).or_else(|| self.added(id).map(|added| added.card))
    }

    fn added(&self, id: &str) -> Option<UserModel> {
        self.shelf().models.iter().find(|added| added.card.id == id).cloned()
    }

    /// The card of the model whose embedding a head takes that names `of`, if one of that family is here.
    #[must_use]
    pub fn base(&'static self, of: &str) -> Option<&'static Card> {
        self.cards().into_iter().find(|card| card.is_base_of(of))
    }

    /// The model of that id: the same one as long as somebody holds it, otherwise loaded anew. Takes some tens of
    /// milliseconds then; whoever asks for another model meanwhile waits.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] with the ids that are known, [`ModelError::File`] when an added model's file cannot be
    /// read, and those of [`Model::from_onnx`].
    pub fn load(&'static self, id: &str) -> Result<Arc<Model>, ModelError> {
        let Some(card) = self.card(id) else {
            let known = self.cards().into_iter().map(|card| card.id.clone()).collect();
            return Err(ModelError::Unknown { id: id.to_owned(), known });
        };
        let base = match &card.head_of {
            None => None,
            Some(of) => {
                let no_base = || ModelError::NoBase { id: id.to_owned(), base: of.clone() };
                Some(self.load(&self.base(of).ok_or_else(no_base)?.id)?)
            }
        };
        let mut loaded = self.loaded.lock();
        if let Some(model) = loaded.get(id).and_then(Weak::upgrade).filter(|model| model.card() == card) {
            return Ok(model);
        }
        let shipped = self.shipped.iter().position(|shipped| shipped.id == id);
        let model = match shipped.and_then(|place| self.weights.get(place)) {
            Some(weights) => Model::from_onnx(card.clone(), weights)?,
            None => {
                let no_file = || ModelError::Unknown { id: id.to_owned(), known: Vec::new() };
                Model::from_onnx(card.clone(), &self.added(id).ok_or_else(no_file)?.weights()?)?
            }
        };
        let model = Arc::new(match base {
            Some(base) => model.on(base)?,
            None => model,
        });
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

    fn leaked(registry: Registry) -> &'static Registry {
        Box::leak(Box::new(registry))
    }

    #[test]
    fn a_model_is_loaded_once_while_it_is_used_and_again_after() {
        let registry = leaked(Registry::new(zoo::ENTRIES, None));
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
        let registry = leaked(Registry::new(zoo::ENTRIES, None));
        let error = registry.load("msd_musicnn").unwrap_err().to_string();
        assert!(error.contains("(msd-musicnn, mtt-musicnn, ") && error.ends_with("got `msd_musicnn`"), "{error}");
    }
}
