//! Plan of a batch: recipe, roots, and the shards of each generation.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::BatchError;
use crate::index::{self, IndexedShard};
use crate::object_name::{self, ObjectName, SUCCESS};
use crate::plan_files::{FileListReader, FileLists};
use crate::planned_file::PlannedFile;
use crate::recipe::{RecipeOrigin, hex};
use crate::store::ObjectStore;

/// Largest mean number of files of a shard: 13 minutes of a core.
pub const TRACKS_PER_SHARD: usize = 200;
/// Number of shards of a small library, so that all cores have work.
const MIN_SHARDS: usize = 64;
/// Number of hexadecimal digits of the key of the lists of files.
const LISTS_KEY_LEN: usize = 12;
/// Version of the layout of an output.
const SCHEMA: &str = "earmark-batch/1";

/// Content of `plan.json`, and of `plan-2.json` of the second generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Generation {
    schema: String,
    generation: u32,
    #[serde(flatten)]
    recipe: RecipeOrigin,
    recipe_sha256: String,
    /// Key of the lists of files.
    lists: String,
    roots: Vec<String>,
    /// Number of shards; some may have no files.
    shards: u32,
    files: u64,
    size_bytes: u64,
}

/// Plan of a batch. Nothing of it changes: further files are a further generation.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    generations: Vec<(Generation, Vec<IndexedShard>)>,
}

/// Place of a shard in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShardPlace {
    /// Generation, from 1.
    pub generation: u32,
    /// Number of the shard in its generation, from 0.
    pub shard: u32,
}

/// Files that a call has added to a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanReport {
    /// Generation of the files; the newest one if there are none.
    pub generation: u32,
    /// Number of files that were added.
    pub added: usize,
    /// Number of files that the plan had.
    pub known: u64,
}

impl BatchPlan {
    /// Plans files: all of them, or, if the output has a plan, those that it lacks, as its next generation. Paths are relative to
    /// `roots`; `tracks_per_shard` is the mean number of files of a shard (default: [`TRACKS_PER_SHARD`], and less for
    /// small libraries). Blocks.
    ///
    /// # Errors
    /// If the output cannot be written, or has a plan with another recipe or other roots.
    pub fn add(
        store: &dyn ObjectStore,
        recipe: &RecipeOrigin,
        roots: &[String],
        files: Vec<PlannedFile>,
        tracks_per_shard: Option<usize>,
    ) -> Result<(Self, PlanReport), BatchError> {
        let mut plan = match Self::open(store) {
            Err(BatchError::NoPlan { .. }) => Self { generations: Vec::new() },
            plan => plan?,
        };
        plan.check(store, recipe, roots)?;
        let known = plan.generations.iter().map(|(generation, _)| generation.files).sum();
        let files = plan.unplanned(store, files)?;
        let added = files.len();
        if added > 0 || plan.generations.is_empty() {
            plan.add_generation(store, recipe, roots, files, tracks_per_shard)?;
        }
        let generation = plan.generations.len() as u32;
        Ok((plan, PlanReport { generation, added, known }))
    }

