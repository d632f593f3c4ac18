//! Blocks of a grid: lists of values whose combinations are grid points.

use crate::document::{Document, Node};
use crate::error::ContentError;
use crate::keys::Keys;
use crate::point::{KernelKind, PointParams, exponent_of};

/// Lists of values; each combination is a grid point.
#[derive(Debug, Clone, PartialEq)]
pub struct GridBlock {
    /// Names of preprocessing variants; empty for all.
    pub preprocessing: Vec<String>,
    /// Kernels.
    pub kernels: Vec<KernelKind>,
    /// Binary logarithms of the cost.
    pub c: Vec<f64>,
    /// Binary logarithms of gamma.
    pub gamma: Vec<f64>,
    /// Whether classes are balanced.
    pub balance_classes: Vec<bool>,
    /// Pattern lists of descriptors that are used.
    pub descriptor_names: Vec<Vec<String>>,
    /// Pattern lists of descriptors that are left out.
    pub exclude: Vec<Vec<String>>,
}

/// Variants of the default grid.
const DEFAULT_VARIANTS: [&str; 6] = ["basic", "lowlevel", "nobands", "normalized", "gaussianized", "mfcc"];

impl GridBlock {
    /// Returns Gaia's grid of 1728 points.
    #[must_use]
    pub fn full() -> Self {
        Self {
            preprocessing: DEFAULT_VARIANTS.map(str::to_owned).into(),
            kernels: vec![KernelKind::Polynomial, KernelKind::Rbf],
            c: vec![-5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0],
            gamma: vec![3.0, 1.0, -1.0, -3.0, -5.0, -7.0, -9.0, -11.0],
            balance_classes: vec![false, true],
            descriptor_names: vec![vec!["*".to_owned()]],
            exclude: vec![Vec::new()],
        }
    }

    /// Returns a coarse grid of 72 points, all of which are points of the full grid: four variants, both kernels, three
    /// costs, three gammas, balanced classes.
    #[must_use]
    pub fn fast() -> Self {
        Self {
            preprocessing: ["lowlevel", "nobands", "gaussianized", "mfcc"].map(str::to_owned).into(),
            c: vec![-1.0, 3.0, 7.0],
            gamma: vec![-3.0, -7.0, -11.0],
            balance_classes: vec![true],
            ..Self::full()
        }
    }

    /// Returns all combinations, `folds` being the numbers of folds.
    pub(crate) fn points(&self, all_variants: &[String], folds: &[usize]) -> Vec<PointParams> {
        let variants = if self.preprocessing.is_empty() { all_variants } else { &self.preprocessing };
        let mut points = Vec::new();
        for preprocessing in variants {
            for (names, exclude) in self.descriptor_names.iter().flat_map(|n| self.exclude.iter().map(move |e| (n, e)))
            {
                for &kernel in &self.kernels {
                    for (&gamma, &c) in self.gamma.iter().flat_map(|gamma| self.c.iter().map(move |c| (gamma, c))) {
                        for (&balance_classes, &folds) in
                            self.balance_classes.iter().flat_map(|b| folds.iter().map(move |folds| (b, folds)))
                        {
                            points.push(PointParams {
                                preprocessing: preprocessing.clone(),
                                kernel,
                                c,
                                gamma,
                                balance_classes,
                                descriptor_names: names.clone(),
                                exclude: exclude.clone(),
                                folds,
                            });
                        }
                    }
                }
            }
        }
        points
    }

