%% A token runs around a ring of processes; each one adds one to it on its way.
-module(ring).
-export([start/0, run/2]).

start() ->
    {Processes, Rounds} = {1000, 100},
    erlang:display({ring, Processes, Rounds, run(Processes, Rounds)}),
    ok.

%% The last process made sends to the caller, so that the ring is closed.
run(Processes, Rounds) ->
    First = build(Processes, self()),
    Count = rounds(Rounds, First, 0),
    First ! stop,
    receive
        stop -> Count
    end.

build(0, Next) -> Next;
build(N, Next) -> build(N - 1, spawn(fun() -> node_loop(Next) end)).

rounds(0, _First, Token) ->
    Token;
rounds(Rounds, First, Token) ->
    First ! {token, Token},
    receive
        {token, NewToken} -> rounds(Rounds - 1, First, NewToken)
    end.

node_loop(Next) ->
    receive
        {token, Token} ->
            Next ! {token, Token + 1},
            node_loop(Next);
        stop ->
            Next ! stop
    end.
