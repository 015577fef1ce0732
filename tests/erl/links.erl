%% Links and exit signals: who dies, with which reason, and what a process that traps exits sees.
-module(links).
-export([start/0, id/1]).

start() ->
    process_flag(trap_exit, true),
    [{trapped, [trapped(R) || R <- [normal, shutdown, {any, [term]}, kill]]},
     {trapped_error, trapped_error()},
     {trapped_throw, trapped_throw()},
     {propagates, [propagates(R) || R <- [normal, shutdown, crash]]},
     {chain, chain(id(50))},
     {unlink, unlinked()},
     {link_dead, link_dead()},
     {link_twice, link_twice()},
     {kill, kill()},
     {kill_trapping, kill_trapping()},
     {kill_as_reason, kill_as_reason()},
     {exit_signal, [exit_signal(T, R) || T <- [true, false], R <- [normal, stop, {a, b}]]},
     {exit_self, exit_self()},
     {flag_values, flags()},
     {children, children(id(20))}].

%% The message a trapping process gets, with the pid replaced by `pid`.
trapped(Reason) ->
    Pid = spawn_link(fun() -> exit(Reason) end),
    from(Pid).

from(Pid) ->
    receive {'EXIT', Pid, Reason} -> {exit, Reason} after 30000 -> nothing end.

trapped_error() ->
    Pid = spawn_link(fun() -> error(bad_thing) end),
    {exit, {Reason, [_ | _]}} = from(Pid),
    Reason.

trapped_throw() ->
    Pid = spawn_link(fun() -> throw(ball) end),
    {exit, {Reason, [_ | _]}} = from(Pid),
    Reason.

%% A middle process that does not trap dies with its peer, except for `normal`.
propagates(Reason) ->
    Self = self(),
    Middle = spawn_link(fun() ->
        End = spawn_link(fun() -> receive go -> exit(Reason) end end),
        Self ! {self(), End},
        receive stop -> exit(stopped) end
    end),
    receive {Middle, End} -> ok end,
    Ref = monitor(process, End),
    End ! go,
    receive {'DOWN', Ref, process, End, _} -> ok end,
    Middle ! stop,
    from(Middle).

chain(N) ->
    Pid = spawn_link(fun() -> build(N) end),
    from(Pid).

build(0) -> exit(end_of_chain);
build(N) ->
    spawn_link(fun() -> build(N - 1) end),
    receive never -> ok end.

unlinked() ->
    Pid = spawn_link(fun() -> receive go -> exit(gone) end end),
    unlink(Pid),
    Ref = monitor(process, Pid),
    Pid ! go,
    R = receive {'DOWN', Ref, process, Pid, Why} -> Why end,
    {R, receive {'EXIT', Pid, _} -> got after 0 -> none end}.

link_dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    {link(Pid), from(Pid)}.

link_twice() ->
    Pid = spawn_link(fun() -> receive go -> exit(once) end end),
    link(Pid),
    link(Pid),
    Pid ! go,
    {from(Pid), receive {'EXIT', Pid, _} -> again after 20 -> only_once end}.

kill() ->
    Pid = spawn_link(fun() -> receive never -> ok end end),
    exit(Pid, kill),
    from(Pid).

kill_trapping() ->
    Self = self(),
    Pid = spawn_link(fun() -> process_flag(trap_exit, true), Self ! ready, receive never -> ok end end),
    receive ready -> ok end,
    exit(Pid, kill),
    from(Pid).

%% `kill` as the reason a process exits with itself is a reason like any other for the ones linked to it.
kill_as_reason() ->
    Self = self(),
    Pid = spawn_link(fun() ->
        process_flag(trap_exit, true),
        Kid = spawn_link(fun() -> exit(kill) end),
        receive {'EXIT', Kid, R} -> Self ! {self(), R} end
    end),
    R = receive {Pid, X} -> X end,
    {R, from(Pid)}.

exit_signal(Trap, Reason) ->
    Self = self(),
    Pid = spawn(fun() ->
        process_flag(trap_exit, Trap),
        Self ! ready,
        receive {'EXIT', Self, R} -> exit({saw, R}); finish -> exit(survived) end
    end),
    Ref = monitor(process, Pid),
    receive ready -> ok end,
    exit(Pid, Reason),
    Pid ! finish,
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

exit_self() ->
    {Pid, Ref} = spawn_monitor(fun() -> exit(self(), normal), receive after 1000 -> survived end end),
    A = receive {'DOWN', Ref, process, Pid, Why} -> Why end,
    {Pid2, Ref2} = spawn_monitor(fun() -> process_flag(trap_exit, true), exit(self(), normal),
                                         receive {'EXIT', _, R} -> exit({trapped, R}) end end),
    B = receive {'DOWN', Ref2, process, Pid2, Why2} -> Why2 end,
    {A, B}.

flags() ->
    A = process_flag(trap_exit, false),
    B = process_flag(trap_exit, true),
    {A, B, caught(fun() -> process_flag(trap_exit, id(perhaps)) end), caught(fun() -> link(id(x)) end)}.

children(N) ->
    Pids = [spawn_link(fun() -> receive go -> exit(I) end end) || I <- seq(1, N)],
    [P ! go || P <- Pids],
    [element(2, from(P)) || P <- Pids] =:= seq(1, N).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
