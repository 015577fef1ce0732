%% bsl and bsr by constants and variables, by negative counts, into and out of big integers.
-module(arith_shift).
-export([start/0, id/1, left/2, right/2]).

start() ->
    [{left, [left(X, N) || X <- [id(1), -1, 3, -3], N <- counts()]},
     {right, [right(X, N) || X <- [(1 bsl id(90)) + 5, -(1 bsl id(90)) - 5, 1000, -1000], N <- counts()]},
     {negative_count, {left(id(1024), -3), left(id(-1024), -3), right(id(3), -62), left(id(-1), -100), right(id(0), -1000)}},
     {constants, [{X bsl 1, X bsl 31, X bsl 64, X bsr 1, X bsr 31, X bsr 64} || X <- [id(1), -1, 12345, -12345, 1 bsl 62]]},
     {there_and_back, [{X, N} || X <- [id(7), -7, 1 bsl 61], N <- counts(), right(left(X, N), N) =/= X]},
     {small_edge, [{N, left(1, N) - 1, -left(1, N)} || N <- [id(27), 28, 58, 59, 60, 63]]},
     {floor, [{right(X, 1), X div 2} || X <- [id(-1), -2, -3, 3]]},
     {big_count_of_zero, {left(id(0), id(100000000000)), right(id(12345), id(100000000000)), right(id(-5), 1 bsl 70)}},
     {combined, lists:reverse(spread(id(16#DEADBEEFCAFEF00D), []))}].

left(X, N) -> X bsl N.

right(X, N) -> X bsr N.

spread(0, Acc) -> Acc;
spread(X, Acc) -> spread(X bsr 12, [(X band 16#FFF) bsl 3 | Acc]).

counts() -> [id(0), 1, 27, 28, 58, 59, 60, 63, 64, 65, 128].

id(X) -> X.
