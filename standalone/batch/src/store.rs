//! Store of the objects of an output: a local folder, or any other store behind the same operations.

use std::fmt;
use std::io;

/// Object of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Name within its folder.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// Store of whole objects by name, such as `data/part-000001.parquet`. No reader finds an incomplete object. All operations
/// block.
pub trait ObjectStore: Send + Sync + fmt::Debug {
    /// Returns the address of the store, for messages.
    fn address(&self) -> String;

    /// Returns the content of an object.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if there is none; other errors of the system.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Whether there is an object of this name.
    ///
    /// # Errors
    /// If the store cannot be reached.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Returns the objects of a folder, which may be missing, in any order. Temporary objects are left out.
    ///
    /// # Errors
    /// If the folder cannot be read.
    fn list(&self, folder: &str) -> io::Result<Vec<StoredObject>>;

    /// Writes an object, or replaces it: whole, or not at all.
    ///
    /// # Errors
    /// If the object cannot be written.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Writes an object of a new name. Returns false, and leaves the present object, if there is one.
    ///
    /// # Errors
    /// If the object cannot be written.
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<bool>;

    /// Removes an object.
    ///
    /// # Errors
    /// If the object cannot be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Removes temporary objects of a folder whose writers have ended. Returns their number.
    ///
    /// # Errors
    /// If the folder cannot be read.
    fn sweep(&self, folder: &str) -> io::Result<usize>;
}
