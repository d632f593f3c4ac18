//! The accounting of the tap.
