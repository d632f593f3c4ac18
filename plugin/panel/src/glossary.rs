//! What tags mean, in a sentence each.
//!
//! A tag means what the people who tagged the training music meant by it: listeners on Last.fm for the Million Song
//! Dataset, players of a game for MagnaTagATune. These sentences say what to expect, not what is right.

/// What a tag means; for a tag without an entry, how to read one.
#[must_use]
pub fn explain(tag: &str) -> &'static str {
    let tag = tag.to_lowercase();
    let found = ENTRIES.iter().find(|(tags, _)| tags.contains(&tag.as_str()));
    found.map_or("A tag that the model learned from what listeners called such music.", |(_, text)| text)
}

const ENTRIES: &[(&[&str], &str)] = &[
    // Genres
    (&["rock"], "Electric guitars, bass and drums at the front, with a backbeat that drives."),
    (&["pop"], "Songs built to stay in the ear: clear voice, short form, polished sound."),
    (&["alternative"], "Rock off the main road: guitars, but less polish and more edge than chart pop."),
    (&["alternative rock"], "Guitar bands after punk and before arenas, rougher than pop, more tuneful than metal."),
    (&["indie"], "The sound of small labels: handmade, a little lo-fi, guitar or bedroom pop."),
    (&["indie rock"], "Guitar bands with a handmade sound, jangling or fuzzy rather than heavy."),
    (&["indie pop"], "Bright tunes with a handmade sound and light voices."),
    (&["electronic"], "Made with synthesisers, samples and machines rather than played by a band."),
    (&["electronica"], "Electronic music meant as much for listening as for dancing."),
    (&["electro"], "Hard, funky machine beats with buzzing synthesisers."),
    (&["dance"], "A steady beat for the floor, loud kick drum, produced to move people."),
    (&["house"], "Four kicks to the bar around 120 to 130 BPM, offbeat hats, looping chords."),
    (&["techno"], "Repeating machine patterns over a straight kick, few tunes, much pulse."),
    (&["jazz"], "Swing, improvisation and rich chords; horns, piano, upright bass, brushes."),
    (&["metal"], "Heavily distorted guitars, fast or crushing drums, often shouted voices."),
    (&["heavy metal"], "The classic kind of metal: riffs, solos and high, sung voices."),
    (&["hard rock"], "Loud rock with distorted riffs and strong voices, short of metal."),
    (&["classic rock"], "Rock as of the late sixties and the seventies: riffs, organ, long solos."),
    (&["progressive rock"], "Rock in long forms with odd metres, keyboards and changing parts."),
    (&["punk"], "Short, fast and raw: three chords, shouted voices, no ornaments."),
    (&["soul"], "Voices that plead and soar over warm bass, horns and organ."),
    (&["rnb"], "Smooth contemporary rhythm and blues: ornamented voices over soft, deep beats."),
    (&["funk"], "Syncopated bass and chopped guitar, everything locked to the first beat."),
    (&["hip-hop"], "Rapped words over sampled or programmed beats."),
    (&["blues"], "Bent notes and call and answer over three chords, voice and guitar in front."),
    (&["folk"], "Songs with acoustic guitar and a plain voice, near to tradition."),
    (&["country"], "Storytelling voices with a twang, steel guitar, fiddle or banjo."),
    (&["classical"], "Composed music for orchestra, chamber group or solo instrument."),
    (&["classic"], "What players of the tagging game called classical music, for short."),
    (&["opera"], "Trained voices singing drama at full power, mostly with orchestra."),
    (&["ambient"], "Slow, spacious sound without a beat, more atmosphere than tune."),
    (&["new age"], "Calm, shimmering music for rest: pads, flutes, harps, long echoes."),
    (&["experimental"], "Sounds and forms off the beaten track: noise, collage, unusual instruments."),
    (&["indian"], "Music of the Indian subcontinent: sitar, tabla, drones and sliding notes."),
    // Eras
    (&["60s"], "Sounds like the sixties: narrow, warm recordings, close harmonies, beat groups."),
    (&["70s"], "Sounds like the seventies: dry drums, analogue warmth, strings or long guitars."),
    (&["80s"], "Sounds like the eighties: gated drums, bright synthesisers, chorus on everything."),
    (&["90s"], "Sounds like the nineties: from grunge guitars to early digital dance."),
    (&["00s"], "Sounds like the two-thousands: loud, clean masters, guitar bands and glossy pop."),
    (&["oldies"], "What older listeners grew up with: fifties and sixties pop, doo-wop, crooners."),
    // Moods and uses
    (&["beautiful"], "Listeners found it beautiful: mostly slow, tuneful and delicate."),
    (&["chill", "chillout"], "Relaxed tempo, soft edges, for winding down."),
    (&["mellow"], "Soft and unhurried, with nothing sharp in it."),
    (&["easy listening"], "Smooth and unobtrusive: strings, soft voices, familiar tunes."),
    (&["party"], "Loud, lively and singable, for company."),
    (&["sexy"], "Slow-burning groove and breathy voices."),
    (&["catchy"], "A hook that stays after one hearing."),
    (&["sad"], "Listeners found it sad: slow, minor, bare."),
    (&["happy"], "Listeners found it happy: major, quick, bouncing."),
    (&["weird"], "Players had no better word: odd sounds, voices or structure."),
    // Pace and loudness
    (&["slow"], "Few events in a second, long notes, a low pulse."),
    (&["fast"], "Many events in a second, a pulse to run to."),
    (&["loud"], "Dense and forceful at any volume: compressed, distorted or full orchestra."),
    (&["quiet"], "Thin and gentle at any volume: few instruments played softly."),
    (&["soft"], "Played or sung gently, with slow attacks."),
    (&["beat", "beats"], "A drum pattern stands out, mostly programmed."),
    (&["solo"], "One instrument alone, or clearly in front."),
    // Voices
    (
        &["female vocalists", "female vocalist", "female vocal", "female voice", "female", "woman"],
        "A woman sings, or a voice that sounds like one.",
    ),
    (
        &["male vocalists", "male vocal", "male voice", "male", "man"],
        "A man sings or speaks, or a voice that sounds like one.",
    ),
    (&["vocal", "vocals", "voice", "singing"], "Somebody sings or speaks, whoever it is."),
    (&["no vocals", "no vocal", "no voice"], "Nobody sings: players said so because they noticed."),
    (&["instrumental"], "Music without a singing voice."),
    (&["choir", "choral"], "Many voices singing together, often in a large room."),
    // Instruments
    (&["guitar"], "A guitar leads, acoustic or electric."),
    (&["acoustic"], "Played on instruments that need no amplifier, mostly steel-string guitar."),
    (&["piano"], "A piano leads or plays alone."),
    (&["strings"], "Bowed strings, from a quartet to an orchestra's section."),
    (&["violin"], "A violin or fiddle leads."),
    (&["cello"], "A cello leads: bowed, low and singing."),
    (&["drums"], "Drums stand out, played or sampled."),
    (&["synth"], "Synthesiser sounds stand out."),
    (&["harpsichord"], "Plucked keyboard of the baroque, bright and without loud or soft."),
    (&["flute"], "A flute leads, wooden or silver."),
    (&["sitar"], "Long-necked Indian lute with buzzing, sliding strings."),
    (&["harp"], "Plucked harp, with glissandi and arpeggios."),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels on the cards of the models that ship, without reading them through the models' crate.
    fn shipped() -> Vec<String> {
        ["msd-musicnn", "mtt-musicnn"]
            .iter()
            .flat_map(|model| {
                // Where it runs, not where it was built: clones may share a build folder.
                let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
                let path = format!("{package}/../../models/zoo/{model}.toml");
                let card = std::fs::read_to_string(path).unwrap();
                let labels = card.split_once("labels = [").unwrap().1.split_once(']').unwrap().0.to_owned();
                labels.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn every_tag_that_ships_is_explained() {
        let tags = shipped();
        assert_eq!(tags.len(), 100);
        for tag in tags {
            assert_ne!(explain(&tag), explain("no such tag"), "{tag}");
        }
    }
}
