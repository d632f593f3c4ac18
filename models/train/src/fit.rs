//! Fit of preprocessing steps to points.

use earmark_gaia::{
    Chain, DescriptorLayout, DescriptorSet, Enumerate, FixLength, Gaussianize, Matches, Normalize, NormalizeOptions,
    Remove, Select, Transform, Unmatched, Variant,
};

use crate::project::PreprocessingStep;

/// Pattern that matches no descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternWarning {
    /// Name of the preprocessing.
    pub variant: String,
    /// The pattern.
    pub pattern: String,
    /// Most similar descriptor; none if no name is similar.
    pub nearest: Option<String>,
}

impl std::fmt::Display for PatternWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "preprocessing `{}`: pattern `{}` matches no descriptor", self.variant, self.pattern)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest is `{nearest}`"),
            None => Ok(()),
        }
    }
}

/// Points to which steps are fitted and applied. Steps are fitted to the first points only.
#[derive(Debug, Clone)]
pub(crate) struct FittedPoints {
    pub(crate) points: Vec<DescriptorSet>,
    /// Steps that were applied to the points.
    pub(crate) chain: Chain,
    /// Number of points that steps are fitted to.
    fit_count: usize,
    pub(crate) warnings: Vec<PatternWarning>,
    variant: String,
    unmatched: Unmatched,
}

impl FittedPoints {
    /// Starts without steps. `variant` is named in warnings.
    pub(crate) fn new(
        points: Vec<DescriptorSet>,
        layout: DescriptorLayout,
        variant: &str,
        unmatched: Unmatched,
    ) -> Self {
        let (fit_count, chain) = (points.len(), Chain::new(layout));
        Self { points, chain, fit_count, warnings: Vec::new(), variant: variant.to_owned(), unmatched }
    }

    /// Returns a copy with the points of some indices; steps are fitted to the first `fit_count` of them.
    pub(crate) fn subset(&self, indices: &[usize], fit_count: usize) -> Self {
        let points = indices.iter().filter_map(|index| self.points.get(*index).cloned()).collect();
        let (chain, variant) = (self.chain.clone(), self.variant.clone());
        Self { points, chain, fit_count, warnings: Vec::new(), variant, unmatched: self.unmatched }
    }

    /// Returns a copy for another preprocessing, without warnings.
    pub(crate) fn renamed(&self, variant: &str) -> Self {
        Self { variant: variant.to_owned(), warnings: Vec::new(), ..self.clone() }
    }

    /// Returns the layout of the points.
    pub(crate) fn layout(&self) -> &DescriptorLayout {
        self.chain.layout()
    }

    /// Fits a step of a preprocessing variant and applies it to all points.
    pub(crate) fn fit(&mut self, step: &PreprocessingStep) -> Result<(), String> {
        let fitted = &self.points[..self.fit_count];
        match step {
            PreprocessingStep::Remove(patterns) => {
                let (step, matches) = Remove::fit(self.chain.layout(), patterns, self.unmatched).map_err(text)?;
                self.note(matches);
                self.apply("remove", names(patterns), Transform::Remove(step))
            }
            PreprocessingStep::Select(patterns) => self.select(patterns, &[]),
            PreprocessingStep::Enumerate(patterns) => {
                let matches = self.matches(patterns)?;
                let step = Enumerate::fit(fitted, self.chain.layout(), &matches.names);
                self.note(matches);
                self.apply("enumerate", names(patterns), Transform::Enumerate(step))
            }
            PreprocessingStep::Normalize { independent } => self.normalize(*independent),
            PreprocessingStep::Gaussianize(patterns) => {
                let matches = self.matches(patterns)?;
                let size = Gaussianize::DISTRIBUTION_SIZE;
                let step = Gaussianize::fit(fitted, self.chain.layout(), &matches.names, size).map_err(text)?;
                self.note(matches);
                self.apply("gaussianize", names(patterns), Transform::Gaussianize(step))
            }
            PreprocessingStep::RemoveVariableLength => {
                let step = Remove::fit_variable_length(fitted, self.chain.layout());
                self.apply("removevl", Variant::Map(Vec::new()), Transform::Remove(step))
            }
            PreprocessingStep::FixLength => {
                let Some(sample) = fitted.first() else { return Ok(()) };
                let step = FixLength::fit(sample, self.chain.layout());
                self.apply("fixlength", names(&["*".to_owned()]), Transform::FixLength(step))
            }
            PreprocessingStep::Clean => {
                let step = Remove::fit_cleaner(fitted, self.chain.layout());
                self.apply("cleaner", Variant::Map(Vec::new()), Transform::Remove(step))
            }
        }
    }

    /// Selects descriptors.
    pub(crate) fn select(&mut self, patterns: &[String], except: &[String]) -> Result<(), String> {
        let (step, matches) = Select::fit(self.chain.layout(), patterns, except, self.unmatched).map_err(text)?;
        self.note(matches);
        let params = [("descriptorNames", Variant::texts(patterns)), ("exclude", Variant::texts(except))];
        self.apply("select", Variant::map(params), Transform::Select(step))
    }

    /// Normalizes all real descriptors.
    pub(crate) fn normalize(&mut self, independent: bool) -> Result<(), String> {
        let all: Vec<String> = self.chain.layout().names().map(str::to_owned).collect();
        let options = NormalizeOptions { independent, ..NormalizeOptions::default() };
        let step = Normalize::fit(&self.points[..self.fit_count], self.chain.layout(), &all, &options).map_err(text)?;
        let params = Variant::map([("independent", Variant::Bool(independent))]);
        self.apply("normalize", params, Transform::Normalize(step))
    }

    /// Applies a fitted transformation to all points and adds it to the chain.
    pub(crate) fn apply(&mut self, analyzer: &str, params: Variant, transform: Transform) -> Result<(), String> {
        self.points.iter_mut().try_for_each(|point| transform.apply(point)).map_err(text)?;
        self.chain.push(analyzer, params, transform);
        Ok(())
    }

    /// Adds a transformation to the chain without applying it to the points.
    pub(crate) fn push(&mut self, analyzer: &str, params: Variant, transform: Transform) {
        self.chain.push(analyzer, params, transform);
    }

    /// Adds a selection to the chain without applying it to the points.
    pub(crate) fn push_selection(&mut self, pattern: &str) -> Result<(), String> {
        let patterns = [pattern.to_owned()];
        let (step, _) = Select::fit(self.chain.layout(), &patterns, &[], Unmatched::Refuse).map_err(text)?;
        self.push("select", names(&patterns), Transform::Select(step));
        Ok(())
    }

    fn matches(&self, patterns: &[String]) -> Result<Matches, String> {
        earmark_gaia::select_names(patterns, self.chain.layout().names(), self.unmatched).map_err(text)
    }

    fn note(&mut self, matches: Matches) {
        for unmatched in matches.unmatched {
            let (variant, pattern) = (self.variant.clone(), unmatched.pattern);
            let nearest = unmatched.nearest.map(|name| earmark_gaia::display_name(&name).to_owned());
            self.warnings.push(PatternWarning { variant, pattern, nearest });
        }
    }
}

fn names(patterns: &[String]) -> Variant {
    Variant::map([("descriptorNames", Variant::texts(patterns))])
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
