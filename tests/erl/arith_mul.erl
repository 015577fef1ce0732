%% * with results around the edges of small integers, of machine words and far above.
-module(arith_mul).
-export([start/0, id/1, mul/2]).

start() ->
    [{square, [mul(X, X) || X <- values()]},
     {by_constant, [{X * 2, X * -1, X * 3, X * 1024, X * 0} || X <- values()]},
     {cross, [mul(A, B) || A <- few(), B <- few()]},
     {small_limit, {mul(id(1 bsl 30), 1 bsl 29), mul(id(1 bsl 30), -(1 bsl 29)), mul(id(-(1 bsl 30)), -(1 bsl 29))}},
     {near_limit, [mul(id(759250124), B) || B <- [759250125, -759250125, 759250124]]},
     {factorial, factorial(id(30), 1)},
     {power, power(id(-3), 80)},
     {commutes, [x || A <- values(), B <- values(), mul(A, B) =/= mul(B, A)]},
     {add_multiply, [A * B + 7 || A <- few(), B <- few()]}].

mul(A, B) -> A * B.

factorial(0, Acc) -> Acc;
factorial(N, Acc) -> factorial(N - 1, Acc * N).

power(_, 0) -> 1;
power(X, N) when N band 1 =:= 1 -> X * power(X, N - 1);
power(X, N) -> Y = power(X, N div 2), Y * Y.

values() ->
    [id(1), -1, (1 bsl id(14)) - 1, 1 bsl id(28), -(1 bsl id(30)), (1 bsl id(32)) - 1, (1 bsl id(59)) - 1,
     -(1 bsl id(59)), 1 bsl id(60), (1 bsl id(64)) - 1].

few() ->
    [id(0), 3, -5, (1 bsl id(31)) + 1, -(1 bsl id(59)), (1 bsl id(63)) - 1, 1 bsl id(70)].

id(X) -> X.
