%% Two processes that send each other small tuples, with references and selective receive.
-module(bench_pingpong).
-export([start/0, run/1]).

start() -> run(300000).

run(N) ->
    Pid = spawn(fun echo/0),
    Sum = loop(N, Pid, 0),
    Pid ! stop,
    Sum.

loop(0, _, Sum) -> Sum;
loop(N, Pid, Sum) ->
    Ref = make_ref(),
    Pid ! {self(), Ref, N},
    receive {Ref, M} -> loop(N - 1, Pid, Sum + M) end.

echo() ->
    receive
        {From, Ref, N} -> From ! {Ref, N + 1}, echo();
        stop -> ok
    end.
