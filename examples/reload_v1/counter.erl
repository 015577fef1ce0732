%% First version of the module that reload.erl replaces: it counts in ones.
-module(counter).
-export([version/0, loop/1]).

version() -> 1.

%% `upgrade` makes a call with the module's name, which always enters the newest version.
loop(Count) ->
    receive
        {tick, From} ->
            From ! {count, Count + 1},
            loop(Count + 1);
        {upgrade, From} ->
            From ! upgraded,
            counter:loop(Count);
        stop ->
            ok
    end.