    /// Adds files as a generation of its own, also those that the plan has. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn add_again(&mut self, store: &dyn ObjectStore, files: Vec<PlannedFile>) -> Result<u32, BatchError> {
        let (recipe, roots) = (self.recipe().clone(), self.roots().to_vec());
        self.add_generation(store, &recipe, &roots, files, None)?;
        Ok(self.generations.len() as u32)
    }

    /// Opens the plan of an output. Blocks.
    ///
    /// # Errors
    /// [`BatchError::NoPlan`] if there is none; other errors if it cannot be read.
    pub fn open(store: &dyn ObjectStore) -> Result<Self, BatchError> {
        let mut generations: Vec<(Generation, Vec<IndexedShard>)> = Vec::new();
        loop {
            let name = plan_name(generations.len() as u32 + 1);
            let bytes = match store.read(&name) {
                Err(error) if error.kind() == ErrorKind::NotFound && generations.is_empty() => {
                    return Err(BatchError::NoPlan { out: store.address() });
                }
                Err(error) if error.kind() == ErrorKind::NotFound => break,
                bytes => bytes.map_err(BatchError::store(&name))?,
            };
            let read: Generation = serde_json::from_slice(&bytes).map_err(BatchError::damaged(&name))?;
            if read.schema != SCHEMA {
                return Err(BatchError::damaged(&name)(format!("expected schema {SCHEMA}, got {}", read.schema)));
            }
            let name = index::name(&read.lists);
            let shards = index::read(store.read(&name).map_err(BatchError::store(&name))?, &name)?;
            generations.push((read, shards));
        }
        Ok(Self { generations })
    }

    /// Returns the recipe.
    #[must_use]
    pub fn recipe(&self) -> &RecipeOrigin {
        &self.generations[0].0.recipe
    }

    /// Returns the SHA-256 of the recipe, in lower-case hexadecimal.
    #[must_use]
    pub fn recipe_sha256(&self) -> &str {
        &self.generations[0].0.recipe_sha256
    }

    /// Returns the folders to which paths are relative.
    #[must_use]
    pub fn roots(&self) -> &[String] {
        &self.generations[0].0.roots
    }

    /// Returns the number of generations.
    #[must_use]
    pub fn generations(&self) -> u32 {
        self.generations.len() as u32
    }

    /// Returns the number of files, each counted once per generation.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.generations.iter().map(|(generation, _)| generation.files).sum()
    }

    /// Returns the size of the files in bytes, as far as it is known.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.generations.iter().map(|(generation, _)| generation.size_bytes).sum()
    }

    /// Returns the number of shards of the first generation; some may have no files.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.generations[0].0.shards
    }

    /// Returns the shards with files, in order, with the number of their files.
    pub fn places(&self) -> impl Iterator<Item = (ShardPlace, u32)> {
        self.generations.iter().flat_map(|(generation, shards)| {
            let generation = generation.generation;
            shards.iter().map(move |shard| (ShardPlace { generation, shard: shard.shard }, shard.files))
        })
    }

    /// Returns the name of the result of a shard; `None` if the shard has no files.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn object(&self, place: ShardPlace) -> Result<Option<ObjectName>, BatchError> {
        let found = self.generations.iter().find(|(generation, _)| generation.generation == place.generation);
        let shards = found.map_or(0, |(generation, _)| generation.shards);
        if place.shard >= shards {
            return Err(BatchError::Shard { shards: shards.into(), got: place.shard.into() });
        }
        let indexed = found.map(|(_, shards)| shards.as_slice()).unwrap_or_default();
        let at = indexed.binary_search_by_key(&place.shard, |shard| shard.shard).ok();
        Ok(at.map(|at| {
            let ShardPlace { generation, shard } = place;
            ObjectName { generation, shard, shards, key: indexed[at].key.clone() }
        }))
    }

    /// Returns a reader of the lists of files.
    pub(crate) fn lists(&self) -> FileListReader {
        let generations = self.generations.iter();
        FileListReader::new(
            generations.map(|(generation, shards)| (generation.generation, &*generation.lists, shards.as_slice())),
        )
    }

    /// Checks that the plan, if there is one, has this recipe and these roots.
    fn check(&self, store: &dyn ObjectStore, recipe: &RecipeOrigin, roots: &[String]) -> Result<(), BatchError> {
        let Some((first, _)) = self.generations.first() else { return Ok(()) };
        let roots = || (first.roots != roots).then(|| (format!("roots {roots:?}"), format!("roots {:?}", first.roots)));
        match recipe.difference(&first.recipe).or_else(roots) {
            None => Ok(()),
            Some((expected, got)) => Err(BatchError::OtherPlan { out: store.address(), expected, got }),
        }
    }

    /// Returns the files of a list that the plan has not, in this size and version.
    fn unplanned(&self, store: &dyn ObjectStore, files: Vec<PlannedFile>) -> Result<Vec<PlannedFile>, BatchError> {
        if self.generations.is_empty() {
            return Ok(files);
        }
        let mut known = HashSet::new();
        let mut lists = self.lists();
        for (place, _) in self.places() {
            let read = |name: &str| store.read(name).map_err(BatchError::store(name));
            known.extend(lists.files(place.generation, place.shard, read)?.iter().map(PlannedFile::digest));
        }
        Ok(files.into_iter().filter(|file| !known.contains(&file.digest())).collect())
    }

    fn add_generation(
        &mut self,
        store: &dyn ObjectStore,
        recipe: &RecipeOrigin,
        roots: &[String],
        files: Vec<PlannedFile>,
        tracks_per_shard: Option<usize>,
    ) -> Result<(), BatchError> {
        let shards = shard_count(files.len(), tracks_per_shard);
        let mut files: Vec<(u32, PlannedFile)> = files.into_iter().map(|file| (file.shard(shards), file)).collect();
        files.sort_by(|(a, one), (b, other)| {
            let (one, other) = (&one.path, &other.path);
            a.cmp(b).then_with(|| (&one.path, &one.path_bytes).cmp(&(&other.path, &other.path_bytes)))
        });
        files.dedup_by(|(_, one), (_, other)| one.path == other.path);
        let recipe_sha256 = recipe.sha256();
        let indexed: Vec<IndexedShard> = files
            .chunk_by(|(a, _), (b, _)| a == b)
            .map(|group| IndexedShard {
                shard: group[0].0,
                files: group.len() as u32,
                key: object_name::key(&recipe_sha256, group.iter().map(|(_, file)| file)),
            })
            .collect();
        let generation = Generation {
            schema: SCHEMA.to_owned(),
            generation: self.generations.len() as u32 + 1,
            recipe: recipe.clone(),
            lists: lists_key(&recipe_sha256, shards, &indexed),
            recipe_sha256,
            roots: roots.to_vec(),
            shards,
            files: files.len() as u64,
            size_bytes: files.iter().map(|(_, file)| file.size_bytes).sum(),
        };
        write_lists(store, &generation.lists, &files)?;
        let name = index::name(&generation.lists);
        store.write(&name, &index::write(&indexed)?).map_err(BatchError::store(&name))?;
        let name = plan_name(generation.generation);
        let json = serde_json::to_vec_pretty(&generation).map_err(BatchError::damaged(&name))?;
        if store.create(&name, &json).map_err(BatchError::store(&name))? {
            if store.exists(SUCCESS).map_err(BatchError::store(SUCCESS))? {
                store.remove(SUCCESS).map_err(BatchError::store(SUCCESS))?;
            }
            self.generations.push((generation, indexed));
            return Ok(());
        }
        // Another call was first.
        let other = Self::open(store)?;
        other.check(store, recipe, roots)?;
        let first = other.generations.get(self.generations.len()).map(|(first, _)| first.clone());
        if first.as_ref() != Some(&generation) {
            return Err(BatchError::OtherPlan {
                out: store.address(),
                expected: format!("{} files in generation {}", generation.files, generation.generation),
                got: format!("{} files of another call", first.map_or(0, |first| first.files)),
            });
        }
        *self = other;
        Ok(())
    }
}

