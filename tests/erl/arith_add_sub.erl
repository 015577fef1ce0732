%% + and - around every size at which a representation changes: 2^27, 2^28, 2^31, 2^32, 2^59, 2^60, 2^63, 2^64.
-module(arith_add_sub).
-export([start/0, id/1, add/2, sub/2]).

start() ->
    [{next, [{X + 1, X - 1, 1 - X, X + X, 0 - X} || X <- edges()]},
     {add, [add(A, B) || A <- wide(), B <- wide()]},
     {sub, [sub(A, B) || A <- wide(), B <- wide()]},
     {back, [sub(add(A, B), B) =:= A || A <- edges(), B <- edges(), sub(add(A, B), B) =/= A]},
     {climb, climb(id(1 bsl 59) - 3, 6, [])},
     {descend, descend(-id(1 bsl 59) + 3, 6, [])},
     {negate, [-X || X <- edges()]}].

add(A, B) -> A + B.

sub(A, B) -> A - B.

climb(_, 0, Acc) -> Acc;
climb(X, N, Acc) -> climb(X + 1, N - 1, [X | Acc]).

descend(_, 0, Acc) -> Acc;
descend(X, N, Acc) -> descend(X - 1, N - 1, [X | Acc]).

edges() ->
    [Sign * ((1 bsl id(Bits)) + Off) || Bits <- [27, 28, 31, 32, 59, 60, 63, 64], Off <- [-1, 0], Sign <- [1, -1]].

wide() ->
    [id(1), -1, (1 bsl id(59)) - 1, -(1 bsl id(59)), (1 bsl id(63)) - 1, -(1 bsl id(63)), (1 bsl id(64)) - 1, 1 bsl id(100)].

id(X) -> X.
