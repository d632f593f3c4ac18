//! A test whose need is absent is reported as ignored, with its reason, and fails where the need is required.
//!
//! Each test here runs this binary once more, on one test, with an environment in which a need is absent.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;

use earmark_tests::reference::root;
use earmark_tests::registry;
use earmark_tests::requirements::{Need, REQUIRE, REQUIRE_ALL, Required};

/// A test that needs the reference data and nothing else.
const SUBJECT: &str = "import::files::file_description_has_format_inputs_and_outputs";
const REASON: &str = "needs reference: no reference data in /nowhere";

/// Runs this binary without the reference data and returns exit code and standard output.
fn without_reference(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(arguments).env_remove(REQUIRE).env_remove(REQUIRE_ALL).env_remove("NEXTEST");
    let output = again.env("EARMARK_REFERENCE", "/nowhere").envs(variables.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn absent_need_is_reported_as_ignored_with_its_reason() {
    let (code, out) = without_reference(&["--exact", SUBJECT], &[]);
    assert!(code == Some(0) && out.contains(&format!("ignored ({REASON})")), "{out}");
    assert!(out.contains("0 passed; 0 failed; 1 ignored"), "{out}");
    let (code, out) = without_reference(&["--exact", SUBJECT, "--ignored"], &[]);
    assert!(code == Some(0) && out.contains("0 passed; 0 failed; 1 ignored"), "{out}");
}

#[test]
fn absent_need_is_listed_as_ignored() {
    let listed = |variables: &[(&str, &str)]| {
        without_reference(&["--list", "--format", "terse", "--ignored"], variables)
            .1
            .contains(&format!("{SUBJECT}: test"))
    };
    assert!(listed(&[]) && !listed(&[(REQUIRE_ALL, "1")]) && !listed(&[(REQUIRE, "reference")]));
}

#[test]
fn required_need_that_is_absent_fails() {
    for variables in [[(REQUIRE_ALL, "1")], [(REQUIRE, "jack, reference")]] {
        let (code, out) = without_reference(&["--exact", SUBJECT], &variables);
        assert!(code == Some(101) && out.contains(&format!("required, but {REASON}")), "{variables:?}: {out}");
    }
    let (code, out) = without_reference(&["--exact", SUBJECT], &[(REQUIRE, "jack"), (REQUIRE_ALL, "0")]);
    assert!(code == Some(0) && out.contains("1 ignored"), "{out}");
    // nextest only sees exit codes.
    let (code, out) = without_reference(&["--exact", SUBJECT, "--ignored"], &[("NEXTEST", "1")]);
    assert!(code == Some(101) && out.contains(REASON), "{out}");
}

#[test]
fn report_names_the_need_and_the_tests_without_it() {
    let (code, out) = without_reference(&["--requirements"], &[]);
    let line = out.lines().find(|line| line.contains(" reference ")).unwrap();
    assert!(code == Some(0) && line.contains("ABSENT") && line.contains("no reference data in /nowhere"), "{line}");
    assert!(out.contains(&format!("ignored: {SUBJECT}")), "{out}");
}

#[test]
fn unknown_name_of_a_need_is_refused() {
    let error = Required::parse("", "jack,nothing").unwrap_err();
    assert!(error.contains("got nothing") && error.contains("added-models"), "{error}");
    assert_eq!(without_reference(&["--list"], &[(REQUIRE, "nothing")]).0, Some(2));
    assert!(Need::ALL.into_iter().all(|need| Required::parse("1", "").unwrap().contains(need)));
}

#[test]
fn several_filters_select_the_tests_of_each() {
    let other = "requirements::unknown_name_of_a_need_is_refused";
    let out = without_reference(&["--list", "--exact", SUBJECT, other], &[]).1;
    let listed: BTreeSet<&str> = out.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    assert_eq!(listed, [SUBJECT, other].into());
}

#[test]
fn entry_points_and_tests_that_run_alone_fail_when_their_process_fails() {
    let run = |name: &str| without_reference(&["--subprocess", name], &[]).0;
    assert_eq!(run("requirements::end_well"), Some(0));
    assert_eq!(run("requirements::end_badly"), Some(101));
    assert_eq!(run("requirements::not_there"), Some(2));
    // A test that does not run alone is no entry point.
    assert_eq!(run(SUBJECT), Some(2));
}

#[entry_point]
fn end_well() {}

#[entry_point]
fn end_badly() {
    panic!("a planted panic");
}

#[cfg(target_os = "linux")]
#[test]
fn every_need_has_a_test_and_a_row_in_the_document() {
    let document = fs::read_to_string(root().join("tests/requirements.md")).unwrap();
    for need in Need::ALL {
        assert!(registry::tests().iter().any(|test| test.needs.contains(&need)), "{need}: no test needs it");
        assert!(document.contains(&format!("\n| `{need}` |")), "{need}: no row in tests/requirements.md");
    }
}

/// The standard attribute would drop a test silently, because the binary has no standard test harness.
#[test]
fn every_test_function_in_the_sources_is_registered() {
    let mut written = 0;
    let mut folders = vec![root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_other = ["src", "macros", "fixtures"].iter().any(|name| path.ends_with(format!("tests/{name}")));
            if path.is_dir() && !is_other {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let is_test = |line: &str| line == "#[test]" || line.starts_with("#[test(");
                written += text.lines().filter(|line| is_test(line.trim_start())).count();
            }
        }
    }
    // Those for another system, or for a feature that is off, are written and not registered.
    let registered = registry::tests().len();
    let is_whole = cfg!(all(target_os = "linux", feature = "tempocnn"));
    assert!(
        if is_whole { written == registered } else { written >= registered },
        "{written} written, {registered} registered"
    );
}
