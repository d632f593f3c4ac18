use libsvm_rs::train::svm_train;
use libsvm_rs::{KernelType, SvmNode, SvmParameter, SvmProblem};

use super::*;
use crate::descriptor_set::TrackValue;
use crate::history::Variant;
use crate::layout::DescriptorLayout;
use crate::pattern::Unmatched;
use crate::transform::{
    AddField, Enumerate, FixLength, Gaussianize, Normalize, NormalizeOptions, Remove, Select, SvmPredict, Transform,
};
use crate::value_type::ValueType;

const CLASSES: [&str; 3] = ["blue", "green", "red"];

/// Returns a track of a class. The descriptor `x.unused` is dropped by the chain.
fn track(class: usize, number: usize) -> DescriptorSet {
    let mut track = DescriptorSet::default();
    let noise = |seed: usize| ((number * 7_919 + seed * 104_729) % 997) as f32 / 997.0;
    let values = (0..4).map(|i| noise(i) + if i == class { 0.8 } else { 0.0 }).collect();
    track.insert("x.vector", TrackValue::Real(values));
    track.insert("x.scalar", TrackValue::Real(vec![noise(9) * 40.0 + class as f32]));
    track.insert("x.key", TrackValue::Text(vec![["A", "C#", "D"][(number + class) % 3].to_owned()]));
    track.insert("x.unused", TrackValue::Real(vec![noise(11); number % 3 + 1]));
    track
}

fn named(names: &[String]) -> Variant {
    Variant::map([("descriptorNames", Variant::texts(names))])
}

/// Returns a fitted chain with each supported transformation, and the tracks of the fit.
fn chain() -> (Chain, Vec<DescriptorSet>) {
    let tracks: Vec<DescriptorSet> = (0..60).map(|i| track(i % 3, i)).collect();
    let mut points = tracks.clone();
    let mut chain = Chain::new(DescriptorLayout::common(&points));
    let add = |chain: &mut Chain, points: &mut Vec<DescriptorSet>, analyzer: &str, transform: Transform| {
        points.iter_mut().for_each(|point| transform.apply(point).unwrap());
        chain.push(analyzer, Variant::Map(Vec::new()), transform);
    };
    let remove = Remove::fit_variable_length(&points, chain.layout());
    add(&mut chain, &mut points, "removevl", Transform::Remove(remove));
    let fix = FixLength::fit(&points[0], chain.layout());
    add(&mut chain, &mut points, "fixlength", Transform::FixLength(fix));
    let enumerate = Enumerate::fit(&points, chain.layout(), &[".x.key".into()]);
    add(&mut chain, &mut points, "enumerate", Transform::Enumerate(enumerate));
    let names: Vec<String> = chain.layout().names().map(str::to_owned).collect();
    let gaussianize = Gaussianize::fit(&points, chain.layout(), &[".x.vector".into()], 10_000).unwrap();
    add(&mut chain, &mut points, "gaussianize", Transform::Gaussianize(gaussianize));
    let options = NormalizeOptions { independent: true, ..Default::default() };
    let normalize = Normalize::fit(&points, chain.layout(), &names, &options).unwrap();
    add(&mut chain, &mut points, "normalize", Transform::Normalize(normalize));
    add(&mut chain, &mut points, "addfield", Transform::AddField(AddField { names: vec![".highlevel.colour".into()] }));
    let row = |point: &DescriptorSet| {
        let mut row = Vec::new();
        for name in &names {
            match point.get(name).unwrap() {
                TrackValue::Real(values) => row.extend(values.iter().map(|&value| f64::from(value))),
                TrackValue::Enumeration(values) => row.extend(values.iter().map(|&value| f64::from(value))),
                other => panic!("{other:?}"),
            }
        }
        (1..).zip(row).map(|(index, value)| SvmNode { index, value }).collect::<Vec<_>>()
    };
    // The model meets the classes in the order red, green, blue.
    let labels = (0..60).map(|i| [2.0, 1.0, 0.0][i % 3]).collect();
    let problem = SvmProblem { labels, instances: points.iter().map(row).collect() };
    libsvm_rs::set_quiet(true);
    let parameters =
        SvmParameter { kernel_type: KernelType::Rbf, gamma: 0.5, c: 8.0, probability: true, ..Default::default() };
    let classes = CLASSES.map(str::to_owned).to_vec();
    let model = svm_train(&problem, &parameters);
    let predict = SvmPredict::from_model("highlevel.colour", names, classes, &model).unwrap();
    chain.push("svmtrain", Variant::Map(Vec::new()), Transform::Svm(Box::new(predict)));
    let (select, matches) = Select::fit(chain.layout(), &["highlevel.colour*"], &[], Unmatched::Refuse).unwrap();
    chain.push("select", named(&matches.names), Transform::Select(select));
    (chain, tracks)
}

#[test]
fn classifier_agrees_with_the_chain_that_is_applied_step_by_step() {
    let (chain, tracks) = chain();
    let classifier =
        Classifier::from_history(&HistoryFile::from_bytes(&chain.to_history().to_bytes()).unwrap()).unwrap();
    assert_eq!(classifier.class_name(), "highlevel.colour");
    assert_eq!(classifier.labels(), CLASSES);
    assert_eq!(classifier.pairs(), [(2, 1), (2, 0), (1, 0)]);
    let mut correct = 0;
    for (i, track) in tracks.iter().enumerate() {
        let result = classifier.classify(track).unwrap();
        let mut point = track.clone();
        chain.apply(&mut point).unwrap();
        assert_eq!(point.get(".highlevel.colour"), Some(&TrackValue::Text(vec![result.value.clone()])));
        let probabilities = result.probabilities.unwrap();
        let narrow: Vec<f32> = probabilities.iter().map(|&probability| probability as f32).collect();
        assert_eq!(point.reals(".highlevel.colourProbability"), Some(&narrow[..]));
        assert_eq!(point.len(), 2);
        assert_eq!(first_largest(&probabilities), result.index);
        correct += usize::from(result.index == 2 - i % 3);
    }
    assert!(correct >= 50, "{correct} of 60");
}

