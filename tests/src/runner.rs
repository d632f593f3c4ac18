//! Main function of the integration binary: the standard test arguments, and two further modes.
//!
//! An absent need is reported as "ignored" with its reason. nextest does not see that (it only counts exit codes), so
//! the test is also *listed* as ignored, and a test that nextest runs all the same fails.

use std::env;
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, FromArgMatches};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::registry::{self, Test};
use crate::requirements::{Required, report};
use crate::subprocess;

/// Argument that prints the needs instead of running tests.
const REQUIREMENTS: &str = "--requirements";
/// Variable that nextest sets for every test that it runs.
const NEXTEST: &str = "NEXTEST";

/// Runs the tests that the arguments select, or one of the other modes: `--requirements` prints all needs and the tests
/// that are ignored because of absent ones; `--subprocess NAME` runs an entry point.
#[must_use]
pub fn main() -> ExitCode {
    let required = match Required::from_environment() {
        Ok(required) => required,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [subprocess::MODE, name] => subprocess::serve(name),
        [REQUIREMENTS, ..] => {
            print!("{}", report::text(&required));
            ExitCode::SUCCESS
        }
        _ => run(required),
    }
}

fn run(required: Required) -> ExitCode {
    let (arguments, filters) = arguments();
    let is_named = |name: &str, filter: &String| if arguments.exact { name == filter } else { name.contains(filter) };
    let tests = registry::tests().into_iter();
    let tests = tests.filter(|test| filters.is_empty() || filters.iter().any(|filter| is_named(test.name(), filter)));
    let trials = tests.map(|test| trial(test, &arguments, required)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Parses the standard arguments and, if there are several, the filters: the library accepts one, the standard runner
/// any number.
fn arguments() -> (Arguments, Vec<String>) {
    let command = Arguments::command().mut_arg("filter", |filter| filter.num_args(0..).action(ArgAction::Append));
    let matches = command.get_matches();
    let mut filters: Vec<String> = matches.get_many("filter").map_or_else(Vec::new, |all| all.cloned().collect());
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    arguments.filter = if filters.len() == 1 { filters.pop() } else { None };
    (arguments, filters)
}

fn trial(test: &'static Test, arguments: &Arguments, required: Required) -> Trial {
    let named = Trial::test(test.name(), || Ok(())).with_ignored_flag(true);
    if arguments.is_filtered_out(&named) {
        return named;
    }
    let absent = test.absent();
    let must_run = absent.iter().any(|(need, _)| required.contains(*need));
    let reasons: Vec<String> = absent.iter().map(|(need, reason)| format!("needs {need}: {reason}")).collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    let on_request = arguments.ignored || arguments.include_ignored;
    // The flag decides what is listed and what `--ignored` runs. Otherwise the reason is reported when the test would
    // run.
    let flag = (arguments.list || arguments.ignored) && (test.ignored.is_some() || (reason.is_some() && !must_run));
    let run = move || match (reason, test.ignored) {
        (_, Some(ignored)) if !on_request => Ok(Completion::ignored_with(ignored)),
        (Some(reason), _) if must_run => Err(Failed::from(format!("required, but {reason}"))),
        (Some(reason), _) if env::var_os(NEXTEST).is_some() => Err(Failed::from(reason)),
        (Some(reason), _) => Ok(Completion::ignored_with(reason)),
        (None, _) => execute(test),
    };
    Trial::ignorable_test(test.name(), run).with_ignored_flag(flag)
}

fn execute(test: &Test) -> Result<Completion, Failed> {
    let ended = if test.alone {
        subprocess::run_alone(test.name())
    } else {
        subprocess::in_named_thread(test.name(), test.run)
    };
    ended.map(|()| Completion::Completed).map_err(Failed::from)
}
