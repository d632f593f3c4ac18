//! Identity of a published network: by the hash of its file, by the link in its description, or by its file name.

use earmark_models::Normalisation;

use crate::Metadata;

/// Part of the links in Essentia's descriptions.
const ESSENTIA: &str = "essentia.upf.edu";

/// Evidence for the identity of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The SHA-256 of the file.
    Hash,
    /// The link in the description.
    Link,
    /// The name of the file, which a user can choose.
    FileName,
}

/// A published network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Published<'a> {
    /// Name under which the network was published.
    pub(crate) name: &'a str,
    pub(crate) evidence: Evidence,
}

impl<'a> Published<'a> {
    /// Identifies a network.
    pub(crate) fn new(sha256: &str, metadata: &'a Metadata, file_name: &'a str) -> Self {
        if let Some((_, name)) = HASHES.iter().find(|(hash, _)| *hash == sha256) {
            return Self { name, evidence: Evidence::Hash };
        }
        let link = Some(metadata.link.as_str()).filter(|link| link.contains(ESSENTIA));
        let last = link.and_then(|link| link.rsplit('/').next()).and_then(|last| last.rsplit_once('.'));
        match last.filter(|(name, _)| !name.is_empty()) {
            Some((name, _)) => Self { name, evidence: Evidence::Link },
            None => Self { name: file_name, evidence: Evidence::FileName },
        }
    }

    /// Whether the description or the hash is the evidence.
    pub(crate) fn is_certain(&self) -> bool {
        self.evidence != Evidence::FileName
    }

    /// Returns the normalisation of a tempo network, by its name.
    pub(crate) fn normalisation(&self) -> Option<Normalisation> {
        let is = |names: &[&str]| names.iter().any(|name| self.name.starts_with(name));
        match () {
            () if is(&["deeptemp", "deepsquare", "shallowtemp"]) => Some(Normalisation::Standard),
            () if is(&["fcn", "ismir2018", "cnn"]) => Some(Normalisation::Max),
            () => None,
        }
    }
}

