%% Processes spawned, linked or monitored, and ended.
-module(bench_spawn).
-export([start/0, run/1]).

start() -> run(100000).

run(N) ->
    Self = self(),
    loop(N, Self, 0).

loop(0, _, Sum) -> Sum;
loop(N, Self, Sum) ->
    {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), N} end),
    X = receive {Pid, M} -> M end,
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    loop(N - 1, Self, Sum + X).
