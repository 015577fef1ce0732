%% Many processes: started and ended one after another and some at a time, each heard from.
-module(many).
-export([main/1]).

main([N]) ->
    Each = list_to_integer(N) div 2,
    one_by_one(Each),
    0 = together(Each, 100),
    ok.

one_by_one(0) -> ok;
one_by_one(N) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), N} end),
    receive {Pid, N} -> one_by_one(N - 1) end.

together(0, _) -> 0;
together(N, Some) when N < Some -> together(N, N);
together(N, Some) ->
    Self = self(),
    Pids = start(Some, fun() -> receive stop -> Self ! {done, self()} end end),
    [Pid ! stop || Pid <- Pids],
    [receive {done, Pid} -> ok end || Pid <- Pids],
    together(N - Some, Some).

start(0, _) -> [];
start(N, F) -> [spawn(F) | start(N - 1, F)].
