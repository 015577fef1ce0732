%% Floats as text: all forms of float_to_list and float_to_binary, their options, limits and errors, and reading them
%% back.
-module(float_text).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Values = [0.0, -0.0, 1.0, -1.5, 0.1, 0.3, 2.5, 1.0e10, 1.0e21, 1.0e22, 123456789.125, 1.0e-5, 9.999999999999999e22, 5.0e-324, 1.7976931348623157e308, 3.141592653589793],
    [{scientific_default, [text(float_to_list(F)) || F <- Values]},
     {short, [text(float_to_list(F, [short])) || F <- Values]},
     {scientific, [text(float_to_list(F, [{scientific, D}])) || F <- [0.0, 1.5, -123.456, 9.9999, 1.0e100], D <- [0, 1, 3, 20]]},
     {decimals, [text(float_to_list(F, [{decimals, D}])) || F <- [0.0, -0.0, 1.5, 2.5, -0.05, 123.456, 0.9999, 1.0e15, 1.005], D <- [0, 1, 2, 10]]},
     {compact, [text(float_to_list(F, [{decimals, D}, compact])) || F <- [0.0, 1.5, 100.0, 123.456, -2.0e-3], D <- [0, 1, 4, 12]]},
     {large_decimals, [text(float_to_list(F, [{decimals, D}])) || {F, D} <- [{1.0e22, 2}, {1.0e15, 20}, {0.1, 30}, {1.0, 100}]]},
     {same_in_binary, [F || F <- Values, O <- [[], [short], [{scientific, 6}], [{decimals, 3}], [{decimals, 5}, compact]], caught(fun() -> float_to_list(F, O) end) =/= caught(fun() -> binary_to_list(float_to_binary(F, O)) end)]},
     {last_option_wins, [text(float_to_list(1.25, O)) || O <- [[{decimals, 1}, {scientific, 2}], [{scientific, 2}, {decimals, 1}], [short, {decimals, 2}], [compact, {decimals, 4}], [{decimals, 4}, short]]]},
     {bad_options, [caught(fun() -> float_to_list(1.0, id(O)) end) || O <- [[{decimals, -1}], [{decimals, a}], [foo], foo, [{scientific, 250}], [{decimals, 254}], [{decimals, 1} | x], [compact | short], [{scientific, -1}]]]},
     {bad_values, [caught(fun() -> float_to_list(id(V), [short]) end) || V <- [1, a, [], 1 bsl 70]]},
     {too_large, [case caught(fun() -> float_to_list(id(F), [{decimals, D}]) end) of {E, R} -> {E, R}; L -> length(L) end || {F, D} <- [{1.0e300, 2}, {1.0e300, 0}, {1.0e100, 200}, {1.7e308, 10}]]},
     {round_trip_short, [F || F <- Values ++ more(40, 1.0e-30, 17.3), list_to_float(float_to_list(F, [short])) =/= F]},
     {round_trip_20, [F || F <- Values ++ more(40, 1.0e-30, 17.3), list_to_float(float_to_list(F)) =/= F]},
     {read, [caught(fun() -> list_to_float(L) end) || L <- ["1.0", "+1.5", "-1.5e3", "1.5E+3", "1.5e-03", "001.50", "1.", ".5", "1", "1e5", "1.0e", "1.0e+", " 1.0", "1.0 ", "1,0", "", "inf", "nan", "1.0e5.0", "0x1.0p3"]]},
     {read_binary, [caught(fun() -> binary_to_float(B) end) || B <- [<<"2.5">>, <<"-2.5e-2">>, <<"2">>, <<>>, <<"2.5x">>, "2.5", <<1:3>>]]},
     {long_text, [list_to_float("0." ++ dup($3, 200)), list_to_float(dup($1, 100) ++ ".5"), list_to_float("1." ++ dup($0, 300) ++ "1e10")]},
     {hard_to_round, [list_to_float(L) || L <- ["9007199254740993.0", "2.2250738585072011e-308", "1.00000000000000011102230246251565", "6.929001713869936e236", "0.500000000000000166533453693773481063544750213623046875"]]}].

text(L) -> list_to_atom(L).

more(0, _, _) -> [];
more(N, F, G) -> [F * G | more(N - 1, F * 31.7, G + 1.37)].

dup(_, 0) -> [];
dup(X, N) -> [X | dup(X, N - 1)].

caught(F) -> try F() catch C:R -> {C, R} end.

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
