%% Integer loop: arithmetic on loop variables that stay small, no allocation.
-module(bench_loop).
-export([start/0, run/1]).

start() -> run(100000000).

run(N) -> loop(N, 0, 1).

loop(0, Sum, _) -> Sum;
loop(N, Sum, X) -> loop(N - 1, (Sum + X) band 16#FFFFFFF, (X * 5 + N) band 16#FFFF).
