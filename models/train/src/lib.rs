#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod data_set;
mod document;
mod error;
mod features;
mod file_list;
mod final_model;
mod fit;
mod folders;
mod folds;
mod grid;
mod ground_truth;
mod groups;
mod head;
mod keys;
mod logistic;
mod onnx;
mod page;
mod point;
mod project;
mod random;
mod ranking;
mod report;
mod results;
mod scores;
mod sigmoid;
mod svm;
mod train;

pub use data_set::{DataSet, read_points, template_of};
pub use error::{ContentError, InputPlace, TrainError};
pub use features::{FeatureMatrix, FeatureSpan, feature_matrix};
pub use file_list::FileList;
pub use final_model::{final_model, write_history};
pub use fit::PatternWarning;
pub use folders::from_folders;
pub use folds::{FoldKind, FoldWarning, Folds};
pub use grid::{FailedPoint, FinishedPoint, GridEvent, GridOutcome, GridProgress, GridSearch};
pub use ground_truth::GroundTruth;
pub use groups::Groups;
pub use head::{HeadOptions, TrainedHead, train_head};
pub use logistic::LinearClassifier;
pub use page::result_page;
pub use point::{KernelKind, PointParams};
pub use project::{GridBlock, PreprocessingStep, Project, TemplateVersion};
pub use ranking::Ranking;
pub use report::{REPORT_COLUMNS, report_csv, write_report};
pub use scores::{CrossValidation, Scores};
pub use train::{
    TrainEvent, TrainFiles, Trained, create_project, project_folds, read_data, retrain, train, train_data,
};
