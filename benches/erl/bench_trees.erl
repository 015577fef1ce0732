%% Trees and queues of stdlib: gb_trees, gb_sets, queue, orddict, dict.
-module(bench_trees).
-export([start/0, run/1]).

start() -> run(15000).

run(N) ->
    T = lists:foldl(fun(X, Acc) -> gb_trees:enter(X * 7919 rem 10007, X, Acc) end, gb_trees:empty(), lists:seq(1, N)),
    S = gb_sets:from_list([X * 31 rem 5003 || X <- lists:seq(1, N)]),
    Q = queue_rounds(N, queue:from_list(lists:seq(1, 100))),
    D = lists:foldl(fun(X, Acc) -> dict:update_counter(X rem 1009, X, Acc) end, dict:new(), lists:seq(1, N)),
    {gb_trees:size(T), gb_sets:size(S), Q, dict:fold(fun(_, V, A) -> V + A end, 0, D)}.

queue_rounds(0, Q) -> queue:len(Q);
queue_rounds(N, Q) ->
    {{value, X}, Q1} = queue:out(Q),
    queue_rounds(N - 1, queue:in(X + 1, Q1)).
