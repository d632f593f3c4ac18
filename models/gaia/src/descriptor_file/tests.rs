use super::*;
use crate::descriptor_set::TrackValue;

const JSON: &str = r#"{
    "lowlevel": {"mfcc": {"mean": [1, 2.5], "cov": [[1, 2, 3], [4, 5, 6]]}, "average_loudness": 0.5, "empty": []},
    "metadata": {"tags": {"date": ["2004"], "title": ["x", "y"], "lossless": true}, "version": {"essentia": "2.1-beta5"}},
    "rhythm": {"bpm": null, "list": [1, null]},
    "segments": {"timestamps": [1]}, "configuration": {"a": 1},
    "path": "a.wav", "duration_s": 3, "too_short_for": ["rhythm.bpm"], "silent": true
}"#;
const YAML: &str = "
lowlevel:
    mfcc:
        mean: [1, 2.5]
        cov: [[1, 2, 3],
              [4, 5, 6]]
    average_loudness: 0.5
    empty: []
metadata:
    tags:
        date: [\"2004\"]
        title:
            - x
            - y
        lossless: true
    version:
        essentia: 2.1-beta5
rhythm:
    bpm: ~
    list: [1, ~]
segments: {timestamps: [1]}
configuration: {a: 1}
path: a.wav
duration_s: 3
too_short_for: [rhythm.bpm]
silent: true
";

fn parsed(text: &str) -> Result<DescriptorSet, DescriptorTextError> {
    DescriptorSet::from_bytes(text.as_bytes())
}

fn text(values: &[&str]) -> TrackValue {
    TrackValue::Text(values.iter().map(|&value| value.to_owned()).collect())
}

#[test]
fn json_and_yaml_give_the_same_descriptors() {
    let set = parsed(JSON).unwrap();
    assert_eq!(set, parsed(YAML).unwrap());
    assert_eq!(set.reals(".lowlevel.mfcc.mean"), Some(&[1.0, 2.5][..]));
    assert_eq!(set.reals(".lowlevel.mfcc.cov"), Some(&[2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..]));
    assert_eq!(set.reals(".lowlevel.average_loudness"), Some(&[0.5][..]));
    assert_eq!(set.reals(".lowlevel.empty"), Some(&[][..]));
    assert_eq!(set.get(".metadata.tags.date"), Some(&text(&["2004"])));
    assert_eq!(set.get(".metadata.tags.title"), Some(&text(&["x", "y"])));
    assert_eq!(set.get(".metadata.tags.lossless"), Some(&text(&["true"])));
    assert_eq!(set.get(".metadata.version.essentia"), Some(&text(&["2.1-beta5"])));
    assert_eq!(set.get(".rhythm.bpm"), Some(&TrackValue::Missing));
    assert_eq!(set.get(".rhythm.list"), Some(&TrackValue::Missing));
    assert_eq!(set.len(), 10);
}

#[test]
fn quoted_numbers_are_text_and_plain_ones_real() {
    let set = parsed("a: '1.5'\nb: 1.5\nc: \"7\"\nd: 1e3\ne: no\nf: .nan\ng: [no, yes]\nh: -0.5\ni: 1e-3").unwrap();
    assert_eq!(set.get(".a"), Some(&text(&["1.5"])));
    assert_eq!(set.reals(".b"), Some(&[1.5][..]));
    assert_eq!(set.get(".c"), Some(&text(&["7"])));
    assert_eq!(set.reals(".d"), Some(&[1000.0][..]));
    assert_eq!(set.get(".e"), Some(&text(&["no"])));
    assert_eq!(set.get(".f"), Some(&TrackValue::Missing));
    assert_eq!(set.get(".g"), Some(&text(&["no", "yes"])));
    assert_eq!(set.reals(".h"), Some(&[-0.5][..]));
    assert_eq!(set.reals(".i"), Some(&[0.001][..]));
}

#[test]
fn tags_may_mix_numbers_and_texts() {
    let set = parsed("metadata: {tags: {date: [1999, 1999-05-01]}}").unwrap();
    assert_eq!(set.get(".metadata.tags.date"), Some(&text(&["1999", "1999-05-01"])));
    assert!(parsed("lowlevel: {x: [1, a]}").is_err());
}

#[test]
fn flow_yaml_with_a_brace_in_front_is_read() {
    assert_eq!(parsed("{a: 1, b: {c: [1, 2]}}").unwrap().reals(".b.c"), Some(&[1.0, 2.0][..]));
}

#[test]
fn mistakes_are_named_with_line_or_key() {
    let cases = [
        ("{\"a\": -nan}", "bad JSON in line 1: "),
        ("{\"a\": 1,\n\"b\": }", "bad JSON in line 2: "),
        ("a:\n\tb: 2", "bad YAML in line 2: "),
        ("a: 1\na: 2", "bad YAML in line 2: "),
        ("[1, 2]", "bad value of `file` (expected groups of descriptors, got a list)"),
        ("text", "bad value of `file` (expected groups of descriptors, got the text \"text\")"),
        ("", "bad value of `file` (expected groups of descriptors, got null)"),
        ("a: {b: [1, x]}", "bad value of `a.b` (expected a list of numbers, got the text \"x\")"),
        ("a: {b: [x, [1]]}", "bad value of `a.b` (expected a list of texts, got a list)"),
        ("a: {b: [[1, 2], [3]]}", "bad value of `a.b` (expected rows of equal length, got 2 and 1)"),
        ("a: {b: [[1, 2], 3]}", "bad value of `a.b` (expected a list of lists of numbers, got 3)"),
        ("a: {b: [[[1]]]}", "bad value of `a.b` (expected up to two dimensions, got three)"),
        ("a: {b: [{c: 1}]}", "bad value of `a.b` (expected numbers or texts, got a group)"),
        ("RIFF0000WAVE", "unexpected format (expected JSON or YAML descriptors, got a RIFF (WAVE) file)"),
    ];
    for (text, expected) in cases {
        let error = parsed(text).err().unwrap_or_else(|| panic!("{text} is read")).to_string();
        assert!(error.starts_with(expected) && !error.contains('\n'), "{text}: {error}");
    }
    let error = DescriptorSet::from_bytes(b"a: 1\nb: \xff").unwrap_err().to_string();
    assert_eq!(error, "line 2 is no UTF-8 text");
    let error = DescriptorSet::read(Path::new("absent.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read descriptors of absent.json: "), "{error}");
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert!(parsed(&nested(64)).is_ok());
    let error = parsed(&nested(65)).unwrap_err().to_string();
    assert!(error.contains("expected up to 64 levels of groups"), "{error}");
    assert!(parsed(&nested(100_000)).is_err());
    assert!(parsed(&"[".repeat(100_000)).is_err());
}
