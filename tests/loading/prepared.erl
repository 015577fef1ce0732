-module(prepared).
-on_load(init/0).
-export([f/0]).
init() -> {a, "literal"}.
f() -> prepared.