/// SHA-256 of published files that are often found without their description, and their names.
#[rustfmt::skip]
const HASHES: &[(&str, &str)] = &[
    ("f783b17ee994394f30f27d05ccd3fb845e589d107802e55e0b9cf1ea041ec894", "approachability_regression-discogs-effnet-1"),
    ("f97ee054447a0b3242f35745e5211203f63f5b625a4fcd1241eab12d6b873175", "crepe-tiny-1"),
    ("9ce9b8c44f1dd5df5ffc124e5d41d67acf254232c1b90c7e057e079ab7cead73", "danceability-discogs-effnet-1"),
    ("e1251f02cdc846445e2bc1fb3fe9963e32728c5c000e009188ae47c8963cb4c4", "danceability-discogs-effnet-1"),
    ("b2b661a920d2e800020b27fcf4561b561d6997b1f7063ea19ca18362a4457146", "danceability-msd-musicnn-1"),
    ("08e9a9f717ceb22026e39a18d0b28cd7052a196ce913a3ff30b99c2f9ac2f0b7", "danceability-musicnn-msd-2"),
    ("9a8e41724724eec53d5ae60cdf5232e3b8d50a39d15c4b6f909482056993a1ac", "deepsquare_k1"),
    ("d7d1b5311a76aecba101807146bce3af7438ad6c0d6bd32da50fbb3c9ec4da8b", "deepsquare_k1"),
    ("14ed253f38645c84c4bd0370d42ec04de4af469faf0d4366d345153222e84431", "deepsquare_k8"),
    ("6f09d9a2527a9adfdc28217cfc31f2653d89adbccf2dd7122e2fb64d3fd60a32", "deepsquare_k8"),
    ("21c328332a221695dd6e8572728c617373064df882e8f81da6d88dc3a821e3b3", "deeptemp_k16"),
    ("e051ad3d6f0ac2b7894ea9fa00dd1be0882a9c7521efb517a1093b0284035f19", "deeptemp_k16"),
    ("84ba2fcb808a78b5d78512cc5b4cee337f5f8a7e364bcb942dc76d3afbaa40fd", "deeptemp_k4"),
    ("c8fdc0ddbc1440745415f5ab384c509ce694e7122828f1f36a5326beafa1dde5", "deeptemp_k4"),
    ("360120dc19c8ae8edaec2acfaf05f9d8822c33f6ae665484d4e20592408e3a98", "emomusic-msd-musicnn-1"),
    ("d85a1a0e4a5c0977d791d2eb36bf72ca2a152d15671eaa6f5b9cb26f545a9eb2", "emomusic-msd-musicnn-1"),
    ("6292defb3d9331e6e36d3df076b8e297194a390fd5177c6ceccbac0313dae388", "fcn"),
    ("3885ba078a35249af94b8e5e4247689afac40deca4401a4bc888daf5a579c01c", "genre_discogs400-discogs-effnet-1"),
    ("1e261de2fc47f85304a8b89db96141789af0deb12b4a90b861eaf63ce3839499", "genre_dortmund_musicnn_msd"),
    ("cd55ffe1508db7acb66e093e79245d32cba0885640dd9951acbfdd110f1d0d97", "genre_dortmund_musicnn_msd"),
    ("ab070981fcfc3ecd0d297bcf0ed5ceb228954d625c7ebe365fc34a08d9cfbb30", "genre_rosamerica_head-musicnn-msd-2"),
    ("052c4cafc043f0e08cda0d3f072394c32cf2d3902c35f1f7f4e44805654a8856", "mood_acoustic-musicnn-msd-2"),
    ("1ffa5c2c9ce6bdbd2357dffd332d8978a7c33f94ea35f7215c48f35afee6f6bf", "mood_aggressive-msd-musicnn-1"),
    ("f5c9bae6a1c98963b312bf934c39244d3fc5cfb36c8f3c8f358268bf01daa93b", "mood_happy-msd-musicnn-1"),
    ("2efa4e03a5a93e4055e5571bc58f1419fc5587289770dbeba759daff60ac7e0e", "mood_relaxed-msd-musicnn-1"),
    ("1a50d11c23181bdfdeabc7d6032a2dad829dfc19c3776d2ee57ef1724cb08805", "mood_sad-discogs-effnet-1"),
    ("4865cba49968b6ec295db3e8af6b4a7bb506b1a646628b9f07ee9910d52df82c", "mood_sad-discogs-effnet-1"),
    ("a49905bbc75c2448d38ea408d2b9bfc889af0be8dc1451245c567f07371e8bea", "mood_sad-msd-musicnn-1"),
    ("855cb7b241a86c3b4bd9fcc253b026155ded613e51f13a6ddfe64c258079a2d7", "moods_mirex-msd-musicnn-1"),
    ("d90d3020fab17ad641857a7272c94fd27a0d5c11aa92aa130dcc807c58ee6fab", "moods_mirex-msd-musicnn-1"),
    ("46d2d108bbe9ba3cc84d49d364bdf1767caa9d26aab8cb2d805a8679bae1dfa8", "msd-musicnn"),
    ("c292dc4e8b083385cf19dcdda6b70a45ff002679b9d32e8e0cc57846da02ff0a", "msd-musicnn"),
    ("cdea0722bcee7f731286843f2233e3aa69887bb5c3e2dce011eff55f38d04f3e", "msd-musicnn-1"),
    ("ebcc0577313675ff476b214076b454f9a03b4c93dad001352e08f9b8cea170c6", "msd-vgg"),
    ("fd02493bf903421bef698b41e0568996618ef4c87efa8e6603e9327be5003d23", "msd-vgg"),
    ("428f3099a3b0e09719d05743861b689ca348418713f335d93f72ac16de30662a", "mtt-musicnn"),
    ("acfaa5194d940742b3c808332f35dfecb93c2dd5a330b46d01581aa8f5e3f7e8", "mtt-musicnn"),
    ("517570886a0d041f39931ad9b729bb6ce021eb8f07c5961ba6d9d1cc7bb49a31", "mtt-vgg"),
    ("926751c406c45d2b70b1eb069c304c00e2cc32dae4be289995158b527715e0cc", "mtt-vgg"),
    ("62ada6f5efea96917d5969cd8d86fb7078eb01ef7c1d08eb5c77e94da11199d2", "shallowtemp_k1"),
    ("b85b9c66bdf744b6f6e7cf37d96d5527566e7d490834c4a09e571e44f7c77f07", "shallowtemp_k1"),
    ("1dcad711f4ab89b70ee10f1df3983cee3798480e87bace3e8aba9ac16a49c1b4", "small_vggish_init"),
    ("d14da935c98878c6939b2143e9bf27f9cc7ef06644b43e394af87b6e95d5d6d7", "small_vggish_init"),
    ("f153904a1c0c84e937b6f90a1d23a7d18fdfa759f7f9ad54a2485e0ff1814e87", "vgg4"),
    ("c8033548e17c292874265db62e82a051247768d10375a35a769e7bf695f16acf", "voice_instrumental-discogs-effnet-1"),
    ("b734bca3fc99257cf0088211b44bd36e8a26fbb1f9ce67e1e97d39f188094b0a", "voice_instrumental-musicnn-msd-2"),
    ("e4ca6affcaf7f1cbeb40a9d59e63f8e9aa86346de84cb60aed791b0c186d2135", "voice_instrumental-musicnn-msd-2"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_precedes_link_and_link_precedes_file_name() {
        let (hash, name) = HASHES[0];
        let linked = Metadata {
            link: "https://essentia.upf.edu/models/x/mood_sad-msd-musicnn-1.pb".into(),
            ..Metadata::default()
        };
        let elsewhere =
            Metadata { link: "https://example.org/mood_sad-msd-musicnn-1.pb".into(), ..Metadata::default() };
        let of = |hash: &str, metadata| {
            let published = Published::new(hash, metadata, "mine");
            (published.name.to_owned(), published.evidence)
        };
        assert_eq!(of(hash, &linked), (name.to_owned(), Evidence::Hash));
        assert_eq!(of("", &linked), ("mood_sad-msd-musicnn-1".to_owned(), Evidence::Link));
        assert_eq!(of("", &elsewhere), ("mine".to_owned(), Evidence::FileName));
    }

    #[test]
    fn every_hash_is_a_sha256_and_occurs_once() {
        let mut hashes: Vec<_> = HASHES.iter().map(|(hash, _)| *hash).collect();
        assert!(hashes.iter().all(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), HASHES.len());
    }
}
