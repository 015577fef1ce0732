//! BEAM files: decoding and lifting to IR.
#![forbid(unsafe_code)]
