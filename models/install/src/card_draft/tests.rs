use super::*;
use crate::network_builder::classifier;
use earmark_models::Card;

fn draft(dims: &[usize], classes: usize) -> CardDraft {
    let onnx = classifier(dims, classes, "Softmax", 0.1).build();
    CardDraft::new("mine".into(), sha256(&onnx), &Source::from_bytes(&onnx).unwrap())
}

/// Answers all questions with these answers or the defaults; returns the keys that were asked for.
fn complete(draft: &mut CardDraft, answers: &[(&str, &str)]) -> Vec<String> {
    let mut asked = Vec::new();
    while let Some(question) = draft.next_question() {
        let given = answers.iter().find(|(key, _)| *key == question.key).map(|(_, answer)| (*answer).to_owned());
        let answer = given.or(question.default).unwrap_or_else(|| panic!("no answer to {}", question.key));
        draft.answer(&question.key, &answer);
        asked.push(question.key);
    }
    asked
}

#[test]
fn card_of_a_mel_network_is_complete_and_has_the_shape_of_the_file() {
    let mut draft = draft(&[40, 100], 3);
    let asked = complete(
        &mut draft,
        &[
            ("kind", "classes"),
            ("labels", "rock, jazz,folk"),
            ("front_end.features", "mel"),
            ("front_end.sample_rate", "22050"),
            ("front_end.hop", "512"),
            ("front_end.window_len", "2048"),
            ("front_end.quantity", "power"),
            ("front_end.bands", "40"),
            ("front_end.scale", "slaney"),
            ("front_end.low_hz", "0"),
            ("front_end.high_hz", "11025"),
            ("front_end.norm", "area"),
            ("front_end.log", "decibels"),
            ("front_end.floor", "1e-10"),
            ("hop_frames", "50"),
        ],
    );
    assert!(!asked.contains(&"layout".to_owned()) && !asked.contains(&"input".to_owned()), "{asked:?}");
    let text = draft.to_toml().unwrap();
    let (text, tensors) = crate::tensor_table::TensorTable::split(&text).unwrap();
    assert_eq!(tensors.activations.as_deref(), Some("out"));
    let card = Card::from_toml(&text).unwrap();
    assert_eq!((card.input.as_slice(), card.patch_frames, card.hop_frames), (&[1, 40, 100][..], 100, 50));
    assert_eq!(card.labels, ["rock", "jazz", "folk"]);
    assert_eq!(card.layout, earmark_models::Layout::BandsFrames);
    let again = Card::from_toml(&card.to_toml()).unwrap();
    assert_eq!(again, card);
}

#[test]
fn open_question_is_an_error_with_its_key() {
    let mut draft = draft(&[128, 96], 2);
    let error = draft.to_toml().unwrap_err().to_string();
    assert!(error.contains("`kind`"), "{error}");
    let asked = complete(
        &mut draft,
        &[("kind", "tags"), ("labels", "a,b"), ("front_end.features", "musicnn"), ("hop_frames", "62")],
    );
    assert!(asked.contains(&"front_end.features".to_owned()));
    let card = Card::from_toml(&crate::tensor_table::TensorTable::split(&draft.to_toml().unwrap()).unwrap().0).unwrap();
    assert_eq!(card.front_end, earmark_dsp::FrontEnd::MusiCnn);
}
