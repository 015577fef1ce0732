%% JSON written and read by OTP's module json (OTP 27 and newer).
-module(bench_json).
-export([start/0, run/1]).

start() -> run(40).

run(N) ->
    Doc = [#{<<"id">> => I, <<"name">> => <<"user ", (integer_to_binary(I))/binary>>, <<"tags">> => [<<"a">>, <<"bc">>, null],
             <<"score">> => I * 1.5, <<"nested">> => #{<<"ok">> => true, <<"list">> => lists:seq(1, 10)}} || I <- lists:seq(1, 100)],
    rounds(N, Doc, 0).

rounds(0, _, Sum) -> Sum;
rounds(N, Doc, Sum) ->
    Text = iolist_to_binary(json:encode(Doc)),
    Back = json:decode(Text),
    true = Back =:= Doc,
    rounds(N - 1, Doc, Sum + byte_size(Text)).
