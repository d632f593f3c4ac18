//! What is sent, received by independent programs.
