%% Where integers and floats meet: conversions at 2^53 and beyond, rounding of halves, largest and smallest floats,
%% exact order of neighbours.
-module(float_exactness).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    P53 = id(1 bsl 53),
    [{to_float, [float(P53 + D) || D <- [-1, 0, 1, 2, 3]]},
     {big_to_float, [float(id(N)) || N <- [1 bsl 64, (1 bsl 64) + 1, (1 bsl 64) + 2047, (1 bsl 64) + 2048, (1 bsl 64) + 2049, (1 bsl 64) + 4096, (1 bsl 100) - 1]]},
     {ties_to_even, [trunc(float((1 bsl 60) + D)) - (1 bsl 60) || D <- [127, 128, 129, 255, 256, 384, 385, 640]]},
     {truncated, [trunc(id(F)) || F <- [0.999, -0.999, 1.5, -1.5, 1.0e15, 1.0e16, 1.0e17, 4.611686018427388e18, -9.223372036854775808e18, 1.0e22, 1.0e23, 1.7976931348623157e308]]},
     {rounded, [round(id(F)) || F <- [0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 4503599627370495.5, 4503599627370496.5, -4503599627370497.5, 9007199254740993.0, 1.0e25]]},
     {floored, [floor(id(F)) || F <- [0.5, -0.5, 0.0, -0.0, 1.0e300 / 1.0e290, -1.0e-300, -7.0, 1.0e20]]},
     {ceiled, [ceil(id(F)) || F <- [0.5, -0.5, 0.0, 1.0e-300, -1.0e-300, -7.0, 7.25, -1.0e20]]},
     {of_integers, [[trunc(N), round(N), floor(N), ceil(N)] || N <- [id(7), id(-7), id(1 bsl 70)]]},
     {round_trip, [N || N <- [1 bsl K || K <- seq(0, 1000)], trunc(float(N)) =/= N]},
     {compare_neighbours, [[P53 + D < F || F <- [9007199254740991.0, 9007199254740992.0, 9007199254740994.0]] || D <- [-1, 0, 1, 2]]},
     {equal_neighbours, [[P53 + D == F || F <- [9007199254740991.0, 9007199254740992.0, 9007199254740994.0]] || D <- [-1, 0, 1, 2]]},
     {order_chain, chain([-1.7976931348623157e308, -(1 bsl 64), -1.8446744073709549e19, -1, -0.5, 0, 4.9e-324, 0.5, 1, 1.0000000000000002, 2, 9007199254740991, 9007199254740992.0, 9007199254740993, 1.0e300])},
     {smallest, [4.9e-324 / 2, id(2.2250738585072014e-308) / 2, id(1.0e-320) * 1.0e-10, id(5.0e-324) * 0.5, id(5.0e-324) * 0.75]},
     {largest, [caught(fun() -> id(1.7976931348623157e308) * F end) || F <- [1.0, 1.0000000000000002, -2.0, 0.5]]},
     {int_division, [id(A) / id(B) || {A, B} <- [{1, 3}, {7, 2}, {1 bsl 60, 3}, {P53 + 1, 1}, {1 bsl 1000, 1 bsl 990}, {-(1 bsl 64), 1 bsl 62}]]},
     {too_large_division, [caught(fun() -> id(A) / id(B) end) || {A, B} <- [{1 bsl 1024, 1}, {1, 1 bsl 1024}, {1 bsl 1024, 1 bsl 1024}]]},
     {errors, [caught(fun() -> F() end) || F <- [fun() -> trunc(id(a)) end, fun() -> round(id([])) end, fun() -> float(id(<<>>)) end, fun() -> floor(id({1})) end, fun() -> ceil(id(x)) end, fun() -> float(id(1 bsl 1024)) end]]}].

chain([A, B | T]) -> [{A < B, B < A, A == B} | chain([B | T])];
chain(_) -> [].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
