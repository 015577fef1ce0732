%% string, unicode and io_lib over code points, grapheme clusters and invalid input.
-module(strings_unicode).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    S = [$a, 16#E9, 16#20AC, 16#1F600, $e, 16#301],
    [{length, [string:length(X) || X <- [S, "", <<"abc">>, "\r\n", [16#1F468, 16#200D, 16#1F469]]]},
     {reverse, [string:reverse(X) || X <- ["abc", S, <<"xy">>]]},
     {slice, [string:slice(S, N, M) || {N, M} <- [{0, 2}, {3, 2}, {4, 5}, {9, 1}]]},
     {case_, [string:uppercase(S), string:lowercase("ÀÉ"), string:titlecase("straße"), string:casefold("ẞ"), string:uppercase("ß")]},
     {equal, [string:equal("é", [$e, 16#301], false, F) || F <- [none, nfc, nfd]] ++ [string:equal("AB", "ab", true)]},
     {trim, [string:trim(X, D) || X <- ["  a b ", "\t\n"], D <- [leading, trailing, both]]},
     {split, [string:split("a,b,,c", ",", W) || W <- [leading, trailing, all]]},
     {lexemes, [string:lexemes("a b  c", " "), string:lexemes("a\r\nb", [[$\r, $\n]])]},
     {find, [string:find("hello", X) || X <- ["l", "lo", "x", ""]] ++ [string:find("hello", "l", trailing), string:prefix("hello", "he"), string:prefix("hello", "x")]},
     {pad, [lists:flatten(string:pad("ab", 5, W, $*)) || W <- [leading, trailing, both]]},
     {numbers, [string:to_integer(X) || X <- ["12x", "-5", "x", "", "+7 "]] ++ [string:to_float(X) || X <- ["1.5e3x", "1.5", "1", "x"]]},
     {normalize, [unicode:characters_to_nfc_list([$e, 16#301]), unicode:characters_to_nfd_list([16#E9]), unicode:characters_to_nfkc_list([16#FB01]), unicode:characters_to_nfkd_list([16#FB01])]},
     {format, [lists:flatten(io_lib:format(F, A)) || {F, A} <- [{"~p ~w", [[1, 2], "ab"]}, {"~5.2f|~e", [3.14159, 2.5]}, {"~10s|~-5s|", ["right", "l"]}, {"~.16b ~.2# ~c", [255, 5, $x]}, {"~ts", [[16#20AC]]}, {"~*c", [3, $z]}, {"~p", [#{a => 1}]}, {"~0p", [{a, "str", <<"bin">>}]}, {"~P", [lists:seq(1, 20), 5]}]]},
     {format_errors, [caught(fun() -> lists:flatten(io_lib:format(F, A)) end) || {F, A} <- [{"~p", []}, {"~z", [1]}, {"~d", [x]}]]},
     {to_graphemes, [string:to_graphemes(X) || X <- [S, "a\r\nb"]]},
     {next, [string:next_grapheme("ab"), string:next_codepoint(<<"é"/utf8>>), string:next_grapheme("")]}].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
