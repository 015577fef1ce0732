%% Message ring: a token goes around many processes; sending, scheduling and receiving.
-module(bench_ring).
-export([start/0, run/1]).

start() -> run(2000).

%% N rounds around 1000 processes.
run(N) ->
    First = build(1000, self()),
    Count = rounds(N, First, 0),
    First ! stop,
    receive stop -> Count end.

build(0, Next) -> Next;
build(N, Next) -> build(N - 1, spawn(fun() -> node_loop(Next) end)).

rounds(0, _, Token) -> Token;
rounds(N, First, Token) ->
    First ! {token, Token},
    receive {token, New} -> rounds(N - 1, First, New) end.

node_loop(Next) ->
    receive
        {token, N} -> Next ! {token, N + 1}, node_loop(Next);
        stop -> Next ! stop
    end.
