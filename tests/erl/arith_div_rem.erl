%% div and rem truncate towards zero for every combination of signs and sizes.
-module(arith_div_rem).
-export([start/0, id/1, division/2]).

start() ->
    [{small, [division(A, B) || A <- [id(0), 1, 7, -7, 8, -8, 100], B <- [id(1), -1, 2, -2, 3, -3, 7]]},
     {wide, [division(A, B) || A <- wide(), B <- [id(1), -1, 3, -10, 1 bsl 27, -(1 bsl 59), (1 bsl 59) - 1, (1 bsl 64) + 1]]},
     {by_power, [{X div 2, X div -2, X div 16, X rem 16, X rem -16, X div 1024, X rem 1024} || X <- wide()]},
     {by_constant, [{X div 3, X rem 3, X div 10, X rem 10, X div -7, X rem -7, X div 1, X rem 1} || X <- wide()]},
     {most_negative, {id(-(1 bsl 59)) div id(-1), id(-(1 bsl 59)) rem id(-1), id(-(1 bsl 63)) div id(-1)}},
     {identity, [{A, B} || A <- wide(), B <- [id(3), -10, 1 bsl 60], (A div B) * B + A rem B =/= A]},
     {digits, digits(id(123456789012345678901234567890), [])}].

division(A, B) -> {A div B, A rem B}.

digits(0, Acc) -> {length(Acc), hd(Acc), lists:reverse(Acc) =:= Acc};
digits(N, Acc) -> digits(N div 10, [N rem 10 | Acc]).

wide() ->
    [id(5), -5, (1 bsl id(28)) - 1, (1 bsl id(59)) - 1, -(1 bsl id(59)), 1 bsl id(60), -(1 bsl id(64)), (1 bsl id(90)) + 12345].

id(X) -> X.
