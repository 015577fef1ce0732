-module(refused).
-on_load(init/0).
-export([f/0]).
init() -> nothing_good.
f() -> 1.
