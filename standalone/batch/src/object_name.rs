//! Names of the objects of a shard, by content and recipe.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::planned_file::PlannedFile;
use crate::recipe::hex;

/// Name of the object that states that all results are there.
pub(crate) const SUCCESS: &str = "_SUCCESS";
/// Number of hexadecimal digits of a key.
const KEY_LEN: usize = 12;

/// Name of the result of a shard, without its folder: `part-000123-of-000500-0123456789ab.parquet`, and
/// `part-g2-000123-...` in the second generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// Generation, from 1.
    pub generation: u32,
    /// Number of the shard, from 0.
    pub shard: u32,
    /// Number of shards.
    pub shards: u32,
    /// First digits of the SHA-256 of the recipe and of path, size and version of each file.
    pub key: String,
}

impl ObjectName {
    /// Returns the name without extension.
    #[must_use]
    pub fn stem(&self) -> String {
        let generation = generation_infix(self.generation);
        format!("part-{generation}{:06}-of-{:06}-{}", self.shard, self.shards, self.key)
    }

    /// Returns the path of the results in the output.
    #[must_use]
    pub fn data(&self) -> String {
        format!("data/{}.parquet", self.stem())
    }

    /// Returns the path of the list of bad and damaged files in the output.
    #[must_use]
    pub fn bad(&self) -> String {
        format!("bad/{}.jsonl", self.stem())
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.data())
    }
}

/// Returns the part of a name that states the generation; nothing for the first one.
pub(crate) fn generation_infix(generation: u32) -> String {
    if generation == 1 { String::new() } else { format!("g{generation}-") }
}

/// Returns the key of a shard with these files, in order, and the recipe with this SHA-256.
pub(crate) fn key<'a>(recipe: &str, files: impl IntoIterator<Item = &'a PlannedFile>) -> String {
    let mut digest = Sha256::new();
    digest.update(recipe);
    files.into_iter().for_each(|file| file.add_to(&mut digest));
    hex(&digest.finalize())[..KEY_LEN].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_state_shard_generation_and_key() {
        let name = ObjectName { generation: 1, shard: 123, shards: 500_000, key: "0123456789ab".into() };
        assert_eq!(name.data(), "data/part-000123-of-500000-0123456789ab.parquet");
        let second = ObjectName { generation: 2, ..name };
        assert_eq!(second.bad(), "bad/part-g2-000123-of-500000-0123456789ab.jsonl");
        assert_eq!(key("r", []).len(), KEY_LEN);
        assert_ne!(key("r", []), key("s", []));
    }
}
