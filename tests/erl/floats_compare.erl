%% Comparing floats with each other and with constants, as guards, as keys and in patterns.
-module(floats_compare).
-export([start/0, id/1]).

start() ->
    Values = [id(0.0), -1.5, 1.5, 1.0e-300, -1.0e-300, 1.0e300, -1.0e300, 2.0],
    [{matrix, [[ops(A, B) || B <- Values] || A <- Values]},
     {guards, [guard(A) || A <- Values]},
     {sorted, sort(Values)},
     {integers_between, [between(N) || N <- [0, 1, 2, 3, -2]]},
     {keys, {map_get(id(1.5), #{1.5 => float, 1 => int}), lists:member(2, [id(2.0)]), lists:keyfind(2, 1, [{id(2.0), f}])}},
     {loop, loop(id(0.0), 0)},
     {countdown, countdown(id(10.0), [])},
     {in_tuple, {id({1.0, 2.0}) =:= {1.0, 2.0}, id({1.0, 2}) =:= {1.0, 2.0}, {1.0} < id({1.5})}},
     {if_expression, [if A > 0 -> plus; A < 0 -> minus; true -> zero end || A <- Values]}].

ops(A, B) -> 1000 + bit(A == B, 1) + bit(A < B, 2) + bit(A =< B, 4) + bit(A > B, 8) + bit(A >= B, 16) + bit(A =:= B, 32) + bit(A /= B, 64).

bit(true, N) -> N;
bit(false, _) -> 0.

guard(X) when X > 1.0, X < 1.75 -> narrow;
guard(X) when X * 2 > 3.0 -> big;
guard(X) when X + 1 < 0 -> negative;
guard(X) when X =:= 0.0 -> zero;
guard(X) when is_float(X) -> other.

between(N) when N > 0.5, N < 2.5 -> inside;
between(N) when N == 3.0 -> three;
between(_) -> outside.

loop(X, N) when X < 10.0 -> loop(X + 0.125, N + 1);
loop(X, N) -> {X, N}.

countdown(X, Acc) when X =< 0 -> length(Acc);
countdown(X, Acc) -> countdown(X - 2.5, [X | Acc]).

sort([]) -> [];
sort([H | T]) -> insert(H, sort(T)).

insert(X, [Y | Rest]) when X > Y -> [Y | insert(X, Rest)];
insert(X, Rest) -> [X | Rest].

id(X) -> X.
