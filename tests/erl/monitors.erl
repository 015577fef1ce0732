%% Monitors: reasons, several at once, demonitor with options, monitors of names and of the dead.
-module(monitors).
-export([start/0, id/1]).

start() ->
    [{reasons, [down(fun() -> exit(R) end) || R <- [normal, killed, {my, reason}]]},
     {returns, down(fun() -> a_value end)},
     {error, element(1, down(fun() -> error(oops) end))},
     {throw, element(1, down(fun() -> throw(oops) end))},
     {dead, dead()},
     {several, several(id(10))},
     {demonitor, demonitored([])},
     {demonitor_flush, demonitored([flush])},
     {demonitor_info, demonitor_info()},
     {by_name, by_name()},
     {no_such_name, no_such_name()},
     {not_linked, not_linked()},
     {mutual, mutual()},
     {many, many(id(1000))},
     {killed, killed()},
     {spawn_opt_monitor, spawn_opt_monitor()},
     {errors, [caught(F) || F <- [fun() -> monitor(process, id(1)) end, fun() -> monitor(id(bogus), self()) end,
                                  fun() -> demonitor(id(x)) end]]},
     {tagged, tagged()}].

down(F) ->
    {Pid, Ref} = spawn_monitor(F),
    receive {'DOWN', Ref, process, Pid, Reason} -> Reason end.

dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    Ref2 = monitor(process, Pid),
    receive {'DOWN', Ref2, process, Pid, Reason} -> Reason end.

several(N) ->
    Pid = spawn(fun() -> receive go -> exit(bye) end end),
    Refs = [monitor(process, Pid) || _ <- seq(1, N)],
    Pid ! go,
    length([R || R <- Refs, receive {'DOWN', R, process, Pid, bye} -> true after 30000 -> false end]).

demonitored(Options) ->
    {Pid, Ref} = spawn_monitor(fun() -> receive go -> exit(gone) end end),
    Ref2 = monitor(process, Pid),
    case Options of
        [] -> demonitor(Ref);
        _ -> demonitor(Ref, Options)
    end,
    Pid ! go,
    receive {'DOWN', Ref2, _, _, _} -> ok end,
    receive {'DOWN', Ref, _, _, _} -> unexpected after 0 -> quiet end.

demonitor_info() ->
    {Pid, Ref} = spawn_monitor(fun() -> receive go -> ok end end),
    A = demonitor(Ref, [info]),
    B = demonitor(Ref, [info]),
    Ref2 = monitor(process, Pid),
    Ref3 = monitor(process, Pid),
    Pid ! go,
    receive {'DOWN', Ref3, _, _, _} -> ok end,
    {A, B, demonitor(Ref2, [flush]), receive {'DOWN', Ref2, _, _, _} -> left after 0 -> flushed end}.

by_name() ->
    Pid = spawn(fun() -> receive go -> exit(named) end end),
    register(monitored_name, Pid),
    Ref = monitor(process, monitored_name),
    Pid ! go,
    receive {'DOWN', Ref, process, {Name, Node}, Reason} -> {Name, Node =:= node(), Reason} end.

no_such_name() ->
    Ref = monitor(process, id(nobody_here)),
    receive {'DOWN', Ref, process, {Name, _}, Reason} -> {Name, Reason} end.

not_linked() ->
    down(fun() -> down(fun() -> exit(inner) end), exit(outer) end).

mutual() ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() ->
        MyRef = monitor(process, Self),
        Self ! {ready, MyRef =/= undefined},
        receive never -> ok after 5 -> exit(finished) end
    end),
    R = receive {ready, X} -> X end,
    {R, receive {'DOWN', Ref, process, Pid, Why} -> Why end}.

many(N) ->
    Refs = [element(2, spawn_monitor(fun() -> exit(I) end)) || I <- seq(1, N)],
    sum([receive {'DOWN', R, _, _, I} -> I end || R <- Refs], 0).

killed() ->
    {Pid, Ref} = spawn_monitor(fun() -> receive never -> ok end end),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

spawn_opt_monitor() ->
    {Pid, Ref} = spawn_opt(fun() -> exit(opt) end, [monitor]),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

tagged() ->
    Pid = spawn(fun() -> receive go -> exit(tag) end end),
    Ref = monitor(process, Pid, [{tag, {my, tag}}]),
    Pid ! go,
    receive {{my, tag}, Ref, process, Pid, Why} -> Why end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
