%% UTF-8, UTF-16 and UTF-32 segments: code points at the edges of every length, invalid input of every kind, building
%% from what is no code point.
-module(bits_unicode).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Points = [0, 16#7F, 16#80, 16#7FF, 16#800, 16#D7FF, 16#E000, 16#FFFD, 16#FFFF, 16#10000, 16#10FFFF],
    [{utf8, [<<P/utf8>> || P <- Points]},
     {utf16, [{<<P/utf16>>, <<P/utf16-little>>} || P <- Points]},
     {utf32, [{<<P/utf32>>, <<P/utf32-little>>} || P <- Points]},
     {round_trip, [P || P <- Points, back(P) =/= {P, P, P, P, P}]},
     {no_code_points, [caught(fun() -> <<(id(P))/utf8>> end) || P <- [-1, 16#D800, 16#DFFF, 16#110000, 1 bsl 70, a, 1.0]]},
     {no_code_points_16, [caught(fun() -> <<1, (id(P))/utf16-little>> end) || P <- [-1, 16#D800, 16#DFFF, 16#110000, 1 bsl 70, []]]},
     {no_code_points_32, [caught(fun() -> <<(id(P))/utf32>> end) || P <- [-1, 16#D800, 16#DFFF, 16#110000, 1 bsl 70, []]]},
     {invalid_8, [first8(B) || B <- [<<16#80>>, <<16#BF>>, <<16#C0, 16#80>>, <<16#C1, 16#BF>>, <<16#C2>>, <<16#C2, 16#C2>>, <<16#E0, 16#9F, 16#BF>>, <<16#E0, 16#A0>>, <<16#ED, 16#A0, 16#80>>,
                                     <<16#F0, 16#8F, 16#BF, 16#BF>>, <<16#F4, 16#90, 16#80, 16#80>>, <<16#F5, 16#80, 16#80, 16#80>>, <<16#F8, 16#88, 16#80, 16#80, 16#80>>, <<16#FF>>, <<16#E1, 16#80>>, <<1:7>>, <<>>]]},
     {valid_8, [first8(B) || B <- [<<"a">>, <<16#C2, 16#80, 1>>, <<16#E0, 16#A0, 16#80>>, <<16#F0, 16#90, 16#80, 16#80, 0:3>>, <<16#F4, 16#8F, 16#BF, 16#BF>>]]},
     {invalid_16, [first16(B) || B <- [<<16#D800:16>>, <<16#DC00:16>>, <<16#D800:16, 16#D800:16>>, <<16#D800:16, $a:16>>, <<16#DC00:16, 16#D800:16>>, <<1>>, <<>>, <<16#D800:16, 16#DC:8>>]]},
     {valid_16, [first16(B) || B <- [<<0, 1>>, <<16#D800:16, 16#DC00:16>>, <<16#DBFF:16, 16#DFFF:16, 5>>, <<16#FFFF:16>>, <<16#E000:16>>]]},
     {invalid_32, [first32(B) || B <- [<<16#D800:32>>, <<16#DFFF:32>>, <<16#110000:32>>, <<-1:32>>, <<0:24>>, <<>>]]},
     {unaligned, [begin <<_:N, P/utf8, Q/utf16, R/utf32, _/bits>> = <<0:N, 16#20AC/utf8, 16#1F600/utf16, 16#E9/utf32, 0:3>>, {P, Q, R} end || N <- [0, 1, 4, 7, 9]]},
     {skip, [case B of <<_/utf8, _/utf8, X/bits>> -> X; _ -> none end || B <- [<<"abc">>, <<16#20AC/utf8, 16#E9/utf8, 7>>, <<16#E9/utf8, 200>>, <<"a">>]]},
     {literals, [<<"h\x{e9}\x{20ac}"/utf8>>, <<"h\x{1f600}"/utf16>>, <<"z"/utf32-little>>]},
     {literal_match, [case B of <<"h\x{e9}"/utf8, R/binary>> -> {yes, R}; _ -> no end || B <- [<<$h, 195, 169, 1>>, <<$h, 195>>, <<$h, 233>>]]},
     {counted, [count(<< <<P/utf8>> || P <- seq(16#7F0, 16#810) >>, 0)]},
     {transcoded, [begin B = << <<P/utf16-little>> || <<P/utf8>> <= <<"a\x{e9}\x{20ac}\x{1f600}"/utf8>> >>, << <<P/utf8>> || <<P/utf16-little>> <= B >> end]},
     {stops_at_invalid, [[P || <<P/utf8>> <= <<"ab", 255, "cd">>], [P || <<P/utf16>> <= <<0, $a, 16#D8, 0, 0, $b>>]]}].

back(P) ->
    <<A/utf8>> = <<P/utf8>>, <<B/utf16>> = <<P/utf16>>, <<C/utf16-little>> = <<P/utf16-little>>, <<D/utf32>> = <<P/utf32>>, <<E/utf32-little>> = <<P/utf32-little>>,
    {A, B, C, D, E}.

first8(<<P/utf8, R/bits>>) -> {P, R};
first8(<<X, _/bits>>) -> {invalid, X};
first8(_) -> short.

first16(<<P/utf16, R/bits>>) -> {P, R};
first16(<<X:16, _/bits>>) -> {invalid, X};
first16(_) -> short.

first32(<<P/utf32, R/bits>>) -> {P, R};
first32(<<X:32, _/bits>>) -> {invalid, X};
first32(_) -> short.

count(<<_/utf8, R/binary>>, N) -> count(R, N + 1);
count(R, N) -> {N, R}.

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
