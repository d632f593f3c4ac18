//! Descriptions of tags, one sentence each, with their families, and descriptions of descriptors.
//!
//! Tags were assigned by people: listeners on Last.fm for the Million Song Dataset, players of a game for
//! MagnaTagATune. The sentences describe typical music with a tag; they do not define the tag.
//!
//! The descriptors have entries of their own.

mod descriptors;

use crate::family::Family;

pub(crate) use self::descriptors::DescriptorTerm;

/// Synonyms with their description.
type Entry = (&'static [&'static str], &'static str);

/// Returns the description of a tag, or a general sentence for a tag without an entry.
#[must_use]
pub fn explain(tag: &str) -> &'static str {
    entry(tag).map_or("Tag learned from music to which listeners gave this label.", |(_, text)| text)
}

/// Returns the family of a tag. Letter case does not matter.
pub(crate) fn family(tag: &str) -> Family {
    entry(tag).map_or(Family::Other, |(family, _)| family)
}

fn entry(tag: &str) -> Option<(Family, &'static str)> {
    let tag = tag.to_lowercase();
    ENTRIES.iter().find_map(|(family, entries)| {
        let found = entries.iter().find(|(tags, _)| tags.contains(&tag.as_str()));
        found.map(|(_, text)| (*family, *text))
    })
}

