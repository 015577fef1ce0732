//! What compiler and runtime share: term tags, layouts, calling convention, runtime-call table.
#![forbid(unsafe_code)]
