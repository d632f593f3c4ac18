//! Saved choices one by one, and the checks of what may be chosen.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use earmark_models::{ContextMode, Registry, Threshold};

use super::{AddedModel, MOST_ADDED, OscChoice, ReportChoice, StateCell};

impl StateCell {
    /// From which value on a tag lights up, 0 to 1; without a tag, those that have no value of their own.
    #[must_use]
    pub fn threshold(&self, tag: Option<&str>) -> f32 {
        let state = self.get();
        tag.map_or(state.thresholds.usual, |tag| state.thresholds.of(tag).on)
    }

    /// Sets it, cut to 0 to 1; none gives a tag, or all of them, the usual one. What is no number changes nothing.
    pub fn set_threshold(&self, tag: Option<&str>, value: Option<f32>) {
        if value.is_some_and(f32::is_nan) {
            return;
        }
        let value = value.map(|value| value.clamp(0.0, 1.0));
        self.change(|state| match (tag, value) {
            (None, value) => state.thresholds.usual = value.unwrap_or(Threshold::DEFAULT),
            (Some(tag), Some(value)) => drop(state.thresholds.tags.insert(tag.to_owned(), value)),
            (Some(tag), None) => drop(state.thresholds.tags.remove(tag)),
        });
    }

    /// Whether patches find on their left the music that was there.
    #[must_use]
    pub fn streaming(&self) -> bool {
        self.get().context_mode == ContextMode::Streaming
    }

    /// Sets it.
    pub fn set_streaming(&self, streaming: bool) {
        self.change(|state| {
            state.context_mode = if streaming { ContextMode::Streaming } else { ContextMode::ZeroPadded }
        });
    }

    /// Ids of the added models that listen, in order.
    #[must_use]
    pub fn added(&self) -> Vec<Arc<str>> {
        self.get().more.iter().map(|added| added.id.as_str().into()).collect()
    }

    /// Turns an added model on, after those that are on, or off. A model that `registry` does not have cannot be turned
    /// on, and at most [`MOST_ADDED`] can.
    pub fn set_added(&self, registry: &'static Registry, id: &str, on: bool) {
        let added = registry.card(id).map(AddedModel::of);
        self.change(|state| {
            if !on {
                state.more.retain(|added| added.id != id);
            } else if let Some(added) = added
                && state.more.len() < MOST_ADDED
                && !state.more.iter().any(|listens| listens.id == id)
            {
                state.more.push(added);
            }
        });
    }
}

impl ReportChoice {
    /// Whether reports can be written to a folder, as far as that can be told without writing one. Looks at the disk.
    ///
    /// # Errors
    /// In words: a path that is not a full one, or leads through something that is no folder.
    pub fn check_folder(folder: &str) -> Result<(), String> {
        let path = Path::new(folder);
        if !path.is_absolute() {
            return Err(format!("Expected the full path of a folder, got `{folder}`."));
        }
        // What is not there yet is made with the first report.
        match path.ancestors().find(|ancestor| ancestor.exists()) {
            Some(there) if there.is_dir() => Ok(()),
            Some(there) => Err(format!("Expected a folder, got the file `{}`.", there.display())),
            None => Err(format!("Expected a folder on a disk of this machine, got `{folder}`.")),
        }
    }
}

impl OscChoice {
    /// The address as a socket address, if it is one; names other than `localhost` are not looked up.
    #[must_use]
    pub fn target(&self) -> Option<SocketAddr> {
        let address = self.address.trim();
        let port = address.strip_prefix("localhost:").map(str::parse::<u16>);
        match port {
            Some(port) => port.ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            None => address.parse().ok(),
        }
    }

    /// Whether something can be sent to an address.
    ///
    /// # Errors
    /// In words, what an address looks like.
    pub fn check_address(address: &str) -> Result<(), String> {
        let choice = Self { address: address.to_owned(), ..Self::default() };
        match choice.target() {
            Some(target) if target.port() != 0 => Ok(()),
            _ => Err(format!("Expected an IP address and a port, such as 127.0.0.1:9000, got `{address}`.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_addresses_that_cannot_be_used_are_refused_with_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        for good in [folder.path().to_owned(), folder.path().join("a/b")] {
            assert_eq!(ReportChoice::check_folder(&text(&good)), Ok(()));
        }
        for (bad, expected) in
            [(String::new(), "full path"), ("reports".into(), "full path"), (text(&file.join("a")), "got the file")]
        {
            let words = ReportChoice::check_folder(&bad).unwrap_err();
            assert!(words.contains(expected), "{words}");
        }
        assert_eq!(OscChoice::check_address("localhost:9000"), Ok(()));
        for bad in ["", "localhost", "1.2.3.4", "1.2.3.4:0", "example.com:9000"] {
            let words = OscChoice::check_address(bad).unwrap_err();
            assert!(words.contains("127.0.0.1:9000") && words.ends_with(&format!("got `{bad}`.")), "{words}");
        }
    }

    #[test]
    fn an_address_is_a_number_or_this_machine() {
        let target = |address: &str| OscChoice { address: address.into(), ..OscChoice::default() }.target();
        assert_eq!(target("127.0.0.1:9000"), Some(([127, 0, 0, 1], 9000).into()));
        assert_eq!(target(" localhost:9000 "), Some(([127, 0, 0, 1], 9000).into()));
        assert!(target("[::1]:9000").is_some());
        for nonsense in ["", "localhost", "localhost:99999", "example.com:9000", "127.0.0.1", "\u{0}"] {
            assert_eq!(target(nonsense), None, "{nonsense:?}");
        }
    }
}
