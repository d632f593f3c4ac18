//! Serialized form of a front end: its name.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use crate::FrontEnd;

/// Writes the [name](FrontEnd::name). A described front end has none of its own, so it is an error; a model card has
/// its parameters.
impl Serialize for FrontEnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Described(_) => Err(S::Error::custom("a described front end has no name of its own")),
            named => serializer.serialize_str(named.name()),
        }
    }
}

/// Reads the name of one of [`FrontEnd::ALL`].
impl<'de> Deserialize<'de> for FrontEnd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
