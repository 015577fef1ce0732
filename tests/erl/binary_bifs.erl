%% The BIFs of binary: match and matches with scopes, part, first, last, copy, decode and encode, longest common prefix
%% and suffix, compiled patterns, errors.
-module(binary_bifs).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = <<"abcabcabc">>,
    [{match, [binary:match(B, id(P)) || P <- [<<"a">>, <<"bc">>, <<"x">>, [<<"c">>, <<"b">>], [<<"abc">>, <<"ab">>], <<"abcabcabc">>, <<"abcabcabcd">>]]},
     {match_scope, [caught(fun() -> binary:match(B, <<"b">>, [{scope, id(S)}]) end) || S <- [{0, 9}, {2, 3}, {2, 2}, {9, 0}, {9, -9}, {5, -3}, {0, 10}, {-1, 3}, {10, 0}, a, {0, a}]]},
     {matches, [binary:matches(B, id(P)) || P <- [<<"a">>, <<"abc">>, <<"ca">>, [<<"a">>, <<"c">>], [<<"abca">>, <<"bc">>], <<"z">>]]},
     {matches_overlap, [binary:matches(<<"aaaaa">>, id(P)) || P <- [<<"aa">>, <<"a">>, [<<"a">>, <<"aaa">>], <<"aaaaaa">>]]},
     {matches_scope, [binary:matches(B, <<"bc">>, [{scope, id(S)}]) || S <- [{0, 9}, {3, 5}, {9, -5}]]},
     {match_errors, [caught(fun() -> binary:match(id(X), id(P)) end) || {X, P} <- [{a, <<"a">>}, {<<1:1>>, <<"a">>}, {B, <<>>}, {B, []}, {B, [<<>>]}, {B, a}, {B, [<<"a">> | b]}, {B, <<1:1>>}]]},
     {compiled, (fun() -> C = binary:compile_pattern([<<"b">>, <<"c">>]), D = binary:compile_pattern(<<"ab">>), {binary:match(B, C), binary:matches(B, D), binary:match(<<"zzz">>, D)} end)()},
     {first_last, [caught(fun() -> {binary:first(id(X)), binary:last(id(X))} end) || X <- [B, <<1>>, <<>>, a, <<1:1>>]]},
     {at, [caught(fun() -> binary:at(id(X), id(N)) end) || {X, N} <- [{B, 0}, {B, 8}, {B, 9}, {B, -1}, {B, a}, {<<1:9>>, 0}, {<<>>, 0}]]},
     {part, [caught(fun() -> binary:part(B, id(P)) end) || P <- [{0, 3}, {9, -3}, {3, 0}, {0, 10}, {10, 0}, a, {a, 1}, {-1, 1}]]},
     {copy, [caught(fun() -> binary:copy(id(X), id(N)) end) || {X, N} <- [{<<"ab">>, 3}, {<<"ab">>, 0}, {<<>>, 5}, {<<"ab">>, -1}, {<<1:1>>, 2}, {a, 1}, {<<"ab">>, a}]]},
     {decode, [caught(fun() -> binary:decode_unsigned(id(X), E) end) || X <- [<<>>, <<0>>, <<1, 2>>, <<255, 255, 255, 255, 255, 255, 255, 255, 255>>, <<0, 0, 5>>, <<1:1>>, a], E <- [big, little]]},
     {encode, [caught(fun() -> binary:encode_unsigned(id(N), E) end) || N <- [0, 1, 255, 256, 1 bsl 64, (1 bsl 59) + 3, -1, a], E <- [big, little]]},
     {round_trip, [N || N <- [1 bsl K || K <- seq(0, 140)], E <- [big, little], binary:decode_unsigned(binary:encode_unsigned(N, E), E) =/= N]},
     {bin_to_list, [caught(fun() -> binary:bin_to_list(B, id(P), id(L)) end) || {P, L} <- [{0, 2}, {9, -2}, {3, 0}, {8, 2}, {-1, 1}]]},
     {prefix_suffix, [{binary:longest_common_prefix(id(L)), binary:longest_common_suffix(id(L))} || L <- [[B], [B, <<"abx">>], [<<"xc">>, B, <<"c">>], [<<>>, B], [B, B, B]]]},
     {prefix_errors, [caught(fun() -> binary:longest_common_prefix(id(L)) end) || L <- [[], a, [a], [B | a], [<<1:1>>]]]},
     {sub_binary_subject, (fun() -> <<_:3, S:72/bits, _/bits>> = <<0:3, B/bits, 1:5>>, {binary:match(S, <<"ca">>), binary:matches(S, <<"bc">>), binary:part(S, 3, 4), binary:decode_unsigned(S)} end)()},
     {large, (fun() -> L = binary:copy(<<"abcdefghij">>, 300), {length(binary:matches(L, <<"ij">>)), binary:match(L, <<"ja">>), binary:match(L, <<"jb">>), byte_size(binary:copy(L, 3))} end)()},
     {list_to_bin, [caught(fun() -> binary:list_to_bin(id(L)) end) || L <- [[1, [2]], [], [a], x]]}].

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
