//! Tests of the watcher.

use std::io::Write;
use std::thread::sleep;

use super::*;

const SETTLING_TIME: Duration = Duration::from_millis(60);

fn watcher(folder: &Path) -> FolderWatcher {
    FolderWatcher::new(&[folder.to_owned()], SETTLING_TIME, WatchState::in_memory())
}

/// Returns the files that are whole after a pause of a factor of the settling time.
fn later(watcher: &mut FolderWatcher, factor: u32) -> Vec<PathBuf> {
    watcher.poll();
    sleep(SETTLING_TIME * factor);
    watcher.poll().files
}

#[test]
fn file_is_returned_when_whole_and_again_after_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut watcher = watcher(folder.path());
    assert!(watcher.poll().files.is_empty());
    let mut file = fs::File::create(&path).unwrap();
    for _ in 0..3 {
        file.write_all(b"more").unwrap();
        assert!(watcher.poll().files.is_empty(), "it still grows");
        assert!(watcher.poll().files.is_empty(), "two polls are no pause");
    }
    fs::write(folder.path().join("b.txt"), "not audio").unwrap();
    fs::write(folder.path().join("c.wav"), "").unwrap();
    assert_eq!(later(&mut watcher, 2), std::slice::from_ref(&path));
    assert!(later(&mut watcher, 2).is_empty(), "it is returned once");
    file.write_all(b"another take").unwrap();
    assert!(watcher.poll().files.is_empty());
    assert_eq!(later(&mut watcher, 2), std::slice::from_ref(&path));
    fs::remove_file(&path).unwrap();
    assert!(watcher.poll().files.is_empty());
    fs::write(&path, "recreated").unwrap();
    assert_eq!(later(&mut watcher, 2), [path], "a recreated file is returned again");
}

#[test]
fn incomplete_file_is_postponed_and_final_after_a_long_pause() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    fs::write(&path, "half").unwrap();
    let mut watcher = watcher(folder.path());
    assert_eq!(later(&mut watcher, 2).len(), 1);
    assert!(watcher.postpone(&path), "its writer may have paused");
    assert!(watcher.poll().files.is_empty());
    fs::write(&path, "whole file").unwrap();
    assert_eq!(later(&mut watcher, 2).len(), 1, "a change makes it new");
    assert!(watcher.postpone(&path));
    assert_eq!(later(&mut watcher, PATIENCE_FACTOR).len(), 1);
    assert!(!watcher.postpone(&path), "it does not change any more");
}

#[test]
#[cfg(unix)]
fn entry_that_cannot_be_read_is_returned_once() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/nowhere/a.wav", folder.path().join("a.wav")).unwrap();
    let mut watcher = watcher(folder.path());
    assert_eq!(watcher.poll().unreadable.len(), 1);
    assert!(watcher.poll().unreadable.is_empty());
}

#[test]
fn remembered_file_is_not_returned_after_a_restart() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = serde_json::json!({ "models": ["a"] });
    let open = || WatchState::open(&state.path().join("watch.jsonl"), &options).unwrap();
    let [a, b] = ["a.wav", "b.wav"].map(|name| folder.path().join(name));
    fs::write(&a, "audio").unwrap();
    fs::write(&b, "audio").unwrap();
    let folders = [folder.path().to_owned()];
    let mut watcher = FolderWatcher::new(&folders, SETTLING_TIME, open());
    assert_eq!(later(&mut watcher, 2).len(), 2);
    watcher.remember(&a).unwrap();
    drop(watcher);
    let mut watcher = FolderWatcher::new(&folders, SETTLING_TIME, open());
    assert_eq!(later(&mut watcher, 2), [b]);
    fs::write(&a, "another take").unwrap();
    assert_eq!(later(&mut watcher, 2), [a], "a changed file is new");
}
