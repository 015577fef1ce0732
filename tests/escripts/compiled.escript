#!/usr/bin/env escript
%% -*- erlang -*-
%%! -smp enable -pa tests/loading/beam -colour dark blue
-mode(compile).
-export([main/1]).
-record(r, {a, b = 2}).
-define(TWICE(X), (X) * 2).

main(["halt", N]) -> halt(list_to_integer(N));
main(["error"]) -> bad:call(1);
main(["throw"]) -> throw(ball);
main(["exit"]) -> exit(reason);
main(["badmatch"]) -> Two = two(), 1 = Two;
main(["input"]) ->
    Name = io:get_line(""),
    io:put_chars(["Hello ", Name]),
    io:format("~p~n", [io:read("")]),
    io:format("~p~n", [io:get_chars("", 100)]),
    io:format("~p~n", [io:get_line("")]);
main(Args) ->
    io:format("~p ~ts~n", [Args, filename:basename(escript:script_name())]),
    io:format("~p ~p~n", [#r{a = 1}, ?TWICE(21)]),
    F = fun Loop(0) -> done; Loop(N) -> Loop(N - 1) end,
    io:format("~p ~p~n", [F(10), [X || X <- [3, 1, 2], X > 1]]),
    io:format("~p ~p~n", [plain:f(), init:get_argument(colour)]),
    io:format(standard_error, "to stderr~n", []),
    io:format("~ts~n", ["žluťoučký"]).

two() -> 2.
