%% integer_to_list and list_to_integer in several bases, for all sizes.
-module(integers_as_text).
-export([start/0, id/1]).

start() ->
    [{atoms, [list_to_atom(integer_to_list(I)) || I <- values()]},
     {bases, [list_to_atom(integer_to_list(id(-123456789), B)) || B <- [2, 3, 8, 10, 16, 36]]},
     {big_bases, [list_to_atom(integer_to_list((1 bsl id(100)) - 1, B)) || B <- [2, 7, 16, 36]]},
     {read, [list_to_integer(id(S)) || S <- ["0", "-0", "+17", "-17", "007", "123456789012345678901234567890", "-576460752303423489"]]},
     {read_bases, [list_to_integer(id(S), B) || {S, B} <- [{"ff", 16}, {"FF", 16}, {"-zz", 36}, {"101", 2}, {"+777", 8}]]},
     {round_trip, [{I, B} || I <- values(), B <- [2, 10, 16, 36], list_to_integer(integer_to_list(I, B), B) =/= I]},
     {long, round_trip(id(7), 3000)},
     {errors, [caught(F) || F <- [fun() -> list_to_integer(id("")) end, fun() -> list_to_integer(id("-")) end,
                                  fun() -> list_to_integer(id("1 ")) end, fun() -> list_to_integer(id("12a")) end,
                                  fun() -> list_to_integer(id("2"), 2) end, fun() -> list_to_integer(id("1"), 37) end,
                                  fun() -> integer_to_list(id(1), 1) end, fun() -> integer_to_list(id(1.0)) end,
                                  fun() -> list_to_integer(id([$1 | $2])) end, fun() -> list_to_integer(id(a)) end]]}].

values() ->
    [id(0), 1, -1, 9, 10, -10, 99, 100, 12345, (1 bsl id(27)) - 1, -(1 bsl id(28)), (1 bsl id(59)) - 1, -(1 bsl id(59)), 1 bsl id(63),
     1 bsl id(64), -(1 bsl id(128)), 100000000000000000000].

round_trip(X, Bits) ->
    N = X bsl Bits + X,
    {length(integer_to_list(N)), list_to_integer(integer_to_list(N)) =:= N}.

caught(F) -> try F() of V -> {value, V} catch C:R -> {C, R} end.

id(X) -> X.
