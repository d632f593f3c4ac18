//! Grid points: parameters of one classifier, their stable names, and `.param` files.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use crate::document::{Document, Node};
use crate::error::ContentError;
use crate::keys::Keys;

/// Kernel of an SVM. The polynomial has degree 3 and constant term 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KernelKind {
    /// `(gamma x·y)³`, `poly` in files.
    Polynomial,
    /// `exp(-gamma |x - y|²)`, `RBF` in files.
    Rbf,
}

impl KernelKind {
    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polynomial => "poly",
            Self::Rbf => "RBF",
        }
    }

    /// Returns the kernel of a name in files.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Polynomial, Self::Rbf].into_iter().find(|kernel| kernel.name() == name)
    }
}

/// Parameters of one classifier and its evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct PointParams {
    /// Name of the preprocessing.
    pub preprocessing: String,
    /// Kernel.
    pub kernel: KernelKind,
    /// Binary logarithm of the cost.
    pub c: f64,
    /// Binary logarithm of gamma.
    pub gamma: f64,
    /// Whether the cost of each class is weighted by its inverse share of the items.
    pub balance_classes: bool,
    /// Patterns of the descriptors that are used (default `*`).
    pub descriptor_names: Vec<String>,
    /// Patterns of the descriptors that are left out (default none).
    pub exclude: Vec<String>,
    /// Number of folds of the evaluation.
    pub folds: usize,
}

/// Range of exponents that give a finite cost and gamma.
pub(crate) const MAX_EXPONENT: f64 = 64.0;

impl PointParams {
    /// Returns the cost.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.c.exp2()
    }

    /// Returns the gamma of the kernel.
    #[must_use]
    pub fn kernel_gamma(&self) -> f64 {
        self.gamma.exp2()
    }

    /// Returns the canonical text: JSON with sorted keys and without spaces.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut model = self.model();
        model.sort_by(|a, b| a.0.cmp(&b.0));
        let root =
            Node::Map(vec![("evaluation".into(), Node::Map(self.evaluation())), ("model".into(), Node::Map(model))]);
        // A tree of texts and finite numbers always serializes.
        serde_json::to_string(&root).unwrap_or_default()
    }

    /// Returns the name of the files of this point: the class name and the first 16 digits of the SHA-256 of the canonical
    /// text.
    #[must_use]
    pub fn file_name(&self, class_name: &str) -> String {
        let digest = Sha256::digest(self.canonical().as_bytes());
        let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{class_name}_{digits}")
    }

    fn model(&self) -> Vec<(String, Node)> {
        let texts = |texts: &[String]| Node::List(texts.iter().map(Node::text).collect());
        let mut model = vec![
            ("classifier".to_owned(), Node::text("svm")),
            ("preprocessing".to_owned(), Node::text(&self.preprocessing)),
            ("type".to_owned(), Node::text("C-SVC")),
            ("kernel".to_owned(), Node::text(self.kernel.name())),
            ("C".to_owned(), Node::Number(self.c)),
            ("gamma".to_owned(), Node::Number(self.gamma)),
            ("balanceClasses".to_owned(), Node::Flag(self.balance_classes)),
        ];
        if self.descriptor_names != ["*"] {
            model.push(("descriptorNames".to_owned(), texts(&self.descriptor_names)));
        }
        if !self.exclude.is_empty() {
            model.push(("exclude".to_owned(), texts(&self.exclude)));
        }
        model
    }

    fn evaluation(&self) -> Vec<(String, Node)> {
        vec![("nfold".into(), Node::Number(self.folds as f64)), ("type".into(), Node::text("nfoldcrossvalidation"))]
    }

    /// Returns the evaluation as the report shows it.
    #[must_use]
    pub fn evaluation_text(&self) -> String {
        // A tree of texts and finite numbers always serializes.
        serde_json::to_string(&Node::Map(self.evaluation())).unwrap_or_default()
    }

    /// Returns the content of the `.param` file, in YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let root = Node::Map(vec![
            ("model".into(), Node::Map(self.model())),
            ("evaluation".into(), Node::Map(self.evaluation())),
        ]);
        // A tree of texts and finite numbers always serializes.
        serde_saphyr::to_string(&root).unwrap_or_default()
    }

    /// Parses a `.param` file. `name` is the name of the file for messages.
    ///
    /// # Errors
    /// [`ContentError`] with line or key if a key is missing, unknown or has another value than expected.
    pub fn parse(name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("parameters `{name}`");
        let document = Document { file: &file, text };
        let mut root = Keys::new(document, "", document.parse()?)?;
        let mut model = Keys::new(document, "model", root.require("model", "a map")?)?;
        constant(&mut model, "classifier", "svm")?;
        constant(&mut model, "type", "C-SVC")?;
        let preprocessing = model.text("preprocessing")?;
        let kernel = model.text("kernel")?;
        let kernel = KernelKind::from_name(&kernel)
            .ok_or_else(|| model.bad("kernel", "`poly` or `RBF`", &Node::Text(kernel)))?;
        let c = exponent(&mut model, "C")?;
        let gamma = exponent(&mut model, "gamma")?;
        let balance_classes = model.flag("balanceClasses", false)?;
        let descriptor_names = model.texts("descriptorNames", &["*"])?;
        let exclude = model.texts("exclude", &[])?;
        model.finish()?;
        let mut evaluation = Keys::new(document, "evaluation", root.require("evaluation", "a map")?)?;
        constant(&mut evaluation, "type", "nfoldcrossvalidation")?;
        let nfold = evaluation.require("nfold", "a number of folds")?;
        let folds = fold_count(&nfold).ok_or_else(|| evaluation.bad("nfold", "a whole number from 2", &nfold))?;
        evaluation.finish()?;
        root.finish()?;
        Ok(Self { preprocessing, kernel, c, gamma, balance_classes, descriptor_names, exclude, folds })
    }

    /// Compares by cost, gamma and text: the order among points of equal quality.
    #[must_use]
    pub fn simpler_first(&self, other: &Self) -> Ordering {
        let by_size = self.c.total_cmp(&other.c).then(self.gamma.total_cmp(&other.gamma));
        by_size.then_with(|| self.canonical().cmp(&other.canonical()))
    }
}

