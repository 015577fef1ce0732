%% ETS: insert, lookup, counters, ordered traversal, select.
-module(bench_ets).
-export([start/0, run/1]).

start() -> run(50000).

run(N) ->
    Set = ets:new(set, [set]),
    Ordered = ets:new(ordered, [ordered_set]),
    fill(N, Set, Ordered),
    Sum = read(N, Set, 0),
    ets:insert(Set, {counter, 0}),
    Count = count(N, Set),
    Walk = walk(Ordered, ets:first(Ordered), 0),
    Found = length(ets:select(Set, [{{'$1', '$2', '_'}, [{'<', '$2', 500}], ['$1']}])),
    ets:delete(Set),
    ets:delete(Ordered),
    {Sum, Count, Walk, Found}.

fill(0, _, _) -> ok;
fill(N, Set, Ordered) ->
    ets:insert(Set, {N, N * 7 rem 1000, <<"value">>}),
    ets:insert(Ordered, {{N * 31 rem 65536, N}, N}),
    fill(N - 1, Set, Ordered).

read(0, _, Sum) -> Sum;
read(N, Set, Sum) ->
    [{_, V, _}] = ets:lookup(Set, N),
    read(N - 1, Set, Sum + V + ets:lookup_element(Set, N, 2)).

count(1, Set) -> ets:update_counter(Set, counter, 1);
count(N, Set) -> ets:update_counter(Set, counter, 1), count(N - 1, Set).

walk(_, '$end_of_table', N) -> N;
walk(T, Key, N) -> walk(T, ets:next(T, Key), N + 1).
