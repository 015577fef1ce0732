%% unicode:characters_to_binary/2, characters_to_list/2 and bin_is_7bit/1: what is converted, and the rest that is not.
-module(unicode_data).
-export([start/0, id/1]).

start() ->
    plain([{both, [{both(L, unicode), both(L, latin1)} || L <- data()]},
     {utf8_is_unicode, [L || L <- data(), both(L, utf8) =/= both(L, unicode)]},
     {plain, [unicode:bin_is_7bit(id(B)) || B <- [<<>>, <<"abc">>, <<"abc", 200>>, <<1:1>>, "a", [<<"a">>]]]},
     {long, long(id(3000))},
     {long_error, long_error(id(100000))},
     {unaligned, unaligned(id(<<0:3, "h", 195, 165, 0:5>>))},
     {errors, [caught(fun() -> unicode:characters_to_list(id(A), E) end) || {A, E} <- [{a, unicode}, {[a], utf8}]]}]).

%% Without binaries and lists that would be printed as text.
plain(B) when is_bitstring(B) -> {bits, [-1 | bitstring_to_list(B)]};
plain([C | T]) when is_integer(C), C >= 0 -> [-1, C | plain(T)];
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(X) -> X.

both(L, Encoding) ->
    {caught(fun() -> unicode:characters_to_binary(L, Encoding) end), caught(fun() -> unicode:characters_to_list(L, Encoding) end)}.

data() ->
    [id([97 | <<98>>]), <<255>>, ["abc", <<255>>, "x"], ["abc", ["de", <<98, 255, 99>>, "f"], "x" | <<"t">>],
     %% Characters that begin in one binary and end in another.
     [<<16#C3>>, <<16#A5>>], [<<16#C3>>, 16#A5], <<16#C3>>, ["a", <<16#E2, 16#82>>], ["a", <<16#E2, 16#82>>, "b"],
     ["a", [<<16#E2, 16#82>>], <<"b">>], [<<16#E2>>, <<16#82>>, <<16#AC>>], [<<16#E2>>, [<<16#82>>], <<16#AC>>, "z"], [<<16#E2>>, [], <<16#82>>],
     [<<16#E2>>, [], <<16#82>> | <<16#AC>>], [<<16#C3>> | <<16#A5>>], [<<16#E2>>, <<255>>], ["q", <<16#E2>>, <<16#82, 255>>, "r"],
     ["q", <<226>>, <<255>>, "r"], ["q", <<226>>, <<255>>, <<97>>], ["q", [<<226>> | <<255>>], <<97>>], ["q", [<<226>> | <<>>] | <<97, 98>>],
     [<<"ab", 226>> | <<255>>],
     %% Nesting of what is left.
     [[[[<<97, 255>>]]], [[]], "b"], [<<97, 255>> | <<98>>], ["a" | <<255>>], ["a" | [[255, [16#D801]] | []]], ["x", ["y", [<<"z">>, [300]]], "w"],
     %% No characters.
     [-1], [16#110000], ["ab", [16#D800], "c"], [1 bsl 70], <<16#ED, 16#A0, 16#80>>, <<16#F4, 16#90, 16#80, 16#80>>, <<16#C0, 16#80>>, <<128>>,
     <<16#E2, 16#41>>, <<16#F0, 16#90, 16#41>>, <<16#F8, 16#80, 16#80, 16#80>>,
     %% Begun, whatever would come of it.
     <<16#E0, 16#80>>, <<16#ED, 16#A0>>, <<16#F0, 16#80>>, <<16#F4, 16#90>>, <<16#C0>>, <<16#F5>>, <<16#F0, 16#9F>>,
     %% Edges.
     [16#10FFFF], [16#FFFE], [256], [255], [127, 128, 2047, 2048, 65535, 65536], ["abc", [], "", <<>>], [], <<>>,
     %% Wrong arguments, wherever they are.
     [a], <<1:4>>, [<<1:4>>], ["a" | b], a, [1.0], [[[a]]], [$a, [$b, a]], [<<255>>, a], [[<<255>>], b], [<<16#C3>> | a], [<<16#C3>>, a], [<<16#C3>>, -1]].

long(N) ->
    Deep = nested(N, <<"å"/utf8>>),
    Flat = unicode:characters_to_list(Deep, utf8),
    Binary = unicode:characters_to_binary(Flat, utf8),
    {length(Flat), [C || C <- Flat, C =/= $å], byte_size(Binary), Binary =:= binary:copy(<<"å"/utf8>>, N), unicode:characters_to_list(Binary, latin1) =:= binary_to_list(Binary)}.

long_error(N) ->
    {error, Done, Rest} = unicode:characters_to_binary([binary:copy(<<"å"/utf8>>, N), [<<"b">>, 16#D800], "c"], unicode),
    {byte_size(Done), Rest}.

nested(N, X) when N =< 0 -> [X];
nested(N, X) when N rem 3 =:= 0 -> [nested(N - 1, X)];
nested(N, X) when N rem 3 =:= 1 -> [X, $å, X | nested(N - 2, X)];
nested(N, X) -> [X | nested(N - 1, X)].

unaligned(<<_:3, B:3/binary, _/bits>>) ->
    {unicode:characters_to_list(B, utf8), unicode:characters_to_list([B, B], latin1), unicode:bin_is_7bit(B)}.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
