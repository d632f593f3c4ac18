use super::*;

fn project() -> Project {
    Project::new("genre", TemplateVersion::Beta5, GridBlock::full(), false)
}

#[test]
fn default_grid_has_1728_points_with_unique_names_and_the_fast_grid_is_part_of_it() {
    let points = project().points();
    assert_eq!(points.len(), 1728);
    let names: HashSet<_> = points.iter().map(|point| point.file_name("genre")).collect();
    assert_eq!(names.len(), 1728);
    let fast = Project::new("genre", TemplateVersion::Beta5, GridBlock::fast(), false).points();
    assert_eq!(fast.len(), 72);
    assert!(fast.iter().all(|point| names.contains(&point.file_name("genre"))));
}

#[test]
fn written_project_reads_back_equal() {
    for compat in [false, true] {
        for template in [TemplateVersion::Beta2, TemplateVersion::Beta5] {
            let mut project = Project::new("genre", template, GridBlock::full(), compat);
            project.seed = 7;
            project.threads = Some(3);
            project.groups = Some("groups.tsv".into());
            project.group_by = "artist".into();
            project.blocks.push(GridBlock { exclude: vec![vec!["*.max".into()], Vec::new()], ..GridBlock::fast() });
            project.blocks[1].preprocessing.clear();
            assert_eq!(Project::parse("p", &project.to_yaml()).unwrap(), project);
        }
    }
}

#[test]
fn project_without_optional_keys_has_the_documented_defaults() {
    let text = "className: c\nfilelist: f\ngroundtruth: g\nclassifiers:\n  svm:\n  - {}\n";
    let project = Project::parse("p", text).unwrap();
    let variant = vec![PreprocessingStep::FixLength, PreprocessingStep::RemoveVariableLength, PreprocessingStep::Clean];
    assert_eq!(project.preprocessing, [("default".to_owned(), variant)]);
    assert_eq!((project.seed, project.threads, project.folds.as_slice()), (1, None, [10].as_slice()));
    assert_eq!(project.excluded_descriptors, ["metadata.tags*"]);
    assert_eq!(project.points().len(), 2 * 9 * 8 * 2);
}

#[test]
fn compatible_project_numbers_texts_and_the_default_leaves_them_out() {
    let steps = |compat| {
        Project::new("c", TemplateVersion::Beta2, GridBlock::fast(), compat).variant("basic").unwrap()[1].clone()
    };
    let texts = TemplateVersion::Beta2.texts();
    assert_eq!(steps(true), PreprocessingStep::Enumerate(texts.clone()));
    assert_eq!(steps(false), PreprocessingStep::Remove(texts));
    let error = project().variant("bsic").unwrap_err().to_string();
    assert!(error.contains("cannot find preprocessing `bsic`"), "{error}");
}

#[test]
fn invalid_project_returns_error_with_key_and_nearest_name() {
    let text = project().to_yaml();
    for (from, to, expected) in [
        ("className:", "clasName:", "key `className`: missing key"),
        ("failOnUnmatched:", "failOnUnmached:", "key `failOnUnmached`: unknown key (expected `failOnUnmatched`"),
        ("seed: 1", "seed: 1.5", "key `seed`: invalid value (expected a whole number from 0, got 1.5)"),
        ("clusterMode: false", "clusterMode: true", "key `clusterMode`"),
        ("numberProcesses: false", "numberProcesses: 0", "key `numberProcesses`"),
        ("type: remove", "type: drop", "key `preprocessing.basic[0].type`: invalid value (expected remove, select"),
        ("kernel:", "kernels:", "key `classifiers.svm[0].kernels`: unknown key (expected `kernel`"),
        ("nfold:", "nfolds:", "unknown key (expected `nfold`"),
        (
            "- lowlevel\n",
            "- lowlevels\n",
            "key `classifiers.svm[0].preprocessing`: invalid value (expected one of raw, basic",
        ),
        ("svm:", "NN:", "key `classifiers.svm`: missing key"),
        ("templateVersion: 2.1-beta5", "templateVersion: 2.2", "key `templateVersion`"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let error = Project::parse("p", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with("cannot read project `p`: ") && error.contains(expected), "{error}");
    }
}