/// Tags in lower case with their description, by family.
const ENTRIES: &[(Family, &[Entry])] = &[
    (
        Family::Genre,
        &[
            (&["rock"], "Electric guitars, bass and drums at the front, with a backbeat that drives."),
            (&["pop"], "Catchy songs: clear voice, short form, polished sound."),
            (&["alternative"], "Guitar-based rock with less polish and more edge than chart pop."),
            (&["alternative rock"], "Guitar bands influenced by punk, rougher than pop, more tuneful than metal."),
            (&["indie"], "The sound of small labels: handmade, a little lo-fi, guitar or bedroom pop."),
            (&["indie rock"], "Guitar bands with a handmade sound, jangling or fuzzy rather than heavy."),
            (&["indie pop"], "Bright tunes with a handmade sound and light voices."),
            (&["electronic"], "Made with synthesisers, samples and machines rather than played by a band."),
            (&["electronica"], "Electronic music for listening as well as dancing."),
            (&["electro"], "Hard, funky machine beats with buzzing synthesisers."),
            (&["dance"], "A steady beat for dancing, with a loud kick drum."),
            (&["house"], "Four kicks to the bar around 120 to 130 BPM, offbeat hats, looping chords."),
            (&["techno"], "Repeating drum-machine and synthesiser patterns over a straight kick, little melody."),
            (&["jazz"], "Swing, improvisation and rich chords; horns, piano, upright bass, brushes."),
            (&["metal"], "Heavily distorted guitars, fast or crushing drums, often shouted voices."),
            (&["heavy metal"], "The classic kind of metal: riffs, solos and high, sung voices."),
            (&["hard rock"], "Loud rock with distorted riffs and strong voices, less heavy than metal."),
            (&["classic rock"], "Rock as of the late sixties and the seventies: riffs, organ, long solos."),
            (&["progressive rock"], "Rock in long forms with odd metres, keyboards and changing parts."),
            (&["punk"], "Short, fast and raw: three chords, shouted voices, no ornaments."),
            (&["soul"], "Expressive voices over warm bass, horns and organ."),
            (&["rnb"], "Smooth contemporary rhythm and blues: ornamented voices over soft, deep beats."),
            (&["funk"], "Syncopated bass and chopped guitar, everything locked to the first beat."),
            (&["hip-hop"], "Rapped words over sampled or programmed beats."),
            (&["blues"], "Bent notes and call and answer over three chords, voice and guitar in front."),
            (&["folk"], "Songs with acoustic guitar and a plain voice, near to tradition."),
            (&["country"], "Storytelling voices with a twang, steel guitar, fiddle or banjo."),
            (&["classical"], "Composed music for orchestra, chamber group or solo instrument."),
            (&["classic"], "Classical music: a second label for it in MagnaTagATune."),
            (&["opera"], "Trained voices singing drama at full power, mostly with orchestra."),
            (&["ambient"], "Slow, spacious sound without a beat, more atmosphere than tune."),
            (&["new age"], "Calm, shimmering music for rest: pads, flutes, harps, long echoes."),
            (&["experimental"], "Unusual sounds and forms: noise, collage, rare instruments."),
            (&["indian"], "Music of the Indian subcontinent: sitar, tabla, drones and sliding notes."),
            (&["easy listening"], "Smooth and unobtrusive: strings, soft voices, familiar tunes."),
        ],
    ),
    (
        Family::Mood,
        &[
            (&["beautiful"], "Listeners found it beautiful: mostly slow, tuneful and delicate."),
            (&["chill", "chillout"], "Relaxed tempo, soft edges, for winding down."),
            (&["mellow"], "Soft and unhurried, with nothing sharp in it."),
            (&["party"], "Loud, lively music to dance and sing to."),
            (&["sexy"], "Slow-burning groove and breathy voices."),
            (&["catchy"], "A memorable hook."),
            (&["sad"], "Listeners found it sad: slow, minor, bare."),
            (&["happy"], "Listeners found it happy: major, quick, bouncing."),
            (&["weird"], "Odd sounds, voices or structure."),
            (&["slow"], "Few notes per second, long notes, a slow pulse."),
            (&["fast"], "Many notes per second, a quick pulse."),
            (&["loud"], "Dense and forceful at any volume: compressed, distorted or full orchestra."),
            (&["quiet"], "Thin and gentle at any volume: few instruments played softly."),
            (&["soft"], "Played or sung gently, with slow attacks."),
        ],
    ),
    (
        Family::Voice,
        &[
            (
                &["female vocalists", "female vocalist", "female vocal", "female voice", "female", "woman"],
                "A woman sings, or a voice that sounds like one.",
            ),
            (
                &["male vocalists", "male vocal", "male voice", "male", "man"],
                "A man sings or speaks, or a voice that sounds like one.",
            ),
            (&["vocal", "vocals", "voice", "singing"], "A singing or speaking voice."),
            (&["no vocals", "no vocal", "no voice"], "No singing voice."),
            (&["instrumental"], "Music without a singing voice."),
            (&["choir", "choral"], "Many voices singing together, often in a large room."),
        ],
    ),
    (
        Family::Instrument,
        &[
            (&["beat", "beats"], "A drum pattern stands out, mostly programmed."),
            (&["solo"], "One instrument alone, or clearly in front."),
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
        ],
    ),
    (
        Family::Era,
        &[
            (&["60s"], "Sounds like the sixties: narrow, warm recordings, close harmonies, beat groups."),
            (&["70s"], "Sounds like the seventies: dry drums, analogue warmth, strings or long guitars."),
            (&["80s"], "Sounds like the eighties: gated drums, bright synthesisers, chorus on everything."),
            (&["90s"], "Sounds like the nineties: from grunge guitars to early digital dance."),
            (&["00s"], "Sounds like the two-thousands: loud, clean masters, guitar bands and glossy pop."),
            (&["oldies"], "Pop of the fifties and sixties, doo-wop, crooners."),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the labels on the cards of the built-in models, read without the models' crate.
    fn built_in_tags() -> Vec<String> {
        let of = |model: &&str| {
            // Read at run time, because several clones may share a build folder.
            let package = std::env::var("CARGO_MANIFEST_DIR").unwrap();
            let card = std::fs::read_to_string(format!("{package}/../../models/zoo/{model}.toml")).unwrap();
            let labels = card.split_once("labels = [").unwrap().1.split_once(']').unwrap().0.to_owned();
            labels.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect::<Vec<_>>()
        };
        ["msd/msd-musicnn", "mtt/mtt-musicnn"].iter().flat_map(of).collect()
    }

    #[test]
    fn every_built_in_tag_has_a_description() {
        let tags = built_in_tags();
        assert_eq!(tags.len(), 100);
        for tag in tags {
            assert_ne!(explain(&tag), explain("no such tag"), "{tag}");
        }
    }

    #[test]
    fn every_built_in_tag_has_one_family() {
        for tag in built_in_tags() {
            let lower = tag.to_lowercase();
            let has = |entries: &[Entry]| entries.iter().any(|(tags, _)| tags.contains(&lower.as_str()));
            let families = ENTRIES.iter().filter(|(_, entries)| has(entries));
            assert_eq!(families.count(), 1, "{tag}");
            assert_ne!(family(&tag), Family::Other, "{tag}");
        }
        assert_eq!(family("no such tag"), Family::Other);
    }
}
