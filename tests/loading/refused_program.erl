-module(refused_program).
-on_load(init/0).
-export([start/0]).
init() -> error.
start() -> 1.
