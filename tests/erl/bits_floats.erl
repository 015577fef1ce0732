%% Floats of 16, 32 and 64 bits: what no float is, rounding, overflow, denormals, infinities that do not match.
-module(bits_floats).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{halves, [[F || <<F:16/float>> <= <<H:16>>] || H <- [0, 1, 16#3FF, 16#400, 16#3C00, 16#3C01, 16#7BFF, 16#7C00, 16#7C01, 16#7E00, 16#8000, 16#8001, 16#FBFF, 16#FC00, 16#FFFF]]},
     {singles, [single(<<H:32>>) || H <- [0, 1, 16#7FFFFF, 16#800000, 16#3F800000, 16#3F800001, 16#7F7FFFFF, 16#7F800000, 16#7FC00000, 16#80000001, 16#FF7FFFFF, 16#FF800000]]},
     {doubles, [double(<<H:64>>) || H <- [0, 1, 16#000FFFFFFFFFFFFF, 16#0010000000000000, 16#3FF0000000000001, 16#7FEFFFFFFFFFFFFF, 16#7FF0000000000000, 16#7FF8000000000000, 16#FFEFFFFFFFFFFFFF, 16#FFF0000000000000]]},
     {little, [[F || <<F:32/float-little>> <= <<0, 0, 128, 63, 0, 0, 128, 127>>], [F || <<F:16/float-little>> <= <<0, 60, 1, 60, 0, 124>>]]},
     {to_half, [caught(fun() -> <<(id(F)):16/float>> end) || F <- [65504.0, 65519.0, 65519.9999, 65520.0, -65520.0, 5.0e-8, 2.0e-8, 2.98023223876953125e-8, 2.980232238769531e-8, 1.0009765625, 1.00048828125, 1.00048828126, 0.1]]},
     {to_single, [caught(fun() -> <<(id(F)):32/float>> end) || F <- [3.4028235e38, 3.4028235677973366e38, 3.4028235677973362e38, 1.0e39, -1.0e39, 1.0e-45, 1.0e-46, 16777217.0, 0.1]]},
     {from_integers, [caught(fun() -> <<(id(N)):S/float>> end) || N <- [1, -1, 65504, 65520, (1 bsl 53) + 1, 1 bsl 1024], S <- [16, 32, 64]]},
     {no_float, [caught(fun() -> <<(id(X)):S/float>> end) || X <- [a, [], <<1>>], S <- [16, 64]]},
     {bad_sizes, [caught(fun() -> <<1.0:(id(S))/float>> end) || S <- [0, 1, 8, 24, 33, 63, 65, 128, -16, a, 16.0]]},
     {match_bad_sizes, [no_match(<<1.0/float, 0:64>>, id(S)) || S <- [0, 1, 8, 24, 33, 63, 65, 128]]},
     {units, [begin <<F:N/float-unit:16>> = <<1.5:N/float-unit:16>>, F end || N <- [1, 2, 4]]},
     {skipped_infinite, [F || <<F:64/float>> <= <<1.0/float, 16#7FF0000000000000:64, 2.0/float>>]},
     {clauses, [clause(B) || B <- [<<16#7FF0000000000000:64>>, <<1.0/float>>, <<16#7F800000:32>>, <<1.5:32/float>>, <<16#7C00:16>>, <<0.5:16/float>>, <<7:8>>]]},
     {round_trip_half, length([H || H <- seq(0, 2047), K <- [H * 32 + 5], [F] <- [[F || <<F:16/float>> <= <<K:16>>]], <<F:16/float>> =/= <<K:16>>])},
     {in_expression, [begin <<A/float, B:32/float>> = <<(id(1.5))/float, (id(0.25)):32/float>>, A * B + A / B end]},
     {unaligned, [begin <<_:N, F:32/float, G:16/float, _/bits>> = <<0:N, 1.25:32/float, -2.0:16/float, 0:5>>, {F, G} end || N <- [1, 3, 8]]}].

single(B) -> case B of <<F:32/float>> -> F; <<S:1, _:31>> -> {no_float, S} end.

double(B) -> case B of <<F/float>> -> F; <<S:1, _:63>> -> {no_float, S} end.

no_match(B, S) -> case B of <<F:S/float, _/bits>> -> F; _ -> none end.

clause(<<F:64/float>>) -> {double, F};
clause(<<F:32/float>>) -> {single, F};
clause(<<F:16/float>>) -> {half, F};
clause(<<X:64>>) -> {raw64, X};
clause(<<X:16, R/bits>>) -> {raw16, X, R};
clause(B) -> {other, B}.

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
