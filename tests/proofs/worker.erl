%% The module that replace.erl replaces: two versions that differ in a number.
-module(worker).
-export([version/0, loop/1, work/1, pair/1]).

version() -> ?VERSION.

loop(State) ->
    receive
        {From, work, N} ->
            From ! {self(), version(), work(N)},
            loop(State);
        {From, upgrade} ->
            From ! {self(), upgraded},
            ?MODULE:loop({State, ?VERSION})
    end.

work(0) -> [];
work(N) -> [{N, "a literal of this version", ?VERSION} | work(N - 1)].

pair(X) -> fun(Y) -> {X, Y, ?VERSION} end.
