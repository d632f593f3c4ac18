//! Projects with any content are read or rejected. A project that is read equals its written form when read again.

#![no_main]

use earmark_train::Project;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(project) = Project::parse("fuzz", text) {
        assert_eq!(Project::parse("fuzz", &project.to_yaml()).as_ref(), Ok(&project));
    }
});
