%% MD5, CRC-32 and Adler-32, in one go and in pieces.
-module(checksums).
-export([start/0, id/1]).

start() ->
    [{md5, [binary_to_list(erlang:md5(id(D))) || D <- data()]},
     {md5_pieces, [binary_to_list(erlang:md5_final(pieces(erlang:md5_init(), data())))]},
     {md5_sizes, erlang:phash2([erlang:md5(binary:copy(<<"x">>, N)) || N <- seq(0, 200)])},
     {crc32, [erlang:crc32(id(D)) || D <- data()]},
     {crc32_more, [erlang:crc32(id(17), D) || D <- data()]},
     {crc32_joined, [erlang:crc32_combine(erlang:crc32(A), erlang:crc32(B), iolist_size(B)) =:= erlang:crc32([A, B]) || A <- data(), B <- data()]},
     {adler32, [erlang:adler32(id(D)) || D <- data()]},
     {adler32_more, [erlang:adler32(id(17), D) || D <- data()]},
     {adler32_joined, [erlang:adler32_combine(erlang:adler32(A), erlang:adler32(B), iolist_size(B)) =:= erlang:adler32([A, B]) || A <- data(), B <- data()]},
     {combined, {erlang:crc32_combine(id(1), 2, 3), erlang:adler32_combine(id(1), 2, 3), erlang:crc32_combine(id(12345), 6789, 0)}},
     {errors, [caught(F) || F <- [fun() -> erlang:md5(id([a])) end, fun() -> erlang:md5(id(<<1:1>>)) end, fun() -> erlang:md5_update(id(<<>>), <<>>) end,
                                  fun() -> erlang:md5_final(id(<<1>>)) end, fun() -> erlang:crc32(id(-1), <<>>) end, fun() -> erlang:crc32(id(1 bsl 32), <<>>) end,
                                  fun() -> erlang:crc32(id([256])) end, fun() -> erlang:adler32(id(a)) end, fun() -> erlang:crc32_combine(id(a), 1, 1) end,
                                  fun() -> erlang:adler32_combine(1, 1, id(-1)) end]]}].

pieces(C, []) -> C;
pieces(C, [D | Ds]) -> pieces(erlang:md5_update(C, D), Ds).

data() ->
    [<<>>, "abc", <<"message digest">>, ["nested", [<<" data">>, 32 | <<"here">>]], binary:copy(<<"0123456789">>, 100000), binary:copy(<<255>>, 70000)].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
