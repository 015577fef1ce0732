%% Sizes that come from elsewhere: variables, earlier fields, expressions, zero, negative, huge and no integers, in
%% matching and in building.
-module(bits_sizes).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = <<1, 2, 3, 4, 5, 6, 7, 8>>,
    Sizes = [0, 1, 7, 8, 9, 63, 64, 65, -1, -8, 1 bsl 40, 1 bsl 58, 1 bsl 70, a, 1.0, []],
    [{integer, [int(B, id(S)) || S <- Sizes]},
     {signed_little, [sint(B, id(S)) || S <- Sizes]},
     {bytes, [bytes(B, id(S)) || S <- Sizes]},
     {bits, [bits(B, id(S)) || S <- Sizes]},
     {skipped, [skip(B, id(S)) || S <- Sizes]},
     {unit_overflow, [unit256(B, id(S)) || S <- [0, 1, 1 bsl 50, 1 bsl 57, (1 bsl 59) - 1, 1 bsl 59, 1 bsl 64, -1]]},
     {build_integer, [caught(fun() -> <<5:(id(S))>> end) || S <- [0, 1, 9, 64, 65, -1, a, 1.0, -(1 bsl 70)]]},
     {build_too_large, [caught(fun() -> <<5:(id(S))>> end) || S <- [1 bsl 64, 1 bsl 70]]},
     {build_bytes, [caught(fun() -> <<B:(id(S))/binary>> end) || S <- [0, 3, 8, 9, -1, 1 bsl 70, a, 1.0]]},
     {build_bits, [caught(fun() -> <<B:(id(S))/bits>> end) || S <- [0, 3, 64, 65, -1, 1 bsl 70, a]]},
     {build_wrong_type, [caught(F) || F <- [fun() -> <<(id(a)):8>> end, fun() -> <<(id(1.0)):8>> end, fun() -> <<(id([]))/binary>> end, fun() -> <<(id(5))/bits>> end, fun() -> <<(id(<<1:1>>))/binary>> end,
                                           fun() -> <<1, (id(<<1:9>>)):1/binary>> end, fun() -> <<(id({}))/float>> end]]},
     {header, [header(P) || P <- [<<0, 2, 10, 20, 1, 2, 3>>, <<1, 3, 1, 2, 3, 9>>, <<2, 5, 1>>, <<3>>, <<>>]]},
     {expressions, [expression(id(N), <<1, 2, 3, 4, 5, 6, 7, 8, 9>>) || N <- [0, 1, 2, 4, 5]]},
     {outer_variable, [begin N = id(M), (fun(<<X:N/binary, _/binary>>) -> X; (_) -> short end)(<<1, 2, 3>>) end || M <- [0, 2, 3, 4, -1]]},
     {tlv, tlv(<<1, 1, 7, 2, 2, 1, 0, 3, 0, 4, 3, "abc", 5, 9>>, [])},
     {two_sizes, [two(<<A, C, 0:A, 1:1, 255:C, 9>>) || A <- [0, 3, 8, 20], C <- [0, 5, 16]]},
     {exact_rest, [case B of <<_:N/binary, X:M/binary>> -> {N, X}; _ -> no end || {N, M} <- [{4, 4}, {8, 0}, {0, 8}, {4, 3}, {5, 4}]]},
     {size_twice, [case <<S, S:8, 3:8, 5:8>> of <<N, N, X:N, _/bits>> -> X; _ -> no end || S <- [0, 4, 8, 16, 17]]}].

int(B, S) -> case B of <<X:S, R/bits>> -> {X, bit_size(R)}; _ -> no end.
sint(B, S) -> case B of <<X:S/signed-little, R/bits>> -> {X, bit_size(R)}; _ -> no end.
bytes(B, S) -> case B of <<X:S/binary, R/bits>> -> {X, R}; _ -> no end.
bits(B, S) -> case B of <<X:S/bits, R/bits>> -> {X, bit_size(R)}; _ -> no end.
skip(B, S) -> case B of <<_:S, R/bits>> -> R; _ -> no end.
unit256(B, S) -> case B of <<X:S/binary-unit:256, _/bits>> -> X; <<_:S/unit:64, R/bits>> -> {skipped, R}; _ -> no end.

header(<<0, N, A:N/unit:8, R/binary>>) -> {zero, A, R};
header(<<1, N, A:N/binary, C, R/bits>>) -> {one, A, C, R};
header(<<2, N, A:N/bits, R/bits>>) -> {two, A, R};
header(X) -> {none, X}.

expression(N, B) ->
    M = N * 2,
    case B of
        <<X:M/binary, Y:(8 - M)/binary, Z>> -> {X, Y, Z};
        _ -> no
    end.

tlv(<<T, L, V:L/binary, R/binary>>, Acc) -> tlv(R, [{T, V} | Acc]);
tlv(R, Acc) -> {Acc, R}.

two(<<A, C, X:A, 1:1, Y:C, 9>>) -> {A, C, X, Y};
two(<<_, _, R/bits>>) -> {no, bit_size(R)}.

caught(F) -> try F() catch C:R -> {C, R} end.

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
