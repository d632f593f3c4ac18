//! Pools as trees: one level for each part of a dotted name.

use earmark_descriptors::{Pool, Value as PoolValue};
use serde_json::{Map, Value, json};

/// Converts a pool to a tree in the layout of the reference, with `"silent": true`, `too_short_for` and
/// `sanitized_samples` beside the groups where they apply.
#[must_use]
pub fn to_json(pool: &Pool) -> Map<String, Value> {
    let mut root = Map::new();
    for (name, value) in pool.iter() {
        insert(&mut root, name, convert(value));
    }
    let condition = &pool.condition;
    if condition.silent {
        root.insert("silent".to_owned(), json!(true));
    }
    if !condition.too_short_for.is_empty() {
        root.insert("too_short_for".to_owned(), json!(condition.too_short_for));
    }
    if condition.sanitized_samples > 0 {
        root.insert("sanitized_samples".to_owned(), json!(condition.sanitized_samples));
    }
    root
}

fn insert(root: &mut Map<String, Value>, name: &str, value: Value) {
    let mut node = root;
    let mut parts = name.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            node.insert(part.to_owned(), value);
            return;
        }
        let child = node.entry(part).or_insert_with(|| Value::Object(Map::new()));
        // A name that is both a value and a group keeps the value.
        let Value::Object(child) = child else { return };
        node = child;
    }
}

fn convert(value: &PoolValue) -> Value {
    match value {
        PoolValue::Number(number) => json!(number),
        PoolValue::Vector(vector) => json!(vector),
        PoolValue::Matrix(rows) => json!(rows),
        PoolValue::Text(text) => json!(text),
        PoolValue::Texts(texts) => json!(texts),
        PoolValue::Null => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_a_tree_with_the_condition_beside_the_groups() {
        let mut pool = Pool::default();
        pool.insert("lowlevel.mfcc.mean", PoolValue::Vector(vec![1.0, 2.0]));
        pool.insert("tonal.chords_key", PoolValue::Text("A".into()));
        pool.insert("rhythm.bpm", PoolValue::Number(f64::NAN));
        pool.condition.silent = true;
        pool.condition.too_short_for = vec!["rhythm.bpm".into()];
        let expected = json!({
            "lowlevel": {"mfcc": {"mean": [1.0, 2.0]}},
            "rhythm": {"bpm": null},
            "silent": true,
            "tonal": {"chords_key": "A"},
            "too_short_for": ["rhythm.bpm"],
        });
        assert_eq!(Value::Object(to_json(&pool)), expected);
    }
}
