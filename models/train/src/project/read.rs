//! Reading of project files: every key with its default; unknown keys are errors.

use std::path::PathBuf;
use std::time::Duration;

use super::grid_block::{GridBlock, list};
use super::step::PreprocessingStep;
use super::template::TemplateVersion;
use super::{DEFAULT_POINT_TIME_LIMIT, EXCLUDED, Project};
use crate::document::{Document, Node};
use crate::error::ContentError;
use crate::ground_truth::is_name;
use crate::keys::Keys;
use crate::point::fold_count;

/// Largest seed: whole numbers up to this one are exact in every reader.
const MAX_SEED: f64 = 9_007_199_254_740_992.0;
/// Number of folds if a project has no `evaluations`, as in Gaia.
const FOLDS_WITHOUT_EVALUATIONS: usize = 10;
/// Longest time limit, in seconds.
const MAX_TIME_LIMIT_S: f64 = 1e7;

impl Project {
    /// Parses a project. `name` is the name of the file for messages.
    ///
    /// # Errors
    /// [`ContentError`] with line or key if a key is missing, unknown or has another value than expected.
    pub fn parse(name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("project `{name}`");
        let document = Document { file: &file, text };
        let mut keys = Keys::new(document, "", document.parse()?)?;
        let template = read_template(&mut keys)?;
        let class_name = keys.text("className")?;
        if !is_name(&class_name) {
            return Err(keys.bad("className", "a name of letters, digits, `_` and `-`", &Node::Text(class_name)));
        }
        let datasets_directory = folder(&mut keys, "datasetsDirectory", "datasets")?;
        let results_directory = folder(&mut keys, "resultsDirectory", "results")?;
        let file_list = PathBuf::from(keys.text("filelist")?);
        let ground_truth = PathBuf::from(keys.text("groundtruth")?);
        let seed = read_seed(&mut keys)?;
        let threads = read_threads(&mut keys)?;
        if keys.flag("clusterMode", false)? {
            let refused = Node::Flag(true);
            return Err(keys.bad("clusterMode", "false, because there is no cluster mode", &refused));
        }
        let excluded_descriptors = keys.texts("excludedDescriptors", &[EXCLUDED])?;
        let fail_on_unmatched = keys.flag("failOnUnmatched", false)?;
        let compat = keys.flag("compat", false)?;
        let point_time_limit = read_time_limit(&mut keys)?;
        let groups = keys.optional_text("groups")?.map(PathBuf::from);
        let group_by = keys.optional_text("groupBy")?.unwrap_or_else(|| "group".to_owned());
        let preprocessing = read_variants(document, &mut keys)?;
        let variants: Vec<_> = preprocessing.iter().map(|(name, _)| name.clone()).collect();
        let blocks = read_blocks(document, &mut keys, &variants)?;
        let folds = read_folds(document, &mut keys)?;
        keys.finish()?;
        Ok(Self {
            template,
            class_name,
            ground_truth,
            file_list,
            datasets_directory,
            results_directory,
            seed,
            threads,
            excluded_descriptors,
            fail_on_unmatched,
            preprocessing,
            blocks,
            folds,
            groups,
            group_by,
            compat,
            point_time_limit,
        })
    }
}

fn read_template(keys: &mut Keys<'_>) -> Result<TemplateVersion, ContentError> {
    let Some(name) = keys.optional_text("templateVersion")? else { return Ok(TemplateVersion::Beta5) };
    let expected = "`2.1-beta2` or `2.1-beta5`";
    TemplateVersion::from_name(&name).ok_or_else(|| keys.bad("templateVersion", expected, &Node::Text(name)))
}

fn folder(keys: &mut Keys<'_>, key: &str, default: &str) -> Result<PathBuf, ContentError> {
    Ok(PathBuf::from(keys.optional_text(key)?.unwrap_or_else(|| default.to_owned())))
}

fn read_seed(keys: &mut Keys<'_>) -> Result<u64, ContentError> {
    match keys.take("seed") {
        None => Ok(1),
        Some(Node::Number(seed)) if seed.fract() == 0.0 && (0.0..=MAX_SEED).contains(&seed) => Ok(seed as u64),
        Some(other) => Err(keys.bad("seed", "a whole number from 0", &other)),
    }
}

