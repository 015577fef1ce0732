%% Binaries built: appended to byte by byte, by comprehension, from segments of many sizes, from an iolist.
-module(bench_bin_build).
-export([start/0, run/1]).

start() -> run(30).

run(N) -> rounds(N, 0).

rounds(0, Sum) -> Sum;
rounds(N, Sum) ->
    A = append(20000, <<>>),
    B = << <<(X * N):16/little>> || X <- lists:seq(1, 10000) >>,
    C = fields(5000, <<>>),
    D = iolist_to_binary([[X band 255, <<"ab">>] || <<X>> <= A]),
    rounds(N - 1, Sum + byte_size(A) + byte_size(B) + bit_size(C) + byte_size(D) + binary:at(B, 77)).

append(0, Acc) -> Acc;
append(N, Acc) -> append(N - 1, <<Acc/binary, N>>).

fields(0, Acc) -> Acc;
fields(N, Acc) -> fields(N - 1, <<Acc/bitstring, N:11, 1:1, N:32/little, 3.5:32/float>>).
