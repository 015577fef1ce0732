%% Every type of segment at every offset within a byte: written, read back, and read from the same bits in other ways.
-module(bits_fields).
-export([start/0, id/1]).

start() ->
    [{integers, [integers(Pad, id(N)) || Pad <- [0, 1, 3, 7, 8, 13], N <- [0, 1, -1, 16#123456789ABCDEF0, -16#8000000000000000, 1 bsl 63, (1 bsl 64) - 1]]},
     {sizes, [sized(Pad, Size) || Pad <- [0, 3, 8], Size <- [0, 1, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 48, 56, 59, 60, 61, 63, 64, 65, 127, 128, 200]]},
     {within_byte, [within(B) || B <- [0, 16#5A, 16#FF]]},
     {floats, [floats(Pad, id(F)) || Pad <- [0, 5], F <- [0.0, -0.0, 1.0, -2.5, 65504.0, 6.0e-8, 7]]},
     {float_refused, [caught(fun() -> <<(id(F)):S/float>> end) || {F, S} <- [{1.0e5, 16}, {1.0e39, 32}, {1.0, 24}, {1 bsl 2000, 64}, {a, 64}, {1.0, 0}]]},
     {not_finite, [read_float(B) || B <- [<<16#7C00:16>>, <<16#7F800000:32>>, <<16#7FF0000000000000:64>>, <<16#FFF8000000000000:64>>, <<1:16>>, <<1:32>>, <<1:64>>]]},
     {characters, [characters(Pad, id(C)) || Pad <- [0, 4], C <- [0, 16#7F, 16#80, 16#7FF, 16#800, 16#D7FF, 16#E000, 16#FFFD, 16#FFFF, 16#10000, 16#10FFFF]]},
     {characters_refused, [caught(fun() -> make(T, id(C)) end) || T <- [utf8, utf16, utf32], C <- [-1, 16#D800, 16#DFFF, 16#110000, 1 bsl 70, a]]},
     {bad_text, [{text8(B), text16(B), text16l(B), text32(B)} || B <- [<<>>, <<16#C2>>, <<16#E0, 16#80, 16#80>>, <<16#D8, 0>>, <<16#D8, 0, 16#DC, 0>>, <<0, 16#D8, 0, 16#DC>>, <<0, 17, 0, 0>>, <<0, 0, 16#D8, 0>>, <<255, 254>>, <<"abcd">>, <<1:3>>]]},
     {skip_text, [skips(B) || B <- [<<16#20AC/utf8, 1>>, <<16#1F600/utf16, 1>>, <<65/utf32, 1>>, <<16#80>>]]},
     {strings, [string(B) || B <- [<<"GET /">>, <<"GET">>, <<"POST a long literal">>, <<"POST a long literal.">>, <<"POST a long litera">>, <<1:1, "GET ">>, <<>>]]},
     {dynamic, [dynamic(id(N), <<1, 2, 3, 4, 5, 6, 7, 8, 9:4>>) || N <- [0, 1, 3, 8, 9, -1, a, 1.0, 1 bsl 70, -(1 bsl 70)]]},
     {units, [unit(B) || B <- [<<>>, <<1>>, <<1, 2, 3>>, <<1, 2, 3, 4:4>>, <<1:12>>, <<7:24>>]]},
     {sizes_from_data, nested(<<2, 10, 20, 3, 1, 2, 3, 0, 1, 9>>)},
     {odd_tail, [tail(N, <<16#DEADBEEF:32, 5:3>>) || N <- [0, 1, 7, 8, 9, 31, 35, 36]]},
     {long, long(binary:copy(<<1, 2, 3, 4, 5>>, 60))},
     {unaligned_long, long_bits(<<1:3, (binary:copy(<<1, 2, 3, 4, 5>>, 60))/binary>>)}].

integers(Pad, N) ->
    B = <<0:Pad, N:64, N:64/little, N:32, N:16/little, N:24, 1:1>>,
    <<_:Pad, A:64, L:64/little-signed, S:32/signed, C:16/little, D:24/signed, _/bitstring>> = B,
    <<_:Pad, X:64/signed, Y:64/little, Z:32/unsigned-little, _/bitstring>> = B,
    {A, L, S, C, D, X, Y, Z}.

sized(Pad, Size) ->
    N = 16#F0E1D2C3B4A5968778695A4B3C2D1E0F123456789ABCDEF0AA55,
    B = <<-1:Pad, N:Size, N:Size/little, (-N):Size, -1:3>>,
    <<_:Pad, A:Size, L:Size/little, S:Size/signed, _:3>> = B,
    <<_:Pad, SA:Size/signed, SL:Size/little-signed, _/bits>> = B,
    {A, L, S, SA, SL}.

within(B) ->
    <<A:1, C:2, D:5>> = <<(id(B))>>,
    <<E:4/signed, F:4/little, G:3/signed-little, _:5>> = <<(id(B)), (id(B))>>,
    <<_:5, H:7, _/bits>> = <<(id(B)), (id(B))>>,
    {A, C, D, E, F, G, H}.

floats(Pad, F) ->
    B = <<0:Pad, F:16/float, F:32/float-little, F:64/float, F:64/float-little>>,
    <<_:Pad, A:16/float, C:32/float-little, D:64/float, E:64/float-little>> = B,
    <<_:Pad, Bits/bits>> = B,
    {A, C, D, E, erlang:phash2(<<0:5, Bits/bits, 0:3>>)}.

read_float(B) ->
    S = bit_size(B),
    case B of
        <<F:S/float>> -> F;
        _ -> none
    end.

characters(Pad, C) ->
    B = <<0:Pad, C/utf8, C/utf16, C/utf16-little, C/utf32, C/utf32-little, 3:2>>,
    <<_:Pad, X/utf8, Y/utf16, Z/utf16-little, U/utf32, V/utf32-little, 3:2>> = B,
    {bit_size(B), X, Y, Z, U, V}.

make(utf8, C) -> <<C/utf8>>;
make(utf16, C) -> <<C/utf16>>;
make(utf32, C) -> <<C/utf32>>.

text8(<<C/utf8, R/bits>>) -> {C, bit_size(R)};
text8(_) -> none.
text16(<<C/utf16, R/bits>>) -> {C, bit_size(R)};
text16(_) -> none.
text16l(<<C/utf16-little, R/bits>>) -> {C, bit_size(R)};
text16l(_) -> none.
text32(<<C/utf32, R/bits>>) -> {C, bit_size(R)};
text32(_) -> none.

skips(<<_/utf8, 1>>) -> utf8;
skips(<<_/utf16, 1>>) -> utf16;
skips(<<_/utf32, 1>>) -> utf32;
skips(_) -> none.

string(<<"GET ", R/bits>>) -> {get, bit_size(R)};
string(<<"POST a long literal", R/bits>>) -> {post, bit_size(R)};
string(<<1:1, "GET ", _/bits>>) -> shifted;
string(_) -> other.

dynamic(N, B) ->
    Bin = case B of <<X:N/binary, R/bits>> -> {X, bit_size(R)}; _ -> no end,
    Bits = case B of <<Y:N/bits, _/bits>> -> Y; _ -> no end,
    Int = case B of <<Z:N, _/bits>> -> Z; _ -> no end,
    Unit = case B of <<_:N/unit:3, W:2, _/bits>> -> W; _ -> no end,
    {Bin, Bits, Int, Unit}.

unit(<<_:8, R/binary>>) -> {binary, byte_size(R)};
unit(<<_:4, R/binary-unit:3>>) -> {three, bit_size(R)};
unit(<<R/binary-unit:12>>) -> {twelve, bit_size(R)};
unit(B) -> {other, bit_size(B)}.

nested(<<N, Body:N/binary, R/binary>>) -> [{sum(Body, 0), byte_size(R)} | nested(R)];
nested(R) -> R.

sum(<<X, R/binary>>, A) -> sum(R, A + X);
sum(<<>>, A) -> A.

tail(N, B) ->
    case B of
        <<_:N, R/bitstring>> -> {R, bit_size(R)};
        _ -> none
    end.

long(B) -> {sum(B, 0), words(B, 0), three(B, []), byte_size(last(B, 10))}.

words(<<A:32, B:16/little, R/binary>>, Acc) -> words(R, (Acc * 31 + A + B) band 16#FFFFFFFF);
words(R, Acc) -> {byte_size(R), Acc}.

three(<<A:24/signed-little, _:8, R/binary>>, Acc) when A > 0 -> three(R, [A | Acc]);
three(R, Acc) -> {byte_size(R), length(Acc), lists:sum(Acc)}.

last(B, N) when byte_size(B) =< N -> B;
last(<<_, R/binary>>, N) -> last(R, N).

long_bits(<<_:3, B/bits>>) -> {bits(B, 0), sum_bits(B, 0)}.

bits(<<1:1, R/bits>>, N) -> bits(R, N + 1);
bits(<<0:1, R/bits>>, N) -> bits(R, N);
bits(<<>>, N) -> N.

sum_bits(<<X:11, R/bits>>, A) -> sum_bits(R, A + X);
sum_bits(R, A) -> {A, R}.

id(X) -> X.

caught(F) ->
    try F() catch C:R -> {C, R} end.
