//! File lists and groups with any content are read or rejected. A list that is read equals its written form when read
//! again.

#![no_main]

use earmark_train::{FileList, Groups};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(list) = FileList::parse("fuzz", text) {
        assert_eq!(FileList::parse("fuzz", &list.to_json()).as_ref(), Ok(&list));
    }
    let _ = Groups::parse("artist", "fuzz", text);
    let _ = Groups::parse_table("artist", "fuzz", text);
});
