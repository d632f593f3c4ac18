//! CPU time of a grid search on items of 645 numbers in two classes, and of a sample of its points trained on vectors
//! instead of kernels of precomputed products.
//!
//! `cargo run --release -p earmark-train --example grid_cost [-- SAMPLE [ITEMS]]`; `SAMPLE` is the number of points (default 24),
//! `ITEMS` that of items (default 300).

use std::error::Error;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cpu_time::ProcessTime;
use earmark_gaia::{DescriptorSet, TrackValue};
use earmark_train::{
    DataSet, Folds, GridBlock, GridSearch, GroundTruth, KernelKind, PointParams, Project, Ranking, TemplateVersion,
    feature_matrix, project_folds,
};
use libsvm_rs::{KernelType, SvmNode, SvmParameter, SvmProblem, predict, train};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |index: usize, default: usize| std::env::args().nth(index).map_or(Ok(default), |text| text.parse());
    let (sample, items) = (argument(1, 24)?, argument(2, 300)?);
    let folder = tempfile::tempdir()?;
    let mut project = Project::new("cost", TemplateVersion::Beta5, GridBlock::full(), false);
    project.results_directory = folder.path().join("results");
    let points = points(items);
    let labels =
        points.iter().enumerate().map(|(i, (id, _))| (id.clone(), if i % 5 < 2 { "yes" } else { "no" }.to_owned()));
    let truth = GroundTruth::new("cost", labels.collect());
    let data = DataSet::new(&project, &truth, points)?;
    let folds = project_folds(&project, &truth)?;
    let params = project.points();

    let start = ProcessTime::now();
    let outcome = GridSearch::new(&project, &data, &folds, &|_| (), &AtomicBool::new(false)).run()?;
    let grid = start.elapsed();
    let best = Ranking::new(&outcome)?.best().clone();
    println!(
        "{} points on {items} items: {:.1} s of CPU ({:.2} min)",
        params.len(),
        grid.as_secs_f64(),
        grid.as_secs_f64() / 60.0
    );
    println!("best: {:.1} %, {} columns in basic", best.scores.accuracy, columns(&outcome, "basic"));

    let step = params.len() / sample;
    let mut direct = Duration::ZERO;
    let mut sampled = 0;
    for params in params.iter().step_by(step.max(1)) {
        let start = ProcessTime::now();
        let correct = on_vectors(&project, &data, &folds[0], params)?;
        direct += start.elapsed();
        sampled += 1;
        let accuracy = 100.0 * correct as f64 / items as f64;
        let found = outcome.finished.iter().find(|point| point.params == *params).map(|point| point.scores.accuracy);
        if found.is_none_or(|found| (found - accuracy).abs() > 0.7) {
            println!("differs: {}: {accuracy:.2} % on vectors, {found:?} in the grid", params.canonical());
        }
    }
    let all = direct.as_secs_f64() / f64::from(sampled) * params.len() as f64;
    println!(
        "{sampled} points on vectors: {:.1} s of CPU; all would take {:.1} min, {:.1} times as long",
        direct.as_secs_f64(),
        all / 60.0,
        all / grid.as_secs_f64()
    );
    Ok(())
}

fn columns(outcome: &earmark_train::GridOutcome, variant: &str) -> usize {
    let point = outcome.finished.iter().find(|point| point.params.preprocessing == variant);
    point.map_or(0, |point| point.dimensions)
}

/// Returns items in two overlapping classes with the descriptor names of the extractor: 645 numbers in `basic`.
fn points(items: usize) -> Vec<(String, DescriptorSet)> {
    let mut state = 5_u64;
    let mut random = move || {
        // Sum of four uniform numbers: close to a normal distribution.
        (0..4)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1_u32 << 24) as f32 - 0.5
            })
            .sum::<f32>()
    };
    let layout: [(&str, usize); 8] = [
        ("lowlevel.mfcc.mean", 13),
        ("lowlevel.gfcc.mean", 12),
        ("lowlevel.barkbands", 27),
        ("lowlevel.melbands", 40),
        ("lowlevel.erbbands", 40),
        ("lowlevel.spectral_contrast_coeffs", 6),
        ("tonal.hpcp", 36),
        ("rhythm.beats_loudness_band_ratio", 6),
    ];
    let mut item = |index: usize| {
        let mut point = DescriptorSet::default();
        let shift = if index % 5 < 2 { 0.25 } else { 0.0 };
        for (name, len) in layout {
            let statistics: &[&str] =
                if name.ends_with(".mean") { &[""] } else { &[".mean", ".var", ".median", ".stdev"] };
            for statistic in statistics {
                let values = (0..len).map(|d| random() + if d % 7 == 0 { shift } else { 0.0 }).collect();
                point.insert(&format!("{name}{statistic}"), TrackValue::Real(values));
            }
        }
        (format!("item{index:04}"), point)
    };
    (0..items).map(&mut item).collect()
}

/// Cross-validates a point with LIBSVM's own kernels and returns the number of correct predictions.
fn on_vectors(project: &Project, data: &DataSet, folds: &Folds, params: &PointParams) -> Result<usize, Box<dyn Error>> {
    let matrix = feature_matrix(project, data, params)?;
    let items = data.ids().len();
    let width = matrix.values.len() / items;
    let mut correct = 0;
    for fold in 0..folds.count() {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..items).partition(|i| folds.of(&data.ids()[*i]) == Some(fold));
        let value = |i: usize, d: usize| matrix.values[i * width + d];
        let range = |d: usize| {
            train.iter().fold((f64::MAX, f64::MIN), |(low, high), i| (low.min(value(*i, d)), high.max(value(*i, d))))
        };
        let ranges: Vec<_> = (0..width).map(range).collect();
        let nodes = |i: usize| -> Vec<SvmNode> {
            let scaled = ranges.iter().enumerate().map(|(d, (low, high))| (value(i, d) - low) / (high - low));
            scaled.zip(1..).map(|(value, index)| SvmNode { index, value }).collect()
        };
        let label = |i: usize| data.labels()[i] as f64;
        let problem = SvmProblem {
            labels: train.iter().map(|i| label(*i)).collect(),
            instances: train.iter().map(|i| nodes(*i)).collect(),
        };
        let share = |class: f64| problem.labels.iter().filter(|label| **label == class).count();
        let weight = |class: i32| (class, problem.labels.len() as f64 / (2 * share(f64::from(class))) as f64);
        let param = SvmParameter {
            kernel_type: if params.kernel == KernelKind::Rbf { KernelType::Rbf } else { KernelType::Polynomial },
            gamma: params.kernel_gamma(),
            c: params.cost(),
            weight: if params.balance_classes { vec![weight(0), weight(1)] } else { Vec::new() },
            ..SvmParameter::default()
        };
        let model = train::svm_train(&problem, &param);
        correct += test.iter().filter(|i| predict::predict(&model, &nodes(**i)) == label(**i)).count();
    }
    Ok(correct)
}
