//! Tags around the audio of a file: ID3v2 before it; ID3v1, Lyrics3, APEv2 and ID3v2.4 behind it.
//!
//! A tag may hold pictures of any size and bytes that look like audio, so a file is read without its tags.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Length of the header of an ID3v2 tag, and of its footer.
pub(super) const ID3V2_HEADER: usize = 10;
const ID3V1: u64 = 128;
const ID3V1_EXTENSION: u64 = 227;
const APE_FOOTER: u64 = 32;
/// Length of the end of a Lyrics3 tag: the length of the tag in six digits, and its name.
const LYRICS_FOOTER: u64 = 15;
/// Maximum number of tags that are skipped at either end.
const MAX_TAGS: usize = 16;

/// First bytes of containers that hold their tags inside.
const CONTAINERS: [&[u8]; 8] =
    [b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"caff", b"OggS", &[0x1a, 0x45, 0xdf, 0xa3]];

/// Returns the length of the ID3v2 tag that begins with `header`; `None` if none does.
pub(super) fn id3v2_len(header: &[u8; ID3V2_HEADER]) -> Option<u64> {
    let is_tag = header.starts_with(b"ID3") && header[3] != 0xff && header[4] != 0xff;
    let has_footer = header[5] & 0x10 != 0;
    is_tag.then(|| syncsafe(&header[6..]).map(|len| ID3V2_HEADER as u64 * if has_footer { 2 } else { 1 } + len))?
}

/// Returns the range of a file without the tags at its start and end.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn audio_range(file: &mut (impl Read + Seek), len: u64) -> io::Result<Range<u64>> {
    let mut range = 0..len;
    for _ in 0..MAX_TAGS {
        let Some(header) = read::<ID3V2_HEADER>(file, range.start, &range)? else { break };
        // A tag that claims the whole file has a wrong length; the search for audio begins inside it.
        match id3v2_len(&header).filter(|&tag| tag < range.end - range.start) {
            Some(tag) => range.start += tag,
            None => break,
        }
    }
    if let Some(head) = read::<8>(file, range.start, &range)?
        && (CONTAINERS.iter().any(|magic| head.starts_with(magic)) || head.ends_with(b"ftyp"))
    {
        return Ok(range);
    }
    for _ in 0..MAX_TAGS {
        match trailing_tag(file, &range)?.filter(|&tag| tag < range.end - range.start) {
            Some(tag) => range.end -= tag,
            None => break,
        }
    }
    Ok(range)
}

/// Returns the length of the tag at the end of `range`, if there is one.
fn trailing_tag(file: &mut (impl Read + Seek), range: &Range<u64>) -> io::Result<Option<u64>> {
    if read_before::<3>(file, range, ID3V1)?.is_some_and(|mark| &mark == b"TAG") {
        let extended = read_before::<4>(file, range, ID3V1 + ID3V1_EXTENSION)?.is_some_and(|mark| &mark == b"TAG+");
        return Ok(Some(ID3V1 + if extended { ID3V1_EXTENSION } else { 0 }));
    }
    if let Some(footer) = read_before::<24>(file, range, APE_FOOTER)?.filter(|footer| footer.starts_with(b"APETAGEX")) {
        let [size, flags] = [12, 20].map(|at| u32::from_le_bytes([0, 1, 2, 3].map(|byte| footer[at + byte])));
        let has_header = flags >> 31 == 1;
        return Ok(Some(u64::from(size) + if has_header { APE_FOOTER } else { 0 }));
    }
    if let Some(footer) = read_before::<15>(file, range, LYRICS_FOOTER)?.filter(|footer| footer.ends_with(b"LYRICS200"))
    {
        let digits = std::str::from_utf8(&footer[..6]).ok().and_then(|digits| digits.parse::<u64>().ok());
        return Ok(digits.map(|len| len + LYRICS_FOOTER));
    }
    let footer = read_before::<10>(file, range, ID3V2_HEADER as u64)?.filter(|footer| footer.starts_with(b"3DI"));
    Ok(footer.and_then(|footer| syncsafe(&footer[6..])).map(|len| len + 2 * ID3V2_HEADER as u64))
}

