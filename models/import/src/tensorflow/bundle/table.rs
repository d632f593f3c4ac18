//! Reading of a table of LevelDB's format: blocks of sorted keys and values, and an index of the blocks.

/// Number of bytes of the footer, and its last eight.
const FOOTER_LEN: usize = 48;
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
/// Number of bytes after a block: its compression and a checksum.
const TRAILER_LEN: usize = 5;
/// Maximum number of bytes of all keys, which are stored without the prefix that they share with the key before.
const MAX_KEY_BYTES: usize = 64 << 20;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Returns the keys and values of a table.
pub(super) fn entries(file: &[u8]) -> Result<Entries, String> {
    let footer = file.len().checked_sub(FOOTER_LEN).map(|start| &file[start..]);
    let footer = footer.ok_or_else(|| format!("expected a table, got {} bytes", file.len()))?;
    let magic = footer.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    if magic != MAGIC {
        return Err(format!("expected a table that ends with {MAGIC:016x}, got {magic:016x}"));
    }
    let mut handles = footer;
    // The first handle refers to additional information, which TensorFlow does not write.
    let (_, index) = (handle(&mut handles)?, handle(&mut handles)?);
    let (mut found, mut key_bytes) = (Vec::new(), 0);
    for (_, place) in block_entries(block(file, index)?, &mut key_bytes)? {
        let place = handle(&mut place.as_slice())?;
        found.append(&mut block_entries(block(file, place)?, &mut key_bytes)?);
    }
    Ok(found)
}

fn damaged() -> String {
    "expected a table, got a damaged one".to_owned()
}

fn varint(bytes: &mut &[u8]) -> Result<usize, String> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or_else(damaged)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return usize::try_from(value).map_err(|_| damaged());
        }
    }
    Err(damaged())
}

/// Reads offset and size of a block.
fn handle(bytes: &mut &[u8]) -> Result<(usize, usize), String> {
    Ok((varint(bytes)?, varint(bytes)?))
}

/// Returns the content of a block.
fn block(file: &[u8], (offset, size): (usize, usize)) -> Result<&[u8], String> {
    let rest = file.get(offset..).ok_or_else(damaged)?;
    let (block, trailer) = rest.split_at_checked(size).ok_or_else(damaged)?;
    match trailer.first_chunk::<TRAILER_LEN>().ok_or_else(damaged)? {
        [0, ..] => Ok(block),
        [1, ..] => Err("expected blocks without compression, got Snappy. Freeze the graph".into()),
        [kind, ..] => Err(format!("expected blocks without compression, got compression {kind}")),
    }
}

/// Returns the keys and values of a block. `key_bytes` counts the bytes of all keys.
fn block_entries(block: &[u8], key_bytes: &mut usize) -> Result<Entries, String> {
    // The block ends with the offsets of keys that share no prefix, and their number.
    let (body, restarts) = block.split_last_chunk().ok_or_else(damaged)?;
    let restarts = (u32::from_le_bytes(*restarts) as usize).saturating_mul(4);
    let mut rest = body.get(..body.len().saturating_sub(restarts)).unwrap_or(&[]);
    let (mut found, mut key) = (Entries::new(), Vec::new());
    while !rest.is_empty() {
        let (shared, own, value) = (varint(&mut rest)?, varint(&mut rest)?, varint(&mut rest)?);
        let (own, after) = rest.split_at_checked(own).ok_or_else(damaged)?;
        let (value, after) = after.split_at_checked(value).ok_or_else(damaged)?;
        if shared > key.len() {
            return Err(damaged());
        }
        key.truncate(shared);
        key.extend_from_slice(own);
        *key_bytes = key_bytes.saturating_add(key.len());
        if *key_bytes > MAX_KEY_BYTES {
            return Err(format!("expected at most {MAX_KEY_BYTES} bytes of names, got {key_bytes}"));
        }
        found.push((key.clone(), value.to_vec()));
        rest = after;
    }
    Ok(found)
}
