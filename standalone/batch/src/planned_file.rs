//! File of a plan, and the shard that it belongs to.

use earmark_files::path_text::PathText;
use sha2::{Digest, Sha256};

/// File of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Path relative to the root.
    pub path: PathText,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Version of the content: an entity tag of a store, or the time of the last change in nanoseconds since 1970.
    pub version: String,
}

impl PlannedFile {
    /// Returns the shard of the file, 0 to `shards - 1`: its part of the range of hashes, which depends on the path alone.
    #[must_use]
    pub fn shard(&self, shards: u32) -> u32 {
        shard_of(&self.path, shards)
    }

    /// Returns a digest of path, size and version.
    pub(crate) fn digest(&self) -> u128 {
        let mut digest = Sha256::new();
        self.add_to(&mut digest);
        first_u128(&digest.finalize())
    }

    /// Adds path, size and version to a digest, so that no two lists of files have the same bytes.
    pub(crate) fn add_to(&self, digest: &mut Sha256) {
        let size = self.size_bytes.to_string();
        let bytes = self.path.path_bytes.as_deref().unwrap_or_default();
        for text in [&*self.path.path, bytes, &size, &*self.version] {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        }
    }
}

/// Returns the shard of a path, 0 to `shards - 1`.
pub(crate) fn shard_of(path: &PathText, shards: u32) -> u32 {
    let text = path.path_bytes.as_deref().unwrap_or(&path.path);
    let high = (first_u128(&Sha256::digest(text)) >> 64) as u64;
    ((u128::from(high) * u128::from(shards)) >> 64) as u32
}

fn first_u128(digest: &[u8]) -> u128 {
    digest.iter().take(16).fold(0, |value, &byte| value << 8 | u128::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> PlannedFile {
        let path = PathText { path: path.into(), path_bytes: None };
        PlannedFile { path, size_bytes: 1, version: "2".into() }
    }

    #[test]
    fn shards_are_even_and_in_the_order_of_the_hashes() {
        let mut counts = [0_u32; 10];
        for number in 0..10_000 {
            let file = file(&format!("album/{number}.mp3"));
            counts[file.shard(10) as usize] += 1;
            // A finer division divides each part.
            assert_eq!(file.shard(10), file.shard(100) / 10);
            assert_eq!(file.shard(1), 0);
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn digest_depends_on_path_size_and_version() {
        let one = file("a");
        assert_eq!(one.digest(), file("a").digest());
        for other in [
            file("b"),
            PlannedFile { size_bytes: 2, ..one.clone() },
            PlannedFile { version: "3".into(), ..one.clone() },
        ] {
            assert_ne!(one.digest(), other.digest(), "{other:?}");
        }
    }
}
