%% Busy processes do not starve others, with however few schedulers; a killed busy process stops.
-module(fairness).
-export([start/0, id/1, busy/1, busy_call/1]).

start() ->
    [{busy_loop, beside(fun() -> busy(0) end)},
     {busy_remote, beside(fun() -> ?MODULE:busy_call(0) end)},
     {busy_fun, beside(fun() -> (fun F(N) -> F(N + 1) end)(0) end)},
     {busy_body, beside(fun() -> forever(fun() -> body(1000) end) end)},
     {busy_allocating, beside(fun() -> allocate([]) end)},
     {several, several(id(5))},
     {kill_in_loop, kill_in_loop()},
     {yield, yields(id(100))}].

busy(N) -> busy(N + 1).

busy_call(N) -> ?MODULE:busy_call(N + 1).

forever(F) -> F(), forever(F).

body(0) -> 0;
body(N) -> 1 + body(N - 1).

allocate(L) when length(L) > 100 -> allocate([]);
allocate(L) -> allocate([{L} | L]).

%% While the busy process runs, others exchange messages.
beside(F) ->
    Busy = spawn(F),
    Self = self(),
    Echo = spawn(fun() -> echo() end),
    [begin Echo ! {Self, I}, receive {Echo, I} -> ok end end || I <- [1, 2, 3, 4, 5]],
    Ref = monitor(process, Busy),
    exit(Busy, kill),
    Echo ! stop,
    receive {'DOWN', Ref, process, Busy, Why} -> Why end.

echo() ->
    receive
        {From, X} -> From ! {self(), X}, echo();
        stop -> ok
    end.

several(N) ->
    Pids = [spawn_monitor(fun() -> busy(0) end) || _ <- seq(1, N)],
    receive after 5 -> ok end,
    [exit(P, stop) || {P, _} <- Pids],
    [receive {'DOWN', R, process, P, Why} -> Why end || {P, R} <- Pids].

kill_in_loop() ->
    {Pid, Ref} = spawn_monitor(fun() -> forever(fun() -> try busy_until(1000) catch _:_ -> ok end end) end),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

busy_until(0) -> throw(done);
busy_until(N) -> busy_until(N - 1).

yields(0) -> ok;
yields(N) -> erlang:yield(), yields(N - 1).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
