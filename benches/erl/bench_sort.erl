%% Sorting: lists:sort of integers and tuples, lists:usort, lists:keysort; and a quicksort by comprehensions.
-module(bench_sort).
-export([start/0, run/1]).

start() -> run(60000).

run(N) ->
    Numbers = random(N, 4711, []),
    Sorted = lists:sort(Numbers),
    Pairs = lists:sort([{X rem 1000, X} || X <- Numbers]),
    Keyed = lists:keysort(2, Pairs),
    Unique = lists:usort([X rem 5000 || X <- Numbers]),
    Quick = quick(lists:sublist(Numbers, N div 4)),
    {hd(Sorted), lists:nth(N div 2, Sorted), element(1, hd(Keyed)), length(Unique), hd(Quick)}.

quick([]) -> [];
quick([P | Rest]) -> quick([X || X <- Rest, X < P]) ++ [P | quick([X || X <- Rest, X >= P])].

random(0, _, Acc) -> Acc;
random(N, Seed, Acc) ->
    Next = (Seed * 1103515245 + 12345) band 16#7fffffff,
    random(N - 1, Next, [Next | Acc]).
