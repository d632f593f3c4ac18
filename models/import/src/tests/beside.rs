//! Weights in files beside the model file: only those of its folder are read, and only as many as declared.

use std::fs;
use std::path::{Path, PathBuf};

use super::small::message;
use crate::{ImportError, Source};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// Returns a new folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("earmark-import-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Encodes an ONNX file with a constant of 2 x 2 elements in another file.
fn external(location: &str, offset: &str, length: &str) -> Vec<u8> {
    let graph = message(|graph| {
        graph.message(1, |node| _ = node.text(1, "x").text(1, "w").text(2, "y").text(4, "MatMul"));
        graph.message(5, |tensor| {
            tensor.integer(1, 2).integer(1, 2).integer(2, 1).text(8, "w").integer(14, 1);
            for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
                tensor.message(13, |entry| _ = entry.text(1, key).text(2, value));
            }
        });
        graph.message(11, |input| _ = input.text(1, "x")).message(12, |output| _ = output.text(1, "y"));
    });
    message(|model| _ = model.bytes(7, &graph).message(8, |set| _ = set.integer(2, 13)))
}

#[test]
fn external_data_of_the_same_folder_is_read() {
    let folder = folder("same");
    fs::write(folder.join("w.data"), [1.0_f32, 2.0, 3.0, 4.0, 5.0].map(f32::to_le_bytes).concat()).unwrap();
    let path = folder.join("model.onnx");
    let source = Source::from_model_file(&external("w.data", "4", "16"), &path).unwrap();
    assert!(source.to_onnx(("x", &[1, 2]), &[("y", "y")]).is_ok());
    // The same file without its folder.
    assert!(matches!(Source::from_bytes(&external("w.data", "4", "16")), Err(ImportError::ExternalData(_))));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn external_data_of_another_place_or_size_is_rejected() {
    let outer = folder("other");
    let inner = outer.join("inner");
    fs::create_dir(&inner).unwrap();
    for file in [outer.join("w.data"), inner.join("short.data")] {
        fs::write(file, [0; 12]).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(outer.join("w.data"), inner.join("link.data")).unwrap();
    let absolute = outer.join("w.data").display().to_string();
    for (location, offset, length) in [
        ("../w.data", "0", "16"),
        (&*absolute, "0", "16"),
        ("link.data", "0", "16"),
        ("inner/../short.data", "0", "16"),
        ("missing.data", "0", "16"),
        (".", "0", "16"),
        ("short.data", "0", "16"),
        ("short.data", "0", "12"),
        ("short.data", "18446744073709551615", "16"),
    ] {
        let error =
            Source::from_model_file(&external(location, offset, length), &inner.join("model.onnx")).unwrap_err();
        println!("{error}");
        assert!(matches!(error, ImportError::ExternalFile { .. }), "{location}: {error}");
    }
    fs::remove_dir_all(outer).unwrap();
}

/// Copies the SavedModel of the fixtures.
fn saved_model(name: &str) -> PathBuf {
    let (from, to) = (fixture("imported-keras/saved"), folder(name));
    fs::create_dir(to.join("variables")).unwrap();
    for file in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    to
}

fn convert(folder: &Path) -> Result<Vec<u8>, ImportError> {
    let source = Source::read(folder)?;
    source.to_onnx((&source.inputs()[0].name, &[1, 12, 6]), &[(&source.outputs()[0].name, "y")])
}

#[test]
fn saved_model_is_read_with_its_variables() {
    let folder = saved_model("variables");
    let source = Source::read(&folder).unwrap();
    assert_eq!(source.inputs().len(), 1);
    assert_eq!(source.outputs().len(), 1);
    assert!(convert(&folder).is_ok());
    fs::remove_dir_all(folder.join("variables")).unwrap();
    let error = convert(&folder).unwrap_err();
    println!("{error}");
    assert!(matches!(error, ImportError::ExternalData(_)), "{error}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn damaged_variables_are_rejected_or_read() {
    let folder = saved_model("damaged");
    for file in ["variables.index", "variables.data-00000-of-00001"] {
        let path = folder.join("variables").join(file);
        let bytes = fs::read(&path).unwrap();
        let mut rejected = 0;
        for seed in 0..300 {
            fs::write(&path, super::mutated(&bytes, seed)).unwrap();
            rejected += u32::from(convert(&folder).is_err());
        }
        fs::write(&path, bytes).unwrap();
        // Some bytes, such as those of the optimizer, are not used.
        println!("{file}: {rejected} of 300 rejected");
        assert!(rejected > 100, "{file}: {rejected} of 300 rejected");
    }
    fs::remove_dir_all(folder).unwrap();
}
