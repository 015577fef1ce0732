%% Eight queens and more by list comprehensions: recursion with guards in generators.
-module(bench_queens).
-export([start/0, run/1]).

start() -> run(10).

run(N) -> length(queens(N, N)).

queens(0, _) -> [[]];
queens(K, N) -> [[Q | Qs] || Qs <- queens(K - 1, N), Q <- lists:seq(1, N), safe(Q, Qs, 1)].

safe(_, [], _) -> true;
safe(Q, [Q1 | Qs], D) -> Q =/= Q1 andalso Q =/= Q1 + D andalso Q =/= Q1 - D andalso safe(Q, Qs, D + 1).