/// Reads a length of four bytes with seven bits each; `None` if a high bit is set.
fn syncsafe(bytes: &[u8]) -> Option<u64> {
    bytes.iter().all(|&byte| byte < 0x80).then(|| bytes.iter().fold(0, |len, &byte| len << 7 | u64::from(byte)))
}

/// Reads the `N` bytes that begin `distance` bytes before the end of `range`.
fn read_before<const N: usize>(
    file: &mut (impl Read + Seek),
    range: &Range<u64>,
    distance: u64,
) -> io::Result<Option<[u8; N]>> {
    range.end.checked_sub(distance).map_or(Ok(None), |at| read(file, at, range))
}

/// Reads `N` bytes at `at`; `None` if they are not within `range`.
fn read<const N: usize>(file: &mut (impl Read + Seek), at: u64, range: &Range<u64>) -> io::Result<Option<[u8; N]>> {
    if at < range.start || at + N as u64 > range.end {
        return Ok(None);
    }
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn id3v2(len: usize) -> Vec<u8> {
        let size = [21, 14, 7, 0].map(|shift| (len >> shift & 0x7f) as u8);
        [b"ID3\x04\0\0".to_vec(), size.to_vec(), vec![0xff; len]].concat()
    }

    fn range_of(parts: &[&[u8]]) -> Range<u64> {
        let bytes = parts.concat();
        let len = bytes.len() as u64;
        audio_range(&mut Cursor::new(bytes), len).unwrap()
    }

    #[test]
    fn tags_of_any_length_are_outside_the_audio() {
        let audio = [7_u8; 500];
        let tag = id3v2(2 << 20);
        let start = tag.len() as u64;
        assert_eq!(range_of(&[&tag, &audio]), start..start + 500);
        let small = id3v2(30);
        assert_eq!(range_of(&[&small, &small, &audio]), 80..580);

        let id3v1 = [b"TAG".to_vec(), vec![1; 125]].concat();
        let extended = [b"TAG+".to_vec(), vec![1; 223]].concat();
        let ape_end = |size: u32, flags: u32| {
            [
                b"APETAGEX".to_vec(),
                vec![0xd0, 7, 0, 0],
                size.to_le_bytes().to_vec(),
                vec![0; 4],
                flags.to_le_bytes().to_vec(),
                vec![0; 8],
            ]
            .concat()
        };
        let ape = [vec![2; 32], vec![2; 40], ape_end(72, 1 << 31)].concat();
        let lyrics = [vec![3; 20], b"000020LYRICS200".to_vec()].concat();
        assert_eq!(range_of(&[&audio, &id3v1]), 0..500);
        assert_eq!(range_of(&[&audio, &extended, &id3v1]), 0..500);
        assert_eq!(range_of(&[&audio, &ape, &lyrics, &id3v1]), 0..500);
        assert_eq!(range_of(&[&small, &audio, &ape_end(32, 0)]), 40..540);
    }

    #[test]
    fn tags_with_wrong_lengths_and_tags_of_containers_stay() {
        let audio = [7_u8; 50];
        let mut too_long = id3v2(20);
        too_long[8] = 0x7f;
        assert_eq!(range_of(&[&too_long, &audio]), 0..80);
        let id3v1 = [b"TAG".to_vec(), vec![1; 125]].concat();
        assert_eq!(range_of(&[b"RIFF....WAVE", &id3v1]), 0..140);
        assert_eq!(range_of(&[&audio, b"999999LYRICS200"]), 0..65);
        for short in [&b""[..], b"ID3", b"TAG", b"APETAGEX", b"3DI\x04\0\0\0\0\0\0"] {
            assert_eq!(range_of(&[short]), 0..short.len() as u64);
        }
    }
}
