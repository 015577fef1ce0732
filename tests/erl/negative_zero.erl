%% Where -0.0 comes from and where it shows: comparison, matching, maps, hashing order, text, external format,
%% arithmetic.
-module(negative_zero).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    N = id(-0.0), P = id(0.0),
    [{bits, [sign(X) || X <- [N, P, -P, -N, 0 - P, N * 1, P * -1, N + P, N + N, N - P, P - P, abs(N)]]},
     {compare, {N == P, N < P, N > P, N >= P, N =< P, N == 0, 0 == N}},
     {exact_shape, {is_float(N), N =:= id(-0.0), (N =:= P) =:= (term_to_binary(N) =:= term_to_binary(P))}},
     {text, [list_to_atom(float_to_list(X, [short])) || X <- [N, P]] ++ [list_to_atom(float_to_list(N, [{decimals, 1}]))]},
     {external, [term_to_binary(N), term_to_binary(N, [{minor_version, 0}]), sign(binary_to_term(term_to_binary(N)))]},
     {division, [sign(X) || X <- [id(0) / id(-5), id(-0.0) / id(5), id(1.0) / id(-1.0e308) * 1.0e-300, id(-5.0e-324) / 2]]},
     {by_integer, [sign(X) || X <- [id(0) * id(-1.0), id(0) * id(1.0), -1 * id(0.0)]]},
     {negated_integer, {-id(0), -id(0) =:= 0, sign(-(id(0) * 1.0))}},
     {converted, [sign(float(trunc(N))), trunc(N), round(id(-0.4)), ceil(id(-0.4)), floor(N)]},
     {bit_syntax, [<<N/float>>, <<N:32/float>>, <<N:16/float>>, <<N/float-little>>]},
     {matched, [sign(F) || <<F/float>> <= <<0:64, 128, 0:56, 128, 0:56>>]},
     {matched_32, [sign(F) || <<F:32/float>> <= <<0:32, 128, 0:24>>]},
     {in_lists, {lists:member(0, [N]), lists:keyfind(0, 1, [{N}]) =:= false}},
     {min_max, [sign(X) || X <- [min(N, P), min(P, N), max(N, P), max(P, N)]]},
     {parsed, [sign(list_to_float(L)) || L <- ["-0.0", "+0.0", "-0.0e10", "-1.0e-400"]]},
     {math, [sign(X) || X <- [math:sin(N), math:sqrt(N), math:atan2(N, P), math:floor(N), math:ceil(id(-0.5)), math:fmod(id(-4.0), id(2.0))]]},
     {copied, begin S = self(), spawn(fun() -> S ! {zero, N} end), receive {zero, Z} -> sign(Z) end end}].

sign(F) when is_float(F) -> <<S:1, _/bits>> = <<F/float>>, case S of 1 -> {minus, F == 0}; 0 -> {plus, F == 0} end.

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
