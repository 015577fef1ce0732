%% Ends by init:stop/1: applications are stopped, the logger writes what it has.
-module(stopping).
-export([start/0]).

start() ->
    io:format("~p~n", [init:get_argument(nosuchflag)]),
    io:format("~p~n", [application:ensure_all_started(greeter)]),
    [logger:error("line ~p~n", [N]) || N <- lists:seq(1, 3)],
    init:stop(7).
