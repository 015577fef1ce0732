%% Erlang source scanned and parsed by OTP's erl_scan and erl_parse, printed by erl_pp.
-module(bench_scan).
-export([start/0, run/1]).

start() -> run(400).

run(N) ->
    Text = "f(X, [{a, B} | Rest]) when is_integer(X), X > 10 -> case g(X) of {ok, #{k := V}} -> [V || {V, _} <- Rest]; "
           "_ -> fun(Y) -> Y + B * 2 end end; f(_, <<A:8, T/binary>>) -> try h(A, T) catch error:E -> {error, E} end.",
    rounds(N, Text, 0).

rounds(0, _, Sum) -> Sum;
rounds(N, Text, Sum) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Form} = erl_parse:parse_form(Tokens),
    Out = lists:flatten(erl_pp:form(Form)),
    rounds(N - 1, Text, Sum + length(Tokens) + length(Out)).
