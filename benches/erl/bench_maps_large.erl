%% Large maps: a hundred thousand keys put, read, changed and removed; merge, fold, iterate.
-module(bench_maps_large).
-export([start/0, run/1]).

start() -> run(60000).

run(N) ->
    M = put_all(N, #{}),
    Sum = read_all(N, M, 0),
    M2 = maps:map(fun(_, V) -> V + 1 end, M),
    M3 = remove_half(N, M2),
    M4 = maps:merge(M3, put_all(N div 10, #{})),
    {Sum, map_size(M3), maps:fold(fun(_, V, A) -> A + V end, 0, M4)}.

put_all(0, M) -> M;
put_all(N, M) -> put_all(N - 1, M#{{key, N} => N}).

read_all(0, _, Sum) -> Sum;
read_all(N, M, Sum) -> read_all(N - 1, M, Sum + map_get({key, N}, M)).

remove_half(N, M) when N < 1 -> M;
remove_half(N, M) -> remove_half(N - 2, maps:remove({key, N}, M)).
