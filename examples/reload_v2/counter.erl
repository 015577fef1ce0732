%% Second version of the module that reload.erl replaces: it counts in tens.
-module(counter).
-export([version/0, loop/1]).

version() -> 2.

loop(Count) ->
    receive
        {tick, From} ->
            From ! {count, Count + 10},
            loop(Count + 10);
        {upgrade, From} ->
            From ! upgraded,
            counter:loop(Count);
        stop ->
            ok
    end.
