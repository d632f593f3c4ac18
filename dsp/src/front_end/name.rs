//! Names of front ends as text: in command lines, settings and messages.

use std::fmt;
use std::str::FromStr;

use crate::{DspError, FrontEnd};

/// Writes the [name](FrontEnd::name).
impl fmt::Display for FrontEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Reads the name of one of [`FrontEnd::ALL`].
impl FromStr for FrontEnd {
    type Err = DspError;

    fn from_str(name: &str) -> Result<Self, DspError> {
        Self::from_name(name).ok_or_else(|| DspError::Name {
            what: "front end",
            expected: Self::ALL.map(Self::name).join(", "),
            got: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_end_as_text_is_read_back() {
        for front_end in FrontEnd::ALL {
            assert_eq!(front_end.to_string().parse(), Ok(front_end));
        }
        assert_eq!(format!("{:>9}", FrontEnd::MusiCnn), "  musicnn");
        let error = "mp3".parse::<FrontEnd>().unwrap_err().to_string();
        let expected = "cannot use front end: unknown name (expected one of musicnn, vggish, tempocnn, ";
        assert!(error.starts_with(expected) && error.ends_with("got `mp3`)"), "{error}");
    }
}
