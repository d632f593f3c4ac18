//! Tests of plans.

use earmark_capture::decode::DecoderChoice;
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;

use super::*;
use crate::local_store::LocalStore;
use crate::recipe::{AnalysisKind, BatchRecipe};

fn recipe(model: &str) -> RecipeOrigin {
    let recipe = BatchRecipe::new(AnalysisKind::Tag, vec![model.into()]);
    RecipeOrigin { recipe, origin: Provenance::new(None, DecoderChoice::Auto) }
}

fn files(numbers: impl Iterator<Item = u64>) -> Vec<PlannedFile> {
    let path = |number| PathText { path: format!("album/{number}.mp3"), path_bytes: None };
    numbers.map(|number| PlannedFile { path: path(number), size_bytes: number, version: "7".into() }).collect()
}

#[test]
fn plan_is_read_as_it_was_written_and_further_files_are_a_generation() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    let (one, roots) = (recipe("a"), ["/music".to_owned()]);
    assert!(matches!(BatchPlan::open(&store), Err(BatchError::NoPlan { .. })));
    let (plan, report) = BatchPlan::add(&store, &one, &roots, files(0..3000), Some(2)).unwrap();
    assert_eq!(report, PlanReport { generation: 1, added: 3000, known: 0 });
    assert_eq!((plan.shards(), plan.files(), plan.size_bytes()), (1500, 3000, 2999 * 1500));
    let opened = BatchPlan::open(&store).unwrap();
    let mut lists = opened.lists();
    let mut found = Vec::new();
    for (place, count) in opened.places() {
        let of_shard = lists.files(1, place.shard, |name| Ok(store.read(name).unwrap())).unwrap();
        assert!(of_shard.len() == count as usize && of_shard.iter().all(|file| file.shard(1500) == place.shard));
        let name = opened.object(place).unwrap().unwrap();
        assert_eq!(name.key, object_name::key(&one.sha256(), &of_shard));
        assert_eq!(Some(name), plan.object(place).unwrap());
        found.extend(of_shard);
    }
    found.sort_by_key(|file| file.size_bytes);
    assert_eq!(found, files(0..3000));
    let error = opened.object(ShardPlace { generation: 1, shard: 1500 }).unwrap_err().to_string();
    assert_eq!(error, "cannot run shard 1500 (expected 0 to 1499)");

    let before = store.list("plan").unwrap();
    let (_, report) = BatchPlan::add(&store, &one, &roots, files(0..3000), None).unwrap();
    assert_eq!(report, PlanReport { generation: 1, added: 0, known: 3000 });
    assert_eq!(store.list("plan").unwrap().len(), before.len());
    let (plan, report) = BatchPlan::add(&store, &one, &roots, files(0..3010), None).unwrap();
    assert_eq!(report, PlanReport { generation: 2, added: 10, known: 3000 });
    assert_eq!((plan.generations(), plan.files()), (2, 3010));
    assert_eq!(BatchPlan::open(&store).unwrap().places().count(), plan.places().count());
}

#[test]
fn other_recipe_and_other_roots_are_refused_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    BatchPlan::add(&store, &recipe("a"), &["/music".into()], files(0..2), None).unwrap();
    let refused = |recipe: &RecipeOrigin, root: &str| {
        BatchPlan::add(&store, recipe, &[root.to_owned()], files(0..2), None).unwrap_err().to_string()
    };
    let error = refused(&recipe("b"), "/music");
    assert!(error.contains("\"models\":[\"b\"]") && error.contains("\"models\":[\"a\"]"), "{error}");
    let error = refused(&recipe("a"), "/other");
    assert!(error.contains("roots [\"/other\"], got roots [\"/music\"]") && error.lines().count() == 1, "{error}");
}

#[test]
fn small_libraries_have_shards_for_many_cores() {
    for (files, tracks, shards) in
        [(0, None, 1), (10, None, 10), (300, None, 64), (100_000, None, 500), (300, Some(200), 2), (300, Some(1), 300)]
    {
        assert_eq!(shard_count(files, tracks), shards, "{files} files, {tracks:?}");
    }
}
