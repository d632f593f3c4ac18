//! Registry of the built-in models and those that the user added. Each is loaded once per process while it is in use.

mod card_list;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Weak};

use earmark_packing::{Packed, UnpackError};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use self::card_list::CardList;
use crate::derived::Derivation;
use crate::model::check_hash;
use crate::user_models::{self, UserModel};
use crate::{Card, Model, ModelError, zoo};

/// Registry of model cards that loads weights on demand.
///
/// Cards, a few kilobytes each, are freed with the registry, so that references to them are valid as long as the registry;
/// those of [`Registry::global`] for the whole process.
pub struct Registry {
    builtin: Vec<Card>,
    weights: Vec<Packed>,
    /// Readings derived from built-in taggers.
    derived: Vec<Derivation>,
    folder: Option<PathBuf>,
    /// Folders of installed packages of models, which are only read.
    packages: Vec<PathBuf>,
    /// None until the folder was read for the first time.
    added: RwLock<Option<Arc<UserModels>>>,
    /// Cards of all user models so far, also of those that were removed.
    added_cards: CardList,
    loaded: Mutex<HashMap<String, Weak<Model>>>,
    load_count: AtomicU64,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.builtin.iter().map(|card| &card.id).collect();
        f.debug_struct("Registry")
            .field("builtin", &ids)
            .field("folder", &self.folder)
            .field("packages", &self.packages)
            .field("load_count", &self.load_count())
            .finish_non_exhaustive()
    }
}

/// Content of the folder of user models.
#[derive(Default)]
struct UserModels {
    models: Vec<UserModel>,
    rejected: Vec<ModelError>,
}

