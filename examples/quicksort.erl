%% Sorts pseudo-random numbers: list comprehensions, appending, guards, integers that outgrow a word.
-module(quicksort).
-export([start/0, sort/1]).

start() ->
    Numbers = numbers(2000, 12345, []),
    Sorted = sort(Numbers),
    true = ordered(Sorted),
    true = length(Sorted) =:= length(Numbers),
    erlang:display(sort([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5])),
    erlang:display({smallest, hd(Sorted)}),
    ok.

sort([]) ->
    [];
sort([Pivot | Rest]) ->
    sort([X || X <- Rest, X < Pivot]) ++ [Pivot | sort([X || X <- Rest, X >= Pivot])].

ordered([A | [B | _] = Rest]) -> A =< B andalso ordered(Rest);
ordered(_) -> true.

%% A linear congruential generator with 64 bits of state.
numbers(0, _, Acc) ->
    Acc;
numbers(N, Seed, Acc) ->
    Next = (Seed * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF,
    numbers(N - 1, Next, [Next bsr 33 | Acc]).
