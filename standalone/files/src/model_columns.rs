//! Columns that a model has in tables with one row per file or patch.

use earmark_models::report::{ModelOutput, ModelReport};
use earmark_models::{Card, Kind};

/// Columns of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelColumns {
    /// Id of the model.
    pub id: String,
    /// Values of the model.
    pub kind: ColumnKind,
}

/// Values that a model has in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// One value per label.
    Labels(Vec<String>),
    /// Beats per minute and confidence.
    Tempo,
    /// Pitch in Hz and, per patch, confidence.
    Pitch,
    /// Nothing: an embedding.
    Nothing,
}

impl ModelColumns {
    /// Returns the columns of the model of a card.
    #[must_use]
    pub fn of_card(card: &Card) -> Self {
        let kind = match card.kind {
            Kind::Tempo { .. } => ColumnKind::Tempo,
            Kind::Pitch => ColumnKind::Pitch,
            Kind::Embedding => ColumnKind::Nothing,
            Kind::Tags | Kind::Events | Kind::Classes | Kind::Values { .. } => ColumnKind::Labels(card.labels.clone()),
        };
        Self { id: card.id.clone(), kind }
    }

    /// Returns the columns of the model of a report.
    #[must_use]
    pub fn of_report(report: &ModelReport) -> Self {
        let kind = match &report.output {
            ModelOutput::Tempo { .. } => ColumnKind::Tempo,
            ModelOutput::Pitch { .. } => ColumnKind::Pitch,
            ModelOutput::Embedding { .. } => ColumnKind::Nothing,
            output => ColumnKind::Labels(output.labelled().map_or_else(Vec::new, |labelled| labelled.labels.clone())),
        };
        Self { id: report.id.clone(), kind }
    }
}