#[test]
fn chain_becomes_a_history_and_back() {
    let (chain, _) = chain();
    let history = HistoryFile::from_bytes(&chain.to_history().to_bytes()).unwrap();
    assert_eq!(history, chain.to_history());
    assert_eq!(Chain::from_history(&history).unwrap(), chain);
}

#[test]
fn needed_descriptors_are_those_of_the_support_vector_machine() {
    let (chain, tracks) = chain();
    let classifier = Classifier::from_chain(&chain).unwrap();
    let needed: Vec<_> = classifier.needed().iter().map(|one| (one.name.as_str(), one.value_type, one.count)).collect();
    let expected =
        [(".x.key", ValueType::Text, 1), (".x.scalar", ValueType::Real, 1), (".x.vector", ValueType::Real, 4)];
    assert_eq!(needed, expected);
    assert_eq!(classifier.needed()[0].enumeration, ["A", "D", "C#"]);
    let mut track = tracks[5].clone();
    track.retain(|name| name != ".x.unused");
    assert_eq!(classifier.classify(&track), classifier.classify(&tracks[5]));
}

#[test]
fn missing_and_unexpected_descriptors_are_all_listed() {
    let (chain, _) = chain();
    let classifier = Classifier::from_chain(&chain).unwrap();
    let mut bad = track(0, 0);
    bad.insert("x.vector", TrackValue::Real(vec![1.0]));
    bad.insert("x.key", TrackValue::Missing);
    bad.retain(|name| name != ".x.scalar");
    let error = classifier.classify(&bad).unwrap_err().to_string();
    let expected = "cannot classify highlevel.colour: missing descriptors x.key, x.scalar; unexpected descriptor x.vector \
        (expected numbers of length 4, got numbers of length 1)";
    assert_eq!(error, expected);
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let (chain, _) = chain();
    let classifier = Classifier::from_chain(&chain).unwrap();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut bad = track(0, 0);
        bad.insert("x.vector", TrackValue::Real(vec![0.0, 0.0, value, 0.0]));
        let error = classifier.classify(&bad).unwrap_err().to_string();
        let expected = format!("cannot classify highlevel.colour: value 2 of x.vector is not finite (got {value})");
        assert_eq!(error, expected);
    }
}

#[test]
fn unseen_text_gets_the_next_free_number() {
    let (chain, tracks) = chain();
    let classifier = Classifier::from_chain(&chain).unwrap();
    let mut unseen = tracks[0].clone();
    unseen.insert("x.key", TrackValue::Text(vec!["F".to_owned()]));
    let mut point = unseen.clone();
    chain.apply(&mut point).unwrap();
    let result = classifier.classify(&unseen).unwrap();
    assert_eq!(point.get(".highlevel.colour"), Some(&TrackValue::Text(vec![result.value])));
}

#[test]
fn chains_that_are_no_classifier_are_refused() {
    let (chain, _) = chain();
    let history = chain.to_history();
    let refused = |change: &dyn Fn(&mut HistoryFile)| {
        let mut changed = history.clone();
        change(&mut changed);
        Classifier::from_history(&changed).unwrap_err().to_string()
    };
    let svm =
        |history: &HistoryFile| history.transformations.iter().position(|step| step.applier == "svmpredict").unwrap();
    type Change<'a> = &'a dyn Fn(&mut HistoryFile);
    let cases: [(Change<'_>, &str); 5] = [
        (&|history| history.version = 100, "unsupported version (expected 102, got 100)"),
        (&|history| history.transformations.truncate(5), "transformations (expected one svmpredict, got 0)"),
        (
            &|history| {
                history.transformations[0].params = Variant::map([("descriptorNames", Variant::texts([".x.key"]))])
            },
            "input `.x.key` (expected a descriptor of the track, got one after removedesc)",
        ),
        (&|history| history.transformations[1].applier = "matmult".into(), "got `matmult`"),
        (
            &|history| {
                let at = svm(history);
                let Variant::Map(entries) = &mut history.transformations[at].params else { panic!("a map") };
                let model = entries.iter_mut().find(|(key, _)| key == "modelData").unwrap();
                model.1 = Variant::Bytes(Some(b"svm_type c_svc\n".to_vec()));
            },
            "cannot read the LIBSVM model",
        ),
    ];
    for (change, expected) in cases {
        let error = refused(change);
        assert!(error.contains(expected), "{error}");
    }
}

/// 3,000 damaged files: each is read or refused, and a classifier that is built can be used.
#[test]
fn damaged_histories_are_read_or_refused() {
    let (chain, tracks) = chain();
    let bytes = chain.to_history().to_bytes();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut built, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=random(2) {
            let at = random(damaged.len());
            match random(4) {
                0 => damaged[at] = random(256) as u8,
                1 => damaged[at] ^= 1 << random(8),
                2 => damaged[at] = damaged[at].wrapping_add(1),
                _ => damaged.swap(at, at.saturating_sub(1)),
            }
        }
        match HistoryFile::from_bytes(&damaged).map(|history| Classifier::from_history(&history)) {
            Ok(Ok(classifier)) => {
                built += 1;
                let _ = classifier.classify(&tracks[0]);
            }
            Ok(Err(_)) | Err(_) => refused += 1,
        }
    }
    assert!(built > 100 && refused > 100, "{built} built, {refused} refused");
}
