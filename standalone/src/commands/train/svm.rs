//! Training of a support vector machine on descriptors.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use earmark_files::classify::{TrackSource, track_source};
use earmark_gaia::DescriptorSet;
use earmark_train::{
    GridBlock, GroundTruth, Groups, Project, TemplateVersion, Trained, create_project, project_folds, template_of,
    train as train_project,
};

use super::descriptors::extracted;
use super::error::TrainCommandError;
use super::install::add;
use super::progress::TrainProgress;
use super::report;
use super::tracks::Tracks;
use crate::args::{GridSize, RetrainOptions, TrainOptions};
use crate::commands::print::print_line;

/// Version of Essentia whose layout our extractor has.
const LAYOUT_VERSION: &str = "2.1-beta6";

/// Trains a classifier and writes its files.
pub(super) fn train(options: &TrainOptions, cancel: &AtomicBool) -> Result<(), TrainCommandError> {
    let project = match &options.project {
        Some(path) => Project::read(path)?,
        None => match prepare(options)? {
            Some(project) => project,
            None => return Ok(()),
        },
    };
    if options.dry_run {
        let truth = GroundTruth::read(&project.ground_truth)?;
        return dry_run(&project, &truth);
    }
    let progress = TrainProgress::new();
    let trained = train_project(&project, &options.out, &|event| progress.show(&event), cancel);
    progress.finish();
    let trained = trained?;
    show(&trained, &project);
    if options.add {
        print_line!("added        {}", add(&trained.files.history)?);
    }
    Ok(())
}

/// Writes the project of the options, with the descriptors of audio files; none in a dry run, which prints and writes
/// nothing.
fn prepare(options: &TrainOptions) -> Result<Option<Project>, TrainCommandError> {
    let tracks = Tracks::read(options)?;
    let grid = match options.grid {
        GridSize::Default => GridBlock::full(),
        GridSize::Fast => GridBlock::fast(),
    };
    let file = |end: &str| format!("{}.{end}", options.name);
    let template = template(tracks.files());
    let mut project = Project::new(&options.name, template, grid, options.compat);
    project.folds = vec![options.folds.get()];
    project.seed = options.seed;
    project.threads = options.jobs.map(usize::from);
    project.point_time_limit = Duration::from_secs(options.time_limit.get() as u64);
    if options.dry_run {
        report::print_classes(&tracks.truth, tracks.groups.as_ref());
        if let Some(groups) = &tracks.groups {
            let folds = groups.folds(&tracks.truth, options.folds.get(), options.seed)?;
            print_line!("folds        {} of {}", options.folds, folds.kind());
            folds.warnings().iter().for_each(|warning| print_line!("warning: {warning}"));
        }
        print_line!("grid         {} points", project.points().len());
        return Ok(None);
    }
    let out = &options.out;
    let jobs = options.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let folder = out.join(file("descriptors"));
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let list = extracted(tracks.files(), &folder, jobs)?;
    if let (Some(_), Some(by)) = (&tracks.groups, &options.group_by) {
        project.groups = Some(file("groups.json").into());
        project.group_by = if Path::new(by).is_file() { "group".into() } else { by.clone() };
    }
    let (_, project) = create_project(out, &project, &tracks.truth, &list)?;
    if let (Some(groups), Some(path)) = (&tracks.groups, &project.groups) {
        fs::write(path, groups.to_json()).map_err(TrainCommandError::write(path))?;
    }
    Ok(Some(project))
}

/// Returns the template for the layout of the tracks' descriptors: that of the Essentia version of files with descriptors,
/// which is also that of our own.
fn template(files: &[(String, PathBuf)]) -> TemplateVersion {
    let descriptors = files.iter().filter(|(_, path)| track_source(path) == TrackSource::Descriptors);
    let points: Vec<_> =
        descriptors.filter_map(|(id, path)| Some((id.clone(), DescriptorSet::read(path).ok()?))).collect();
    match template_of(&points) {
        (_, versions) if versions.is_empty() => TemplateVersion::for_versions([LAYOUT_VERSION]),
        (template, _) => template,
    }
}

fn dry_run(project: &Project, truth: &GroundTruth) -> Result<(), TrainCommandError> {
    let groups = project.groups.as_ref().map(|path| Groups::read(&project.group_by, path)).transpose()?;
    report::print_classes(truth, groups.as_ref());
    for folds in project_folds(project, truth)? {
        print_line!("folds        {} of {}", folds.count(), folds.kind());
        folds.warnings().iter().for_each(|warning| print_line!("warning: {warning}"));
    }
    print_line!("grid         {} points", project.points().len());
    Ok(())
}

/// Prints the result of a training.
fn show(trained: &Trained, project: &Project) {
    print_line!(
        "{}: best of {} points: {}",
        project.class_name,
        trained.outcome.finished.len(),
        trained.best.params.canonical()
    );
    report::print_scores(&trained.best.scores, &trained.best.matrix, trained.folds.kind());
    let failed = trained.outcome.failed.len();
    if failed > 0 {
        print_line!("failed       {failed} points, listed in the report");
    }
    let files = &trained.files;
    for path in [&files.history, &files.param, &files.report, &files.page] {
        print_line!("written      {}", path.display());
    }
}

/// Fits a model with the parameters of a `.param` file.
pub(super) fn retrain(options: &RetrainOptions) -> Result<(), TrainCommandError> {
    let params = earmark_train::retrain(&options.project, &options.param, &options.output, &mut |_, _| {})?;
    print_line!("written      {} ({})", options.output.display(), params.canonical());
    Ok(())
}
