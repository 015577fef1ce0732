%% Integers as text in all bases from 2 to 36: small, word-sized and of thousands of bits, signs, both cases of
%% letters, and texts that are no integer.
-module(radix_conversions).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Values = [0, 1, -1, 9, 35, 36, -36, 255, 1 bsl 59, -(1 bsl 59), (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 64), (1 bsl 127) + 1, 7919 * (1 bsl 200) + 13],
    Huge = power(id(3), 900),
    [{all_bases, [erlang:phash2([integer_to_list(V, B) || V <- Values]) || B <- seq(2, 36)]},
     {shown, [list_to_atom(integer_to_list(id(-(1 bsl 64) - 255), B)) || B <- [2, 7, 8, 10, 16, 32, 36]]},
     {round_trip, [{V, B} || V <- Values, B <- seq(2, 36), list_to_integer(integer_to_list(V, B), B) =/= V]},
     {round_trip_binary, [{V, B} || V <- Values, B <- seq(2, 36), binary_to_integer(integer_to_binary(V, B), B) =/= V]},
     {huge, [{B, length(integer_to_list(Huge, B)), erlang:phash2(integer_to_list(Huge, B)), list_to_integer(integer_to_list(Huge, B), B) =:= Huge} || B <- [2, 3, 10, 16, 36]]},
     {huge_negative, [list_to_integer(integer_to_list(-Huge, B), B) =:= -Huge || B <- [2, 3, 10, 16, 36]]},
     {lower_case, [list_to_integer("ff", 16), list_to_integer("FF", 16), list_to_integer("-zZ", 36), binary_to_integer(<<"+7f">>, 16)]},
     {signs, [caught(fun() -> list_to_integer(L) end) || L <- ["+5", "-5", "+-5", "-", "+", "", "--5", "- 5", "5-"]]},
     {not_digits, [caught(fun() -> list_to_integer(L, B) end) || {L, B} <- [{"2", 2}, {"1a", 10}, {"g", 16}, {" 1", 10}, {"1 ", 10}, {"1.0", 10}, {"1_000", 10}, {"16#ff", 16}]]},
     {bad_arguments, [caught(fun() -> list_to_integer(L, B) end) || {L, B} <- [{"1", 1}, {"1", 37}, {"1", 0}, {"1", a}, {a, 10}, {[$1 | $2], 10}, {[$1, a], 10}, {<<"1">>, 10}]]},
     {bad_binary, [caught(fun() -> binary_to_integer(L, B) end) || {L, B} <- [{<<>>, 10}, {<<"1">>, 37}, {<<"x">>, 10}, {"1", 10}, {<<1:4>>, 10}, {<<"-">>, 10}]]},
     {bad_to_text, [caught(fun() -> integer_to_list(V, B) end) || {V, B} <- [{1, 1}, {1, 37}, {1.0, 10}, {a, 10}, {1, a}, {1, 1 bsl 70}]]},
     {leading_zeros, [list_to_integer("000000000000000000000000000000000000000012"), list_to_integer("-0"), list_to_integer(dup($0, 200) ++ "1", 2)]},
     {long_text, [list_to_integer(dup($9, N)) + 1 =:= power(10, N) || N <- [17, 18, 19, 20, 37, 38, 39, 200]]},
     {powers, [N || N <- seq(1, 120), integer_to_list(power(10, N)) =/= "1" ++ dup($0, N)]},
     {string_to_integer, [case string_list(L) of {I, R} -> {I, length(R)}; Other -> Other end || L <- ["12ab", "-7", "x", "", "+3+", "99999999999999999999 "]]}].

power(_, 0) -> 1;
power(B, N) -> B * power(B, N - 1).

dup(_, 0) -> [];
dup(X, N) -> [X | dup(X, N - 1)].

%% Reads an integer from the front, as string:to_integer/1 does, with the BIFs alone.
string_list(L) ->
    {Sign, Rest} = case L of [$- | T] -> {"-", T}; [$+ | T] -> {"", T}; _ -> {"", L} end,
    case split(Rest, []) of
        {[], _} -> none;
        {Digits, After} -> {list_to_integer(Sign ++ Digits), After}
    end.

split([D | T], Acc) when D >= $0, D =< $9 -> split(T, [D | Acc]);
split(T, Acc) -> {lists:reverse(Acc, []), T}.

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