impl Registry {
    /// Returns the registry of this process: the models of `models/zoo`, and those in the
    /// [folder](user_models::default_dir) of user models.
    pub fn global() -> &'static Self {
        static GLOBAL: LazyLock<Registry> = LazyLock::new(|| Registry::new(zoo::ENTRIES, user_models::default_dir()));
        &GLOBAL
    }

    fn new(entries: &[zoo::Entry], folder: Option<PathBuf>) -> Self {
        // A test reads every built-in card, so none is dropped here.
        let (builtin, weights): (Vec<_>, _) =
            entries.iter().filter_map(|entry| Some((Card::from_toml(entry.card).ok()?, entry.network))).unzip();
        let derived =
            zoo::DERIVED.iter().filter_map(|table| Derivation::read(table, &builtin).ok()).flatten().collect();
        Self {
            builtin,
            weights,
            derived,
            folder,
            packages: Vec::new(),
            added: RwLock::default(),
            added_cards: CardList::default(),
            loaded: Mutex::default(),
            load_count: AtomicU64::new(0),
        }
    }

    /// Creates a separate registry of the built-in models and the user models in `folder`.
    #[must_use]
    pub fn with_folder(folder: PathBuf) -> Self {
        Self::new(zoo::ENTRIES, Some(folder))
    }

    /// Creates a separate registry of the built-in models, the models in the folders of installed `packages`, and the user
    /// models in `folder`, if there is one. A package has the form of a folder of user models; its models come before them,
    /// and their ids are taken.
    #[must_use]
    pub fn with_packages(packages: Vec<PathBuf>, folder: Option<PathBuf>) -> Self {
        Self { packages, ..Self::new(zoo::ENTRIES, folder) }
    }

    /// Returns the cards of the built-in models, in the order of lists. Real-time safe.
    #[must_use]
    pub fn builtin(&self) -> &[Card] {
        &self.builtin
    }

    /// Returns the card of the readings that are derived from the tagger `tagger`, if there are any. They are no models of
    /// lists: they come with the tagger. Real-time safe.
    #[must_use]
    pub fn derived(&self, tagger: &str) -> Option<&Card> {
        self.derived_cards().find(|card| card.derived_from.as_deref() == Some(tagger))
    }

    fn derived_cards(&self) -> impl Iterator<Item = &Card> {
        self.derived.iter().map(|derived| &derived.card)
    }

    /// Whether the model `id` is built in. Real-time safe.
    #[must_use]
    pub fn is_builtin(&self, id: &str) -> bool {
        self.builtin.iter().any(|card| card.id == id)
    }

    /// Returns all cards: the built-in models, then the user models by id. The first call reads the folder.
    #[must_use]
    pub fn cards(&self) -> Vec<&Card> {
        let user_models = self.user_models();
        let added = user_models.models.iter().map(|added| self.shared_card(added));
        self.builtin.iter().chain(added).collect()
    }

    /// Returns the errors of the models in the folder that were rejected.
    #[must_use]
    pub fn rejected(&self) -> Vec<ModelError> {
        self.user_models().rejected.clone()
    }

    /// Returns the folder of user models; none on a machine without a folder for program data.
    #[must_use]
    pub fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Reads the folder of user models again. A loaded model does not change until its last user drops it.
    pub fn refresh(&self) {
        let mut found = UserModels::default();
        let mut known = self.builtin.clone();
        for folder in self.packages.iter().chain(&self.folder) {
            let (models, rejected) = user_models::read(folder, &known);
            known.extend(models.iter().map(|added| Card::clone(&added.card)));
            found.models.extend(models);
            found.rejected.extend(rejected);
        }
        *self.added.write() = Some(Arc::new(found));
    }

    fn user_models(&self) -> Arc<UserModels> {
        let cloned = |added: RwLockReadGuard<'_, Option<Arc<UserModels>>>| added.clone();
        let read = || cloned(self.added.read());
        read().unwrap_or_else(|| {
            self.refresh();
            read().unwrap_or_default()
        })
    }

    /// Returns the card of the model `id`, if there is one. Does not load the model.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.builtin
            .iter()
            .chain(self.derived_cards())
            .find(|card| card.id == id)
            .or_else(|| Some(self.shared_card(&self.added(id)?)))
    }

    /// Returns the card of a user model, which stays valid when the folder is read again.
    fn shared_card(&self, added: &UserModel) -> &Card {
        self.added_cards.shared(Arc::clone(&added.card))
    }

    fn added(&self, id: &str) -> Option<UserModel> {
        self.user_models().models.iter().find(|added| added.card.id == id).cloned()
    }

    /// Returns the card of the base model for a head whose card names `of`, if a model of that family is present.
    #[must_use]
    pub fn base(&self, of: &str) -> Option<&Card> {
        self.cards().into_iter().find(|card| card.is_base_of(of))
    }

    /// Returns the model `id`: the loaded one while it is in use, otherwise a newly loaded one. Loading takes some tens
    /// of milliseconds and blocks other calls.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] with the known ids, [`ModelError::TakesDescriptors`] if the model is no network,
    /// [`ModelError::File`] if the file of a user model cannot be read, and the errors of [`Model::from_onnx`].
    pub fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        let card = self.card(id).ok_or_else(|| self.unknown(id))?;
        if card.takes_descriptors {
            return Err(ModelError::TakesDescriptors { id: id.to_owned() });
        }
        let base = match &card.head_of {
            None => None,
            Some(tagger) if card.derived_from.is_some() => Some(self.load(tagger)?),
            Some(of) => {
                let no_base = || ModelError::MissingBase { id: id.to_owned(), base: of.clone() };
                Some(self.load(&self.base(of).ok_or_else(no_base)?.id)?)
            }
        };
        let mut loaded = self.loaded.lock();
        if let Some(model) = loaded.get(id).and_then(Weak::upgrade).filter(|model| model.card() == card) {
            return Ok(model);
        }
        if let (Some(derived), Some(tagger)) = (self.derived.iter().find(|derived| derived.card.id == id), &base) {
            let model = Arc::new(derived.model(Arc::clone(tagger))?);
            loaded.insert(id.to_owned(), Arc::downgrade(&model));
            return Ok(model);
        }
        let builtin = self.builtin.iter().position(|builtin| builtin.id == id);
        let model = match builtin.and_then(|place| self.weights.get(place)) {
            Some(weights) => {
                let damaged = |error: UnpackError| ModelError::Weights {
                    id: id.to_owned(),
                    expected: card.sha256.clone(),
                    got: error.to_string(),
                };
                Model::from_onnx(card.clone(), &weights.unpack().map_err(damaged)?)?
            }
            None => {
                let no_file = || ModelError::Unknown { id: id.to_owned(), known: Vec::new() };
                Model::from_onnx(card.clone(), &self.added(id).ok_or_else(no_file)?.weights()?)?
            }
        };
        let model = Arc::new(match base {
            Some(base) => model.with_base(base)?,
            None => model,
        });
        self.load_count.fetch_add(1, Relaxed);
        loaded.insert(id.to_owned(), Arc::downgrade(&model));
        Ok(model)
    }

    /// Returns the card and the `.history` file of a classifier of descriptors.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] with the known ids, [`ModelError::TakesPatches`] if the model is a network,
    /// [`ModelError::File`] if the file cannot be read, and [`ModelError::Weights`] if its hash differs from the card's.
    pub fn classifier(&self, id: &str) -> Result<(&Card, Vec<u8>), ModelError> {
        let card = self.card(id).ok_or_else(|| self.unknown(id))?;
        if !card.takes_descriptors {
            return Err(ModelError::TakesPatches { id: id.to_owned() });
        }
        let history = self.added(id).ok_or_else(|| self.unknown(id))?.weights()?;
        check_hash(card, &history)?;
        Ok((card, history))
    }

    fn unknown(&self, id: &str) -> ModelError {
        let known = self.cards().into_iter().map(|card| card.id.clone()).collect();
        ModelError::Unknown { id: id.to_owned(), known }
    }

    /// Returns the number of models loaded so far.
    #[must_use]
    pub fn load_count(&self) -> u64 {
        self.load_count.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::*;

    #[test]
    fn model_is_loaded_once_while_in_use_and_again_afterwards() {
        let registry = Registry::new(zoo::ENTRIES, None);
        assert_eq!(registry.cards().len(), zoo::ENTRIES.len());
        let models: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| registry.load("msd-vgg").unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(models.iter().all(|model| Arc::ptr_eq(model, &models[0])));
        assert_eq!(registry.load_count(), 1);
        drop(models);
        registry.load("msd-vgg").unwrap();
        assert_eq!(registry.load_count(), 2);
    }

    #[test]
    fn unknown_model_is_rejected_with_the_known_ids() {
        let registry = Registry::new(zoo::ENTRIES, None);
        let error = registry.load("msd_musicnn").unwrap_err().to_string();
        assert!(
            error.contains("one of msd-musicnn, mtt-musicnn, ") && error.ends_with("got `msd_musicnn`)"),
            "{error}"
        );
    }

    #[test]
    fn models_of_packages_come_before_those_of_the_user_and_take_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        let write = |below: &str, id: &str| {
            let builtin = zoo::ENTRIES[0];
            let model = folder.path().join(below).join(id);
            fs::create_dir_all(&model).unwrap();
            fs::write(model.join(user_models::CARD), builtin.card.replacen("msd-musicnn", id, 1)).unwrap();
            fs::write(model.join(user_models::NETWORK), builtin.onnx()).unwrap();
        };
        for (below, id) in [("package", "packed"), ("user", "mine"), ("user", "packed")] {
            write(below, id);
        }
        let at = |name: &str| folder.path().join(name);
        let registry = Registry::with_packages(vec![at("package"), at("missing")], Some(at("user")));
        let ids: Vec<&str> = registry.cards().into_iter().map(|card| &*card.id).collect();
        assert_eq!(ids[zoo::ENTRIES.len()..], ["packed", "mine"]);
        assert_eq!(registry.load("packed").unwrap().card().id, "packed");
        let rejected = registry.rejected();
        assert!(rejected.len() == 1 && rejected[0].to_string().contains("`packed`"), "{rejected:?}");
    }

    #[test]
    fn owned_registry_loads_and_lends_cards_across_a_refresh() {
        let folder = tempfile::tempdir().unwrap();
        let model = {
            let registry = Registry::with_folder(folder.path().to_owned());
            let builtin = zoo::ENTRIES[0];
            let mine = folder.path().join("mine");
            fs::create_dir(&mine).unwrap();
            fs::write(mine.join(user_models::CARD), builtin.card.replacen("msd-musicnn", "mine", 1)).unwrap();
            fs::write(mine.join(user_models::NETWORK), builtin.onnx()).unwrap();
            let card = registry.card("mine").unwrap();
            registry.refresh();
            assert!(std::ptr::eq(registry.card("mine").unwrap(), card), "an unchanged card is one card");
            fs::remove_dir_all(&mine).unwrap();
            let model = registry.load("mine").unwrap_err();
            assert!(matches!(model, ModelError::File { .. }), "{model}");
            registry.refresh();
            assert!(registry.card("mine").is_none());
            assert_eq!((&*card.id, card.classes), ("mine", 50), "a lent card outlives the refresh");
            registry.load("msd-vgg").unwrap()
        };
        assert_eq!(model.card().id, "msd-vgg", "a model outlives its registry");
    }
}
