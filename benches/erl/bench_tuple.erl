%% A tuple is returned and matched at once: the allocation can be avoided by returning several values.
-module(bench_tuple).
-export([start/0, run/1]).

start() -> run(15000000).

run(N) -> loop(N, 1, 1, 0).

loop(0, A, B, Flips) -> A + B + Flips;
loop(N, A, B, Flips) ->
    case step(A, B) of
        {ok, C, D} -> loop(N - 1, C, D, Flips);
        {flip, C, D} -> loop(N - 1, D, C, Flips + 1)
    end.

step(A, B) when A > B -> {flip, A - B, B + 1};
step(A, B) -> {ok, A + 3, (B * 7) band 1023}.
