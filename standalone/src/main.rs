//! The `earmark` command line.

fn main() {}
