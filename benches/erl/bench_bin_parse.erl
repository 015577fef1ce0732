%% Binaries taken apart: comma-separated numbers, 32-bit fields, length-prefixed parts, bit fields.
-module(bench_bin_parse).
-export([start/0, run/1]).

start() -> run(60).

run(N) ->
    Text = iolist_to_binary([[integer_to_list(X), $,] || X <- lists:seq(1, 10000)]),
    Words = << <<X:32>> || X <- lists:seq(1, 20000) >>,
    Parts = << <<(byte_size(P)):16, P/binary>> || X <- lists:seq(1, 5000), P <- [integer_to_binary(X * 7919)] >>,
    rounds(N, Text, Words, Parts, 0).

rounds(0, _, _, _, Sum) -> Sum;
rounds(N, Text, Words, Parts, Sum) ->
    S = numbers(Text, 0, 0) + words(Words, 0) + parts(Parts, 0) + bits(Words, 0),
    rounds(N - 1, Text, Words, Parts, Sum + S).

numbers(<<C, Rest/binary>>, N, Sum) when C >= $0, C =< $9 -> numbers(Rest, N * 10 + C - $0, Sum);
numbers(<<$,, Rest/binary>>, N, Sum) -> numbers(Rest, 0, Sum + N);
numbers(<<>>, _, Sum) -> Sum.

words(<<A:32, B:32/little, Rest/binary>>, Sum) -> words(Rest, Sum + A + (B band 255));
words(<<>>, Sum) -> Sum.

parts(<<Len:16, Part:Len/binary, Rest/binary>>, Sum) -> parts(Rest, Sum + byte_size(Part));
parts(<<>>, Sum) -> Sum.

bits(<<A:3, B:7, C:6, Rest/bitstring>>, Sum) -> bits(Rest, Sum + A + B + C);
bits(<<>>, Sum) -> Sum.
