//! JSON objects of models, for `models list`, `info` and `check`.

use std::path::Path;

use earmark_install::PreparedModel;
use earmark_models::Card;
use serde_json::{Value, json};

/// Returns the object of a model.
pub(super) fn object(card: &Card, added: bool) -> Value {
    json!({ "id": card.id, "name": card.name, "kind": card.kind.name(), "added": added,
            "labels": card.labels, "positive": card.positive_class.and_then(|class| card.labels.get(class)),
            "head_of": card.head_of, "embedding": card.embedding,
            "rate_hz": Some(card.front_end.rate().hz()).filter(|_| !card.takes_descriptors),
            "front_end": if card.takes_descriptors { "descriptors" } else { card.front_end.name() },
            "context_s": card.context_s(), "licence": card.licence,
            "source": card.source, "sha256": card.sha256, "notes": card.notes, "assumed": card.assumed })
}

/// Returns the object of a model that was checked and not installed.
pub(super) fn prepared(path: &Path, prepared: &PreparedModel) -> Value {
    let mut value = object(&prepared.card, false);
    value["path"] = path.display().to_string().into();
    value["waits_for"] = json!(prepared.waits_for);
    value["answer_ms"] = prepared.probe.answer_ms.into();
    value["share"] = prepared.probe.share.into();
    value
}
