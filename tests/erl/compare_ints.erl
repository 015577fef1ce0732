%% All comparison operators on integers of every size, as values and as guards.
-module(compare_ints).
-export([start/0, id/1, ops/2, guards/2]).

start() ->
    Values = values(),
    [{ops, [ops(A, B) || A <- Values, B <- Values, A =< 1]},
     {guards, [guards(A, B) || A <- Values, B <- [id(0), 1 bsl 59, -(1 bsl 63)]]},
     {disagree, [{A, B} || A <- Values, B <- Values, bits(ops(A, B)) =/= guards(A, B)]},
     {with_constants, [constants(X) || X <- Values]},
     {sorted, sort(Values)},
     {equal_bigs, ops((1 bsl id(80)) + 1, (1 bsl id(80)) + 1)},
     {big_lengths, {(1 bsl id(64)) < (1 bsl id(128)), -(1 bsl id(64)) < -(1 bsl id(128))}},
     {in_range, [{X, in_range(X)} || X <- [id(-1), 0, 5, 9, 10, 1 bsl 64]]}].

ops(A, B) -> {A == B, A /= B, A =:= B, A =/= B, A < B, A =< B, A > B, A >= B}.

bits({Eq, _, _, _, Lt, Le, Gt, Ge}) -> {bit(Eq), bit(Lt), bit(Le), bit(Gt), bit(Ge)}.

bit(true) -> 1;
bit(false) -> 0.

guards(A, B) -> {eq(A, B), lt(A, B), le(A, B), gt(A, B), ge(A, B)}.

eq(A, B) when A =:= B -> 1;
eq(_, _) -> 0.
lt(A, B) when A < B -> 1;
lt(_, _) -> 0.
le(A, B) when A =< B -> 1;
le(_, _) -> 0.
gt(A, B) when A > B -> 1;
gt(_, _) -> 0.
ge(A, B) when A >= B -> 1;
ge(_, _) -> 0.

constants(X) ->
    {X < 0, X >= 0, X =:= 0, X > 1152921504606846975, X == 576460752303423487, X < -576460752303423488,
     10 < X, 0 =/= X, X =< 18446744073709551616}.

in_range(X) when X >= 0, X < 10 -> digit;
in_range(_) -> other.

sort([]) -> [];
sort([H | T]) -> insert(H, sort(T)).

insert(X, [Y | Rest]) when X > Y -> [Y | insert(X, Rest)];
insert(X, Rest) -> [X | Rest].

values() ->
    [id(0), 1, -1, (1 bsl 27) - 1, -(1 bsl 27), (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 59, -(1 bsl 63), 1 bsl 64, -(1 bsl 64)].

id(X) -> X.
