%% Garbage collection: trees made and dropped while some live on.
-module(bench_gc).
-export([start/0, run/1]).

start() -> run(18).

run(Depth) ->
    Long = tree(Depth),
    Sum = lists:sum([count(rounds(D, 1 bsl (Depth - D + 2), leaf)) || D <- lists:seq(4, Depth, 2)]),
    Sum + count(Long).

rounds(_, 0, Last) -> Last;
rounds(D, N, _) -> rounds(D, N - 1, tree(D)).

tree(0) -> leaf;
tree(D) -> {tree(D - 1), tree(D - 1)}.

count(leaf) -> 1;
count({A, B}) -> 1 + count(A) + count(B).
