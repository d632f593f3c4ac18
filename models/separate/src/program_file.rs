//! Reading of embedded bytes from the file of the program or plugin instead of its mapping.
//!
//! Bytes that are read once, such as weights that are packed, would otherwise stay in the resident memory of the process,
//! because the system counts every page of the mapped file that was touched.

#[cfg(target_os = "linux")]
use std::fs::{self, File};
#[cfg(any(target_os = "linux", test))]
use std::ops::Range;

/// Returns the embedded parts one after the other, read from the file that they are mapped from where that is known.
///
/// The file may have been replaced since it was mapped: check the content.
pub(crate) fn joined(parts: &[&'static [u8]]) -> Vec<u8> {
    let mut joined = vec![0; parts.iter().map(|part| part.len()).sum()];
    let mut rest = joined.as_mut_slice();
    for part in parts {
        let (out, after) = rest.split_at_mut(part.len());
        if read_from_file(part, out).is_none() {
            out.copy_from_slice(part);
        }
        rest = after;
    }
    joined
}

#[cfg(target_os = "linux")]
fn read_from_file(embedded: &'static [u8], out: &mut [u8]) -> Option<()> {
    use std::os::unix::fs::FileExt;

    let start = embedded.as_ptr().addr();
    let place = place(&fs::read_to_string("/proc/self/maps").ok()?, start..start + embedded.len())?;
    File::open(place.path).ok()?.read_exact_at(out, place.offset).ok()
}

#[cfg(not(target_os = "linux"))]
fn read_from_file(_: &'static [u8], _: &mut [u8]) -> Option<()> {
    None
}

/// Place of bytes in a file.
#[cfg(any(target_os = "linux", test))]
#[derive(Debug, PartialEq)]
struct Place {
    path: String,
    offset: u64,
}

/// Returns the place of these addresses by the table of mappings, in the format of `/proc/self/maps`.
#[cfg(any(target_os = "linux", test))]
fn place(maps: &str, addresses: Range<usize>) -> Option<Place> {
    maps.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let [start, end] = [start, end].map(|address| usize::from_str_radix(address, 16).ok());
        let (start, end) = (start?, end?);
        if addresses.start < start || end < addresses.end {
            return None;
        }
        let offset = u64::from_str_radix(fields.nth(1)?, 16).ok()?;
        let path = &line[line.find('/')?..];
        Some(Place { path: path.to_owned(), offset: offset + (addresses.start - start) as u64 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55d0-55f0 r--p 00001000 fe:00 1234                     /opt/my plugins/earmark.so
55f0-5600 rw-p 00021000 fe:00 1234                     /opt/my plugins/earmark.so
7f00-7f10 rw-p 00000000 00:00 0
";

    #[test]
    fn place_is_that_of_the_mapping() {
        let path = "/opt/my plugins/earmark.so".to_owned();
        assert_eq!(place(MAPS, 0x55d4..0x55f0), Some(Place { path, offset: 0x1004 }));
    }

    #[test]
    fn place_of_bytes_without_a_file_or_across_mappings_is_none() {
        for addresses in [0x7f00..0x7f02, 0x55e0..0x55f8, 0x10..0x20] {
            assert_eq!(place(MAPS, addresses.clone()), None, "{addresses:?}");
        }
    }

    #[test]
    fn joined_bytes_are_the_embedded_ones() {
        static EMBEDDED: &[u8] = include_bytes!("program_file.rs");
        assert_eq!(joined(&[EMBEDDED, b"end"]), [EMBEDDED, b"end"].concat());
        let mut out = vec![0; EMBEDDED.len()];
        assert_eq!(read_from_file(EMBEDDED, &mut out).is_some(), cfg!(target_os = "linux"));
    }
}
