%% Rounding, truncation, conversion between floats, integers and text, and the errors.
-module(floats_convert).
-export([start/0, id/1]).

start() ->
    Floats = [0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999999999999996, 0.49999999999999994, 1.0e15, 4503599627370497.5],
    [{trunc, [trunc(id(F)) || F <- Floats]},
     {round, [round(id(F)) || F <- Floats]},
     {floor, [floor(id(F)) || F <- Floats]},
     {ceil, [ceil(id(F)) || F <- Floats]},
     {large, [trunc(id(F)) || F <- [1.0e18, 1.0e19, -1.0e19, 1.0e22, 1.2345678e30, 1.7976931348623157e308]]},
     {edges, [trunc(id(F)) || F <- [576460752303423488.0, -576460752303423488.0, 9223372036854775808.0, -9223372036854775808.0,
                                    134217728.0, -134217729.0]]},
     {of_integers, {trunc(id(7)), round(id(-7)), floor(id(1 bsl 70)), ceil(id(0))}},
     {float, [float(id(I)) || I <- [0, -3, 1 bsl 53, (1 bsl 53) + 1, 1 bsl 64, -(1 bsl 90), 2.5]]},
     {nearest_even, [float(id((1 bsl 53) + D)) || D <- [1, 2, 3, 5]]},
     {big_rounding, [float(((1 bsl id(54)) + D) bsl 40) || D <- [1, 2, 3, 6]]},
     {errors, [caught(F) || F <- [fun() -> trunc(id(a)) end, fun() -> round(id([])) end, fun() -> float(id(<<>>)) end,
                                  fun() -> float(id(1 bsl 1024)) end, fun() -> list_to_float(id("1")) end,
                                  fun() -> list_to_float(id("1.0e400")) end, fun() -> list_to_float(id(" 1.0")) end]]},
     {overflow, [caught(F) || F <- [fun() -> id(1.0e308) + id(1.0e308) end, fun() -> id(1.0e200) * id(1.0e200) end,
                                    fun() -> id(1.0) / id(1.0e-320) end, fun() -> id(-1.0e308) - id(1.0e308) end,
                                    fun() -> id(1.0) / 0 end, fun() -> 0.0 / id(0.0) end]]},
     {parse, [list_to_float(id(S)) || S <- ["1.0", "-0.5", "1.0e10", "2.5E-3", "0.1", "123456789.123456789", "5.0e-324",
                                            "1.7976931348623157e308", "0.000001"]]},
     {read_back, [F || F <- [0.1, 1.0e23, 5.0e-324, 1.0e22, 123456.789, 1.0e100, 2.0e-7, 9007199254740993.0],
                       list_to_float(float_to_list(F, [short])) =/= F]},
     {printed, [list_to_atom(float_to_list(id(F), [short])) || F <- [0.1, 1.0, -0.0, 1.0e23, 1.0e22, 100000.0, 1.0e15, 1.0e16,
                1.0e17, 1.0e21, 0.001, 0.0001, 1.0e-5, 123456789.125, 5.0e-324, 1.7976931348623157e308, 4.35, 2.0e-7, 12345678901234567890.0]]},
     {decimals, [list_to_atom(float_to_list(id(F), [{decimals, D}])) || {F, D} <- [{3.14159, 2}, {2.5, 0}, {1.0, 4}, {-0.05, 1}, {1.005, 2}, {99.999, 2}]]},
     {compact, [list_to_atom(float_to_list(id(F), [{decimals, 6}, compact])) || F <- [1.5, 2.0, 0.125]]},
     {scientific, [list_to_atom(float_to_list(id(F), [{scientific, D}])) || {F, D} <- [{1234.5678, 3}, {0.001, 2}, {1.0, 5}]]},
     {default, [list_to_atom(float_to_list(id(F))) || F <- [1.0, 0.1, -123.456]]},
     {float_values, [0.1, 1.0, 1.0e23, 1.0e-10, 123456789.125, 1.0e15, 1.0e16, 5.0e-324, 0.0001, 1.0e100, -2.5]},
     {is_float, [is_float(X) || X <- [1.0, 1, id(2) / 1]]}].

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
