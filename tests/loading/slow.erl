-module(slow).
-on_load(init/0).
-export([f/1]).
init() ->
    tester ! {slow, self()},
    receive go -> ok end.
f(N) -> N * 10.
