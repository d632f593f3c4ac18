//! Integration tests live in `all.rs`; the programs that measure live in `src/bin`.
