%% Matching parts out of binaries, rests, nested matches, appending in loops, binary comprehensions.
-module(bits_binaries).
-export([start/0, id/1]).

start() ->
    B = id(<<1, 2, 3, 4, 5, 6, 7, 8, 9, 10>>),
    [{parts, begin <<X:3/binary, Y:2/binary, Z/binary>> = B, {X, Y, Z} end},
     {bit_parts, begin <<X1:3/bitstring, Y1:11/bitstring, Z1/bitstring>> = B, {X1, Y1, bit_size(Z1)} end},
     {rest_must_be_bytes, [case V of <<_:4, R/binary>> -> R; <<_:4, R/bitstring>> -> {bits, R} end || V <- [<<1:4, 7>>, <<1, 2>>]]},
     {append, append(id(1000), <<>>)},
     {append_bits, bit_size(append_bits(id(100), <<>>))},
     {append_shared, shared(id(<<1, 2, 3>>))},
     {prepend, binary_to_list(prepend(id(5), <<>>))},
     {build_parts, <<(id(<<1, 2>>))/binary, 3, (id(<<4, 5, 6>>)):2/binary, (id(<<7:3>>))/bitstring, 0:5>>},
     {comprehension, << <<(X2 * 2)>> || <<X2>> <= B >>},
     {filtered, << <<X3>> || <<X3>> <= B, X3 rem 2 =:= 0 >>},
     {from_list, << <<X4:16>> || X4 <- [1, 2, 300] >>},
     {to_list, [X5 || <<X5:16, _:8>> <= B]},
     {bit_comprehension, << <<X6:1>> || X6 <- [1, 0, 1, 1, 0, 0, 1, 0, 1, 1] >>},
     {pairs, << <<Y7, X7>> || <<X7, Y7>> <= B >>},
     {stops_at_mismatch, [X8 || <<1:1, X8:7>> <= id(<<129, 130, 3, 132>>)]},
     {split_lines, split(id(<<1, 2, 0, 3, 0, 0, 4>>), <<>>, [])},
     {nested, nested(id(<<2, 10, 20, 3, 1, 2, 3>>))},
     {kept_context, kept(B, 0)},
     {reverse, reverse(B, <<>>)},
     {over_call, over_call(B)},
     {floats, begin <<F:64/float, G:32/float, H:64/float-little>> = id(<<1.5:64/float, 0.25:32/float, -2.0:64/float-little>>), {F, G, H} end},
     {half_float, begin <<I:16/float>> = id(<<1.5:16/float>>), I end},
     {not_a_float, case id(<<255, 255, 255, 255, 255, 255, 255, 255>>) of <<J:64/float>> -> J; _ -> no_match end},
     {float_bytes, binary_to_list(<<(id(3)):64/float>>)},
     {utf8, begin <<K/utf8, L/utf8, M/utf8, _/binary>> = id(<<"a", 16#E9/utf8, 16#20AC/utf8, 16#1F600/utf8>>), {K, L, M} end},
     {utf8_bytes, [binary_to_list(<<C/utf8, 0>>) || C <- [16#7F, 16#80, 16#7FF, 16#800, 16#FFFF, 16#10000, 16#10FFFF]]},
     {utf8_bad, [case id(V) of <<_/utf8, _/binary>> -> good; _ -> bad end || V <- [<<16#C0, 16#80>>, <<16#ED, 16#A0, 16#80>>, <<16#E2, 16#82>>, <<16#F4, 16#90, 16#80, 16#80>>, <<128>>]]},
     {utf16_32, {binary_to_list(<<16#1F600/utf16>>), binary_to_list(<<16#20AC/utf32-little>>), begin <<N/utf16>> = id(<<16#D83D:16, 16#DE00:16>>), N end}},
     {errors, [caught(F) || F <- [fun() -> <<(id(a))/binary>> end, fun() -> <<(id(<<1:3>>))/binary>> end,
                                  fun() -> <<(id(16#D800))/utf8>> end, fun() -> <<(id(<<1>>)):2/binary>> end,
                                  fun() -> <<_:3/binary>> = id(<<1, 2>>), ok end, fun() -> << <<X9>> || <<X9>> <= id(a) >> end]]}].

append(0, Acc) -> {byte_size(Acc), erlang:phash2(Acc)};
append(N, Acc) -> append(N - 1, <<Acc/binary, N>>).

append_bits(0, Acc) -> Acc;
append_bits(N, Acc) -> append_bits(N - 1, <<Acc/bitstring, N:3>>).

%% Appending twice to the same binary gives two different results, and the first one stays as it was.
shared(B) ->
    C = <<B/binary, 10>>,
    D = <<C/binary, 11>>,
    E = <<C/binary, 12>>,
    {B, C, D, E}.

prepend(0, Acc) -> Acc;
prepend(N, Acc) -> prepend(N - 1, <<N, Acc/binary>>).

split(<<0, Rest/binary>>, Line, Acc) -> split(Rest, <<>>, [Line | Acc]);
split(<<C, Rest/binary>>, Line, Acc) -> split(Rest, <<Line/binary, C>>, Acc);
split(<<>>, Line, Acc) -> lists:reverse([Line | Acc]).

nested(<<N, Body:N/binary, Rest/binary>>) -> [sum(Body, 0) | nested(Rest)];
nested(<<>>) -> [].

sum(<<X, Rest/binary>>, Acc) -> sum(Rest, Acc + X);
sum(<<>>, Acc) -> Acc.

kept(<<X, Rest/binary>> = All, Sum) when X < 8 -> kept(Rest, Sum + byte_size(All));
kept(Rest, Sum) -> {Sum, byte_size(Rest)}.

reverse(<<X, Rest/binary>>, Acc) -> reverse(Rest, <<X, Acc/binary>>);
reverse(<<>>, Acc) -> Acc.

over_call(<<A, B, Rest/binary>>) ->
    C = id({A, B}),
    <<D, Rest2/binary>> = Rest,
    E = id([C, D]),
    <<F:16, _/binary>> = Rest2,
    {E, F}.

caught(F) -> try F() of V -> {value, V} catch C:R -> {C, R} end.

id(X) -> X.