    /// Returns the block as a map.
    pub(crate) fn node(&self) -> Node {
        let texts = |texts: &[String]| Node::List(texts.iter().map(Node::text).collect());
        let numbers = |numbers: &[f64]| Node::List(numbers.iter().map(|number| Node::Number(*number)).collect());
        let lists = |lists: &[Vec<String>]| Node::List(lists.iter().map(|list| texts(list)).collect());
        let mut map = Vec::new();
        if !self.preprocessing.is_empty() {
            map.push(("preprocessing".to_owned(), texts(&self.preprocessing)));
        }
        map.push(("type".to_owned(), Node::List(vec![Node::text("C-SVC")])));
        let kernels = self.kernels.iter().map(|kernel| Node::text(kernel.name())).collect();
        map.push(("kernel".to_owned(), Node::List(kernels)));
        map.push(("C".to_owned(), numbers(&self.c)));
        map.push(("gamma".to_owned(), numbers(&self.gamma)));
        let flags = self.balance_classes.iter().map(|flag| Node::Flag(*flag)).collect();
        map.push(("balanceClasses".to_owned(), Node::List(flags)));
        if self.descriptor_names != [["*"]] {
            map.push(("descriptorNames".to_owned(), lists(&self.descriptor_names)));
        }
        if self.exclude != [Vec::<String>::new()] {
            map.push(("exclude".to_owned(), lists(&self.exclude)));
        }
        Node::Map(map)
    }

    /// Reads a block; `variants` are the names of the defined variants.
    pub(crate) fn from_node(
        document: Document<'_>,
        name: &str,
        node: Node,
        variants: &[String],
    ) -> Result<Self, ContentError> {
        let mut keys = Keys::new(document, name, node)?;
        let full = Self::full();
        let mut preprocessing = keys.texts("preprocessing", &[])?;
        if preprocessing == ["*"] {
            preprocessing.clear();
        }
        if let Some(unknown) = preprocessing.iter().find(|name| !variants.contains(name)) {
            let expected = format!("one of {}", variants.join(", "));
            return Err(keys.bad("preprocessing", &expected, &Node::text(unknown)));
        }
        let kinds = keys.texts("type", &["C-SVC"])?;
        if kinds != ["C-SVC"] {
            return Err(keys.bad("type", "[C-SVC]", &Node::text(kinds.join(", "))));
        }
        let block = Self {
            preprocessing,
            kernels: list(&mut keys, "kernel", "`poly` or `RBF`", full.kernels, |node| match node {
                Node::Text(name) => KernelKind::from_name(name),
                _ => None,
            })?,
            c: list(&mut keys, "C", "exponents of 2 from -64 to 64", full.c, exponent_of)?,
            gamma: list(&mut keys, "gamma", "exponents of 2 from -64 to 64", full.gamma, exponent_of)?,
            balance_classes: list(&mut keys, "balanceClasses", "true or false", full.balance_classes, flag)?,
            descriptor_names: list(&mut keys, "descriptorNames", "patterns", full.descriptor_names, patterns)?,
            exclude: list(&mut keys, "exclude", "patterns", full.exclude, patterns)?,
        };
        keys.finish()?;
        Ok(block)
    }
}

fn flag(node: &Node) -> Option<bool> {
    match node {
        Node::Flag(flag) => Some(*flag),
        Node::Text(text) if text == "True" || text == "False" => Some(text == "True"),
        _ => None,
    }
}

fn patterns(node: &Node) -> Option<Vec<String>> {
    let text = |node: &Node| match node {
        Node::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    match node {
        Node::List(list) => list.iter().map(text).collect(),
        single => text(single).map(|text| vec![text]),
    }
}

/// Returns the values of a key: a list that is not empty, or a single value.
pub(crate) fn list<T>(
    keys: &mut Keys<'_>,
    key: &str,
    expected: &str,
    default: Vec<T>,
    value: impl Fn(&Node) -> Option<T>,
) -> Result<Vec<T>, ContentError> {
    let nodes = match keys.take(key) {
        None => return Ok(default),
        Some(Node::List(nodes)) => nodes,
        Some(single) => vec![single],
    };
    if nodes.is_empty() {
        return Err(keys.bad(key, &format!("a list of {expected}"), &Node::List(nodes)));
    }
    nodes.iter().map(|node| value(node).ok_or_else(|| keys.bad(key, expected, node))).collect()
}