/// Returns the key of the lists of a generation.
fn lists_key(recipe_sha256: &str, shards: u32, indexed: &[IndexedShard]) -> String {
    let mut digest = Sha256::new();
    digest.update(recipe_sha256);
    digest.update(shards.to_le_bytes());
    for shard in indexed {
        digest.update(shard.shard.to_le_bytes());
        digest.update(&shard.key);
    }
    hex(&digest.finalize())[..LISTS_KEY_LEN].to_owned()
}

/// Writes the lists of the files of each shard, which are in order.
fn write_lists(store: &dyn ObjectStore, key: &str, files: &[(u32, PlannedFile)]) -> Result<(), BatchError> {
    let put = |object: Option<(String, Vec<u8>)>| match object {
        Some((name, bytes)) => store.write(&name, &bytes).map_err(BatchError::store(&name)),
        None => Ok(()),
    };
    let mut lists = FileLists::new(key);
    for group in files.chunk_by(|(a, _), (b, _)| a == b) {
        let files: Vec<&PlannedFile> = group.iter().map(|(_, file)| file).collect();
        put(lists.push(group[0].0, &files)?)?;
    }
    put(lists.finish()?)
}

/// Returns the number of shards for this number of files, at least 1.
fn shard_count(files: usize, tracks_per_shard: Option<usize>) -> u32 {
    let shards = match tracks_per_shard {
        Some(tracks) => files.div_ceil(tracks.max(1)),
        None => files.div_ceil(TRACKS_PER_SHARD).max(files.min(MIN_SHARDS)),
    };
    u32::try_from(shards.max(1)).unwrap_or(u32::MAX)
}

fn plan_name(generation: u32) -> String {
    if generation == 1 { "plan.json".into() } else { format!("plan-{generation}.json") }
}
