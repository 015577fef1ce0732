%% Exceptions: thrown and caught near and far, with and without a handler that looks at the trace.
-module(bench_exceptions).
-export([start/0, run/1]).

start() -> run(300000).

run(N) -> loop(N, 0).

loop(0, Sum) -> Sum;
loop(N, Sum) ->
    A = try near(N) catch throw:X -> X end,
    B = try deep(10, N) catch error:{far, Y} -> Y after ok end,
    C = try near(N + 1) of Z -> Z catch _:Z -> Z end,
    loop(N - 1, (Sum + A + B + C) band 16#ffffff).

near(N) when N band 1 =:= 1 -> throw(N);
near(N) -> N + 1.

deep(0, N) -> error({far, N});
deep(K, N) -> 1 + deep(K - 1, N).
