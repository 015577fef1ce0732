//! Code buffer, fixups, relocations, code objects.
#![forbid(unsafe_code)]