/// Returns a number of folds.
pub(crate) fn fold_count(node: &Node) -> Option<usize> {
    match node {
        Node::Number(number) if number.fract() == 0.0 && (2.0..=1e6).contains(number) => Some(*number as usize),
        _ => None,
    }
}

/// Returns an exponent of 2.
pub(crate) fn exponent_of(node: &Node) -> Option<f64> {
    match node {
        Node::Number(number) if number.abs() <= MAX_EXPONENT => Some(*number + 0.0),
        _ => None,
    }
}

fn exponent(keys: &mut Keys<'_>, key: &str) -> Result<f64, ContentError> {
    let value = keys.require(key, "an exponent of 2")?;
    exponent_of(&value).ok_or_else(|| keys.bad(key, "an exponent of 2 from -64 to 64", &value))
}

fn constant(keys: &mut Keys<'_>, key: &str, expected: &str) -> Result<(), ContentError> {
    let value = keys.require(key, expected)?;
    if value == Node::text(expected) { Ok(()) } else { Err(keys.bad(key, &format!("`{expected}`"), &value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point() -> PointParams {
        PointParams {
            preprocessing: "basic".into(),
            kernel: KernelKind::Rbf,
            c: 7.0,
            gamma: -3.0,
            balance_classes: true,
            descriptor_names: vec!["*".into()],
            exclude: Vec::new(),
            folds: 5,
        }
    }

    #[test]
    fn written_parameters_read_back_equal() {
        let other = PointParams {
            kernel: KernelKind::Polynomial,
            c: -0.5,
            descriptor_names: vec!["lowlevel.*".into(), "*.mean".into()],
            exclude: vec!["*.max".into()],
            ..point()
        };
        for point in [point(), other] {
            assert_eq!(PointParams::parse("p", &point.to_yaml()).unwrap(), point);
        }
    }

    #[test]
    fn name_is_that_of_the_canonical_text_and_does_not_change() {
        let expected = "{\"evaluation\":{\"nfold\":5,\"type\":\"nfoldcrossvalidation\"},\"model\":{\"C\":7,\
                        \"balanceClasses\":true,\"classifier\":\"svm\",\"gamma\":-3,\"kernel\":\"RBF\",\
                        \"preprocessing\":\"basic\",\"type\":\"C-SVC\"}}";
        assert_eq!(point().canonical(), expected);
        assert_eq!(point().file_name("genre"), "genre_2cbb230f6862a6fa");
        let other = PointParams { gamma: -5.0, ..point() };
        assert_ne!(other.file_name("genre"), point().file_name("genre"));
    }

    #[test]
    fn invalid_parameters_return_error_with_key_and_nearest_name() {
        let text = point().to_yaml();
        for (from, to, expected) in [
            ("gamma:", "gama:", "key `model.gamma`: missing key"),
            (
                "balanceClasses: true",
                "balanceClass: true",
                "key `model.balanceClass`: unknown key (expected `balanceClasses`",
            ),
            ("kernel: RBF", "kernel: rbf", "key `model.kernel`: invalid value (expected `poly` or `RBF`, got `rbf`)"),
            ("C: 7", "C: 1e99", "key `model.C`: invalid value (expected an exponent of 2 from -64 to 64"),
            ("nfold: 5", "nfold: 1", "key `evaluation.nfold`: invalid value (expected a whole number from 2, got 1)"),
            ("type: C-SVC", "type: nu-SVC", "expected `C-SVC`, got `nu-SVC`"),
        ] {
            assert!(text.contains(from), "{text}");
            let error = PointParams::parse("p", &text.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
