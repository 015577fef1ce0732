%% Every segment type with every endianness and sizes that are no whole bytes, built and matched back at several
%% offsets.
-module(bits_all_types).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{integers, [{S, E, build_ints(S, E)} || S <- [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 59, 60, 63, 64, 65, 70, 128], E <- [big, little, native]]},
     {negative, [[<<V:S/big>>, <<V:S/little>>] || V <- [id(-1), id(-2), id(-300), id(-(1 bsl 65))], S <- [id(5), id(12), id(24), id(70)]]},
     {signed_back, [[begin <<X:S/signed-big>> = <<V:S/big>>, X end, begin <<Y:S/signed-little>> = <<V:S/little>>, Y end] || S <- [5, 12, 24, 63, 64, 65], V <- [-1, -3, 9]]},
     {offsets, [offset(id(O)) || O <- seq(0, 16)]},
     {sub_bits, [sub(id(O), id(N)) || O <- [0, 1, 5, 8, 11], N <- [0, 1, 7, 8, 13, 24]]},
     {units, [units(id(N)) || N <- [0, 1, 2, 5]]},
     {float_sizes, [floats(id(F)) || F <- [0.0, 1.0, -2.5, 0.1, 65504.0, 1.0e-7, 3.4028234663852886e38]]},
     {float_little, [<<F:64/float-little>> =:= reversed(<<F/float>>) || F <- [1.5, -0.1, 1.0e300]]},
     {float_from_integer, [<<(id(N)):S/float>> || N <- [0, 1, -3, 1 bsl 60], S <- [16, 32, 64]]},
     {unaligned_float, [begin <<_:O, F:64/float, _/bits>> = <<0:O, 2.75:64/float, 1:3>>, F end || O <- [0, 1, 4, 7, 9]]},
     {constant_fields, [constants(B) || B <- [<<1, 2:4, 3:12, 255, 4:8>>, <<1, 2:4, 3:12, 255, 5:8>>, <<1, 2:4, 3:12, 254, 4:8>>, <<1>>, <<>>]]},
     {string_segments, [case B of <<"ab", X, "cd"/utf16>> -> {x, X}; <<$a:16/little, $b:16/little, X>> -> {little, X}; _ -> no end || B <- [<<"ab", 7, 0, "c", 0, "d">>, <<$a, 0, $b, 0, 9>>, <<"ab">>]]},
     {size_from_field, [sized(B) || B <- [<<3, 5:3, 0:5>>, <<16, 1, 2>>, <<0>>, <<9, 1>>, <<200, 0:200>>]]}].

build_ints(S, E) ->
    V = 16#0123456789ABCDEF0123456789ABCDEF,
    B = case E of big -> <<V:S/big>>; little -> <<V:S/little>>; native -> <<V:S/native>> end,
    X = case E of big -> <<Y:S/big>> = B, Y; little -> <<Y:S/little>> = B, Y; native -> <<Y:S/native>> = B, Y end,
    {B, X, X =:= V band ((1 bsl S) - 1)}.

offset(O) ->
    B = <<0:O, 16#ABCDEF0123456789:64, 16#1234:16/little, -5:7, 1:1>>,
    <<0:O, A:64, C:16/little, D:7/signed, R/bits>> = B,
    <<_:O, E:12, F:4/unit:5, G:10/binary, _/bits>> = <<B/bits, 0:80>>,
    {A =:= 16#ABCDEF0123456789, C, D, R, E, F, G}.

sub(O, N) ->
    B = <<16#F0E1D2C3B4A59687:64>>,
    <<_:O, S:N/bits, R/bits>> = B,
    {S, bit_size(R), <<S/bits, 1:1>>, <<2#101:3, S/bits>>}.

units(N) ->
    B = <<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>>,
    <<A:N/unit:4, C:N/binary-unit:8, D:N/binary-unit:3, R/bits>> = B,
    {A, C, D, bit_size(R)}.

floats(F) ->
    [catch_build(fun() -> <<F:S/float>> end) || S <- [16, 32, 64]] ++
        [begin <<G:S/float-little>> = <<F:S/float-little>>, G end || S <- [32, 64]].

catch_build(F) -> try F() of <<X:16/float>> = B -> {B, X}; <<X:32/float>> = B -> {B, X}; <<X:64/float>> = B -> {B, X}; B -> {infinite, B} catch C:R -> {C, R} end.

reversed(<<X:64/little>>) -> <<X:64/big>>.

constants(<<1, 2:4, 3:12, 255, 4:8>>) -> exact;
constants(<<1, 2:4, X:12, 255, _/bits>>) -> {x, X};
constants(<<1, X:20, R/bits>>) -> {twenty, X, R};
constants(<<1, R/bits>>) -> {rest, R};
constants(B) -> {other, B}.

sized(<<N, X:N, _/bits>>) when N =< 64 -> {N, X};
sized(<<N, X:N/signed-little>>) -> {little, X};
sized(<<N, R/bits>>) -> {short, N, bit_size(R)}.

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
