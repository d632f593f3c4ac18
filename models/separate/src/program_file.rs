//! Reading of embedded bytes from the file of the program or plugin instead of its mapping.
//!
//! Bytes that are read once, such as weights that are packed, would otherwise stay in the resident memory of the process,
//! because the system counts every page of the mapped file that was touched.

use std::borrow::Cow;
use std::fs::{self, File};
use std::ops::Range;

/// Returns the embedded bytes, read from the file that they are mapped from where that is known, otherwise in place.
///
/// The file may have been replaced since it was mapped: check the content.
pub(crate) fn read(embedded: &'static [u8]) -> Cow<'static, [u8]> {
    read_from_file(embedded).map_or(Cow::Borrowed(embedded), Cow::Owned)
}

#[cfg(target_os = "linux")]
fn read_from_file(embedded: &'static [u8]) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt;

    let start = embedded.as_ptr().addr();
    let place = place(&fs::read_to_string("/proc/self/maps").ok()?, start..start + embedded.len())?;
    let mut bytes = vec![0; embedded.len()];
    File::open(place.path).ok()?.read_exact_at(&mut bytes, place.offset).ok()?;
    Some(bytes)
}

#[cfg(not(target_os = "linux"))]
fn read_from_file(_: &'static [u8]) -> Option<Vec<u8>> {
    None
}

/// Place of bytes in a file.
#[derive(Debug, PartialEq)]
struct Place {
    path: String,
    offset: u64,
}

/// Returns the place of these addresses by the table of mappings, in the format of `/proc/self/maps`.
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
    fn read_bytes_are_the_embedded_ones() {
        static EMBEDDED: &[u8] = include_bytes!("program_file.rs");
        let read = read(EMBEDDED);
        assert_eq!(read, EMBEDDED);
        assert_eq!(matches!(read, Cow::Owned(_)), cfg!(target_os = "linux"));
    }
}
