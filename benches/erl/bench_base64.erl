%% base64 and checksums of OTP's own modules over binaries.
-module(bench_base64).
-export([start/0, run/1]).

start() -> run(150).

run(N) ->
    Data = << <<(X * 7 band 255)>> || X <- lists:seq(1, 30000) >>,
    rounds(N, Data, 0).

rounds(0, _, Sum) -> Sum;
rounds(N, Data, Sum) ->
    Text = base64:encode(Data),
    Data = base64:decode(Text),
    rounds(N - 1, Data, Sum + byte_size(Text) + erlang:crc32(Text) band 255).
