%% Matching and building integers of every size, sign, endianness and alignment.
-module(bits_integers).
-export([start/0, id/1]).

start() ->
    B = id(<<16#12, 16#34, 16#56, 16#78, 16#9A, 16#BC, 16#DE, 16#F0, 16#11>>),
    [{bytes, begin <<A:8, C:16, D:24, _/binary>> = B, {A, C, D} end},
     {little, begin <<E:16/little, F:32/little, _/binary>> = B, {E, F} end},
     {signed, begin <<_:32, G:8/signed, H:16/signed, I:16/signed-little>> = B, {G, H, I} end},
     {odd, begin <<J:3, K:5, L:7, M:9, N:13, _/bitstring>> = B, {J, K, L, M, N} end},
     {unaligned, begin <<_:5, O:32, P:20/signed, _/bitstring>> = B, {O, P} end},
     {unaligned_little, begin <<_:3, Q:16/little, R:24/little-signed, _/bitstring>> = B, {Q, R} end},
     {wide, begin <<S:64, _/binary>> = B, <<T:72>> = B, {S, T} end},
     {wide_signed, [begin <<X:64/signed>> = id(<<V:64>>), X end || V <- [-1, 1 bsl 63, (1 bsl 63) - 1, -(1 bsl 63)]]},
     {small_limits, [begin <<X:W/signed>> = id(<<V:W>>), X end || W <- [27, 28, 59, 60, 61], V <- [(1 bsl (W - 1)) - 1, -(1 bsl (W - 1))]]},
     {very_wide, begin <<U:200/little>> = id(<<(1 bsl 190 + 12345):200/little>>), U end},
     {dynamic, [dynamic(B, N) || N <- [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 72, 73]]},
     {dynamic_unit, [unit(B, N) || N <- [0, 1, 4, 5, 9, 10]]},
     {size_from_match, sized(id(<<3, 1, 2, 3, 2, 0, 9, 0>>))},
     {build, [binary_to_list(<<V:16, 0>>) || V <- [0, 1, -1, 65535, 65536, 1 bsl 70]]},
     {build_little, [binary_to_list(<<V:32/little, 0>>) || V <- [1, -2, 16#12345678]]},
     {build_odd, [<<V:3, W:5, 0>> || {V, W} <- [{0, 1}, {4, 31}, {9, 33}]]},
     {build_unaligned, <<1:1, (id(16#ABCD)):16, 0:7>>},
     {build_dynamic, [<<(id(5)):N>> || N <- [0, 1, 3, 4, 12]]},
     {build_big, binary_to_list(<<(id(1 bsl 100 + 255)):128>>)},
     {loop, checksum(big_binary(id(3000)), 0)},
     {words, words(big_binary(id(400)), 0)},
     {nibbles, nibbles(id(<<16#F1, 16#E2>>))},
     {value_match, [kind(X) || X <- [<<1, 2>>, <<1, 3>>, <<2, 0, 5>>, <<3:2>>, <<"GET /">>, <<"PUT /">>, <<>>]]},
     {errors, [caught(F) || F <- [fun() -> <<(id(a)):8>> end, fun() -> <<1:(id(-1))>> end, fun() -> <<(id(1.5)):8>> end,
                                  fun() -> <<_:9>> = id(<<1>>), ok end, fun() -> <<(id(1)):(id(x))>> end]]}].

dynamic(B, N) ->
    case B of
        <<X:N, _/bitstring>> -> X;
        _ -> too_short
    end.

unit(B, N) ->
    case B of
        <<X:N/unit:8, Rest/binary>> -> {X, byte_size(Rest)};
        _ -> too_short
    end.

sized(<<N, X:N/binary, Rest/binary>>) -> [binary_to_list(X) | sized(Rest)];
sized(<<>>) -> [];
sized(Other) -> {rest, Other}.

checksum(<<X:8, Rest/binary>>, Acc) -> checksum(Rest, (Acc * 31 + X) band 16#FFFFFF);
checksum(<<>>, Acc) -> Acc.

words(<<X:32/signed, Rest/binary>>, Acc) -> words(Rest, Acc + X);
words(<<>>, Acc) -> Acc.

nibbles(<<X:4, Rest/bitstring>>) -> [X | nibbles(Rest)];
nibbles(<<>>) -> [].

kind(<<1, 2>>) -> exact;
kind(<<1, X>>) -> {one, X};
kind(<<2, X:16>>) -> {two, X};
kind(<<3:2>>) -> bits;
kind(<<"GET ", Rest/binary>>) -> {get, byte_size(Rest)};
kind(<<>>) -> empty;
kind(B) -> {other, byte_size(B)}.

big_binary(N) -> list_to_binary([I * 7 band 255 || I <- seq(1, N)]).

caught(F) -> try F() of V -> {value, V} catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
