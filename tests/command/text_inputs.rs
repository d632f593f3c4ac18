//! Text files of any editor: a byte order mark is ignored.

use std::fs;

use super::program::earmark;
use super::wav::{float_wav, music};

#[test]
fn byte_order_mark_of_a_text_input_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("\u{feff}{text}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let wav = folder.path().join("a.wav");
    float_wav(&wav, 44_100, 1, &music(44_100, 4.0));
    let wav = wav.to_str().unwrap();

    let options = format!("@{}", write("tag.args", "--model msd-vgg\n--format csv\n--top 1\n"));
    let (code, out, err) = earmark(["tag", &options, wav]);
    assert_eq!((code, &*err, out.lines().count()), (0, "", 2), "{out}");

    let profile = write("profile.yaml", "indent: 0\n");
    let (code, out, err) = earmark(["extract", "--profile", &profile, "--only", "lowlevel.dissonance", wav]);
    assert_eq!((code, &*err, out.lines().count()), (0, "", 1), "{out}");

    let truth = "{\"version\": 1, \"type\": \"singleClass\", \"className\": \"m\", \"groundTruth\": {\"1\": \"a\", \"2\": \"b\"}}";
    let truth = write("truth.json", truth);
    let list = write("list.yaml", "\"1\": 1.wav\n\"2\": 2.wav\n");
    let groups = write("groups.tsv", "id\tgroup\n1\tx\n2\ty\n");
    let train = ["train", "m", "--groundtruth", &truth, "--filelist", &list, "--dry-run", "--folds", "1"];
    let (code, out, err) = earmark(train.into_iter().chain(["--group-by", &groups]));
    // The files do not exist, and one fold is too few: whatever is wrong, it is not a text.
    assert!(
        !err.contains("cannot read ground truth") && !err.contains("file list") && !err.contains("column"),
        "{err}"
    );
    assert!(code != 0 || out.contains("m: 2 tracks"), "{out}");
}
