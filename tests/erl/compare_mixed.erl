%% Integers against floats: == converts, =:= does not, and the order is exact beyond 2^53.
-module(compare_mixed).
-export([start/0, id/1, ops/2]).

start() ->
    [{equal, ops(id(1), id(1.0))},
     {zero, {id(0.0) == id(0), id(0.0) =:= id(0), id(0.0) == -id(0.0)}},
     {around_one, [ops(id(1), F) || F <- [0.999, 1.001, -1.0]]},
     {beyond_precision, [ops((1 bsl id(53)) + D, id(9007199254740992.0)) || D <- [-1, 0, 1, 2]]},
     {big_against_float, [ops(1 bsl id(64), F) || F <- [18446744073709551616.0, 18446744073709555712.0, 1.0e300, -1.0e300]]},
     {huge_integer, [ops(1 bsl id(1100), F) || F <- [1.7976931348623157e308, -1.0]]},
     {negative_big, [ops(-(1 bsl id(70)), F) || F <- [-1180591620717411303424.0, -1180591620717411303425.5, 0.5]]},
     {small_fraction, [ops(I, id(0.5)) || I <- [0, 1, -1]]},
     {tiny, {id(0) < id(5.0e-324), id(0) > id(-5.0e-324), id(0) == id(5.0e-324)}},
     {in_tuples, {{1, 2} == id({1.0, 2.0}), {1, 2} =:= id({1.0, 2.0}), [1] == id([1.0]), {1, a} < id({1.0, b})}},
     {matching, [match(X) || X <- [1, 1.0, 2, 2.0, id(1 bsl 64), 1.8446744073709552e19]]},
     {max_min, {max(id(1), id(1.0)), max(id(1.0), id(1)), min(id(1), id(1.0)), min(id(1.0), id(1))}}].

ops(A, B) -> {A == B, A =:= B, A < B, A =< B, A > B, A >= B}.

match(1) -> int_one;
match(1.0) -> float_one;
match(2.0) -> float_two;
match(18446744073709551616) -> big;
match(1.8446744073709552e19) -> float_big;
match(_) -> other.

id(X) -> X.
