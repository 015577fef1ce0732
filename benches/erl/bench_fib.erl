%% Call-heavy recursion: almost all time goes into calls, returns and comparisons of small integers.
-module(bench_fib).
-export([start/0, run/1]).

start() -> run(37).

run(N) -> fib(N).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
