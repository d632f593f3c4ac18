//! Project files: data set, preprocessing, grid and evaluation of one classification.

mod grid_block;
mod read;
mod step;
mod template;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::grid_block::GridBlock;
pub use self::step::PreprocessingStep;
pub use self::template::TemplateVersion;
use crate::document::Node;
use crate::error::TrainError;
use crate::point::PointParams;

/// Descriptors that are left out when the descriptor files are read.
const EXCLUDED: &str = "metadata.tags*";
/// Number of folds of a project that does not name it.
const DEFAULT_FOLDS: usize = 5;
/// Duration after which a grid point is given up, if the project does not name it.
const DEFAULT_POINT_TIME_LIMIT: Duration = Duration::from_secs(600);

/// Data set, preprocessing, grid and evaluation of one classification.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Version of the layout that the variants are made for.
    pub template: TemplateVersion,
    /// Name of the classification.
    pub class_name: String,
    /// Ground truth file.
    pub ground_truth: PathBuf,
    /// File list.
    pub file_list: PathBuf,
    /// Folder of Gaia's data sets, which Earmark does not use.
    pub datasets_directory: PathBuf,
    /// Folder of the results.
    pub results_directory: PathBuf,
    /// Seed of the folds and of the probability fit (default 1).
    pub seed: u64,
    /// Number of threads; none for one per core (default).
    pub threads: Option<usize>,
    /// Patterns of descriptors that are left out when the files are read (default `metadata.tags*`).
    pub excluded_descriptors: Vec<String>,
    /// Whether an excluded pattern without a match is an error (default false).
    pub fail_on_unmatched: bool,
    /// Preprocessing variants by name.
    pub preprocessing: Vec<(String, Vec<PreprocessingStep>)>,
    /// Blocks of the grid.
    pub blocks: Vec<GridBlock>,
    /// Numbers of folds (default 5).
    pub folds: Vec<usize>,
    /// File with the group of each item; none for plain folds (default).
    pub groups: Option<PathBuf>,
    /// Meaning of the groups (default `group`).
    pub group_by: String,
    /// Whether results are those of Gaia where Gaia's are of less use (default false); see the README.
    pub compat: bool,
    /// Duration after which a grid point is given up (default 600 s).
    pub point_time_limit: Duration,
}

impl Project {
    /// Creates a project with the default variants of a template and a grid.
    #[must_use]
    pub fn new(class_name: &str, template: TemplateVersion, grid: GridBlock, compat: bool) -> Self {
        Self {
            template,
            class_name: class_name.to_owned(),
            ground_truth: PathBuf::from(format!("{class_name}.groundtruth.json")),
            file_list: PathBuf::from(format!("{class_name}.filelist.json")),
            datasets_directory: PathBuf::from("datasets"),
            results_directory: PathBuf::from("results"),
            seed: 1,
            threads: None,
            excluded_descriptors: vec![EXCLUDED.to_owned()],
            fail_on_unmatched: false,
            preprocessing: template.variants(compat),
            blocks: vec![grid],
            folds: vec![DEFAULT_FOLDS],
            groups: None,
            group_by: "group".to_owned(),
            compat,
            point_time_limit: DEFAULT_POINT_TIME_LIMIT,
        }
    }

    /// Reads a project file; relative paths are relative to its folder. Blocks.
    ///
    /// # Errors
    /// [`TrainError::Read`] if the file cannot be read, [`TrainError::Input`] if it is no project.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(TrainError::read(path))?;
        let mut project = Self::parse(&path.display().to_string(), &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths = [
            &mut project.ground_truth,
            &mut project.file_list,
            &mut project.datasets_directory,
            &mut project.results_directory,
        ];
        paths.into_iter().chain(&mut project.groups).for_each(|path| *path = folder.join(&path));
        Ok(project)
    }

    /// Returns the grid points, without duplicates, in the order of the blocks.
    #[must_use]
    pub fn points(&self) -> Vec<PointParams> {
        let variants: Vec<_> = self.preprocessing.iter().map(|(name, _)| name.clone()).collect();
        let points = self.blocks.iter().flat_map(|block| block.points(&variants, &self.folds));
        let mut seen = HashSet::new();
        points.filter(|point| seen.insert(point.canonical())).collect()
    }

    /// Returns the steps of a variant.
    ///
    /// # Errors
    /// [`TrainError::UnknownName`] if there is no such variant.
    pub fn variant(&self, name: &str) -> Result<&[PreprocessingStep], TrainError> {
        let found = self.preprocessing.iter().find(|(known, _)| known == name);
        found.map(|(_, steps)| steps.as_slice()).ok_or_else(|| {
            let known = self.preprocessing.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            TrainError::UnknownName { what: "preprocessing", name: name.to_owned(), known }
        })
    }

    /// Returns the YAML text that [`Project::parse`] reads.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let path = |path: &Path| Node::text(path.to_string_lossy());
        let texts = |texts: &[String]| Node::List(texts.iter().map(Node::text).collect());
        let variant = |(name, steps): &(String, Vec<PreprocessingStep>)| {
            (name.clone(), Node::List(steps.iter().map(PreprocessingStep::node).collect()))
        };
        let folds = Node::List(self.folds.iter().map(|folds| Node::Number(*folds as f64)).collect());
        let evaluation = Node::List(vec![Node::Map(vec![("nfold".into(), folds)])]);
        let mut map = vec![
            ("templateVersion", Node::text(self.template.name())),
            ("className", Node::text(&self.class_name)),
            ("datasetsDirectory", path(&self.datasets_directory)),
            ("resultsDirectory", path(&self.results_directory)),
            ("filelist", path(&self.file_list)),
            ("groundtruth", path(&self.ground_truth)),
            ("seed", Node::Number(self.seed as f64)),
            ("numberProcesses", self.threads.map_or(Node::Flag(false), |threads| Node::Number(threads as f64))),
            ("clusterMode", Node::Flag(false)),
            ("excludedDescriptors", texts(&self.excluded_descriptors)),
            ("failOnUnmatched", Node::Flag(self.fail_on_unmatched)),
            ("compat", Node::Flag(self.compat)),
            ("pointTimeLimit", Node::Number(self.point_time_limit.as_secs_f64())),
        ];
        if let Some(groups) = &self.groups {
            map.push(("groups", path(groups)));
            map.push(("groupBy", Node::text(&self.group_by)));
        }
        map.push(("preprocessing", Node::Map(self.preprocessing.iter().map(variant).collect())));
        let blocks = Node::List(self.blocks.iter().map(GridBlock::node).collect());
        map.push(("classifiers", Node::Map(vec![("svm".into(), blocks)])));
        map.push(("evaluations", Node::Map(vec![("nfoldcrossvalidation".into(), evaluation)])));
        let root = Node::Map(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        // A tree of texts and finite numbers always serializes.
        serde_saphyr::to_string(&root).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
