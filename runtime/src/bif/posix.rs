//! Errors of the operating system by the names that Erlang gives them.

use crate::data::atom;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term};
use std::io;

macro_rules! names {
    ($($code:ident $name:literal)*) => {
        /// Numbers and names.
        const NAMES: &[(i32, &str)] = &[$((libc::$code, $name)),*];
    };
}

names! {
    E2BIG "e2big" EACCES "eacces" EAGAIN "eagain" EBADF "ebadf" EBUSY "ebusy" ECHILD "echild" EDEADLK "edeadlk"
    EDQUOT "edquot" EEXIST "eexist" EFAULT "efault" EFBIG "efbig" EINTR "eintr" EINVAL "einval" EIO "eio"
    EISDIR "eisdir" ELOOP "eloop" EMFILE "emfile" EMLINK "emlink" ENAMETOOLONG "enametoolong" ENFILE "enfile"
    ENODEV "enodev" ENOENT "enoent" ENOLCK "enolck" ENOLINK "enolink" ENOMEM "enomem" ENOSPC "enospc"
    ENOSYS "enosys" ENOTBLK "enotblk" ENOTDIR "enotdir" ENOTEMPTY "enotempty" ENOTSUP "enotsup" ENXIO "enxio"
    EOVERFLOW "eoverflow" EPERM "eperm" EPIPE "epipe" ERANGE "erange" EROFS "erofs" ESPIPE "espipe" ESRCH "esrch"
    ESTALE "estale" ETXTBSY "etxtbsy" EXDEV "exdev" ETIMEDOUT "etimedout" ECONNREFUSED "econnrefused"
}

/// The name of an error.
pub fn name(error: &io::Error) -> &'static str {
    let code = error.raw_os_error().unwrap_or(libc::EINVAL);
    NAMES.iter().find(|(known, _)| *known == code).map_or("unknown", |(_, name)| name)
}

/// `{error, Name}`
pub fn failure(p: &mut Process, name: &str) -> Term {
    p.heap.tuple(&[Term::fixed(FixedAtom::Error), atom(name)])
}

/// `{error, Name}` of an error.
pub fn failed(p: &mut Process, error: &io::Error) -> Term {
    failure(p, name(error))
}