fn read_threads(keys: &mut Keys<'_>) -> Result<Option<usize>, ContentError> {
    match keys.take("numberProcesses") {
        None | Some(Node::Flag(false)) => Ok(None),
        Some(Node::Text(text)) if text == "False" => Ok(None),
        Some(Node::Number(count)) if count.fract() == 0.0 && (1.0..=1024.0).contains(&count) => {
            Ok(Some(count as usize))
        }
        Some(other) => Err(keys.bad("numberProcesses", "false or a number of threads from 1 to 1024", &other)),
    }
}

fn read_time_limit(keys: &mut Keys<'_>) -> Result<Duration, ContentError> {
    match keys.take("pointTimeLimit") {
        None => Ok(DEFAULT_POINT_TIME_LIMIT),
        Some(Node::Number(seconds)) if seconds > 0.0 && seconds <= MAX_TIME_LIMIT_S => {
            Ok(Duration::from_millis(((seconds * 1000.0).round() as u64).max(1)))
        }
        Some(other) => Err(keys.bad("pointTimeLimit", "seconds above 0", &other)),
    }
}

fn read_variants(
    document: Document<'_>,
    keys: &mut Keys<'_>,
) -> Result<Vec<(String, Vec<PreprocessingStep>)>, ContentError> {
    use PreprocessingStep::{Clean, FixLength, RemoveVariableLength};
    let Some(mut section) = keys.section("preprocessing")? else {
        return Ok(vec![("default".to_owned(), vec![FixLength, RemoveVariableLength, Clean])]);
    };
    let mut variants = Vec::new();
    for (name, steps) in section.rest() {
        let place = format!("preprocessing.{name}");
        if !is_name(&name) {
            return Err(document.key_error(&place, "a name of letters, digits, `_` and `-`", &steps));
        }
        let steps = match steps {
            Node::Null => Vec::new(),
            Node::List(steps) => steps,
            other => return Err(document.key_error(&place, "a list of steps", &other)),
        };
        let read = |(index, step)| PreprocessingStep::from_node(document, &format!("{place}[{index}]"), step);
        variants.push((name, steps.into_iter().enumerate().map(read).collect::<Result<_, _>>()?));
    }
    if variants.is_empty() {
        return Err(document.key_error("preprocessing", "at least one variant", &Node::Map(Vec::new())));
    }
    Ok(variants)
}

fn read_blocks(
    document: Document<'_>,
    keys: &mut Keys<'_>,
    variants: &[String],
) -> Result<Vec<GridBlock>, ContentError> {
    let mut classifiers = Keys::new(document, "classifiers", keys.require("classifiers", "a map with `svm`")?)?;
    let blocks = match classifiers.require("svm", "a list of blocks")? {
        Node::List(blocks) if !blocks.is_empty() => blocks,
        other => return Err(document.key_error("classifiers.svm", "a list of blocks", &other)),
    };
    classifiers.finish()?;
    let block = |(index, node)| GridBlock::from_node(document, &format!("classifiers.svm[{index}]"), node, variants);
    blocks.into_iter().enumerate().map(block).collect()
}

fn read_folds(document: Document<'_>, keys: &mut Keys<'_>) -> Result<Vec<usize>, ContentError> {
    let Some(mut evaluations) = keys.section("evaluations")? else { return Ok(vec![FOLDS_WITHOUT_EVALUATIONS]) };
    let blocks = match evaluations.require("nfoldcrossvalidation", "a list of blocks")? {
        Node::List(blocks) if !blocks.is_empty() => blocks,
        other => return Err(document.key_error("evaluations.nfoldcrossvalidation", "a list of blocks", &other)),
    };
    evaluations.finish()?;
    let mut folds = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        let mut block = Keys::new(document, &format!("evaluations.nfoldcrossvalidation[{index}]"), block)?;
        folds.extend(list(&mut block, "nfold", "whole numbers from 2", vec![FOLDS_WITHOUT_EVALUATIONS], fold_count)?);
        block.finish()?;
    }
    Ok(folds)
}
