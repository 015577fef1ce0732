%% register, unregister, whereis, sending to names, names freed by exits, and the errors.
-module(registered_names).
-export([start/0, id/1]).

start() ->
    Server = spawn(fun() -> server(0) end),
    Self = self(),
    [{register, register(counter_server, Server)},
     {whereis, {whereis(counter_server) =:= Server, whereis(nobody)}},
     {send, [call(counter_server) || _ <- [1, 2, 3]]},
     {send_tuple, begin {counter_server, node()} ! {self(), inc}, receive {counter, N} -> N end end},
     {listed, lists:member(counter_server, registered())},
     {already, caught(fun() -> register(counter_server, Self) end)},
     {second_name, caught(fun() -> register(other_name, Server) end)},
     {unregister, {unregister(counter_server), whereis(counter_server)}},
     {again, {register(counter_server, Server), call(counter_server)}},
     {freed_by_exit, freed(Server)},
     {send_to_missing, caught(fun() -> id(nobody_at_all) ! hello end)},
     {send_tuple_to_missing, caught(fun() -> {nobody_at_all, node()} ! hello end)},
     {unregister_missing, caught(fun() -> unregister(nobody_at_all) end)},
     {undefined_name, caught(fun() -> register(undefined, Self) end)},
     {not_an_atom, caught(fun() -> register(id("name"), Self) end)},
     {dead_process, dead()},
     {self_name, self_name()},
     {erlang_send, erlang:send(Self, via_send) =:= receive X -> X end},
     {race, race(id(20))}].

server(N) ->
    receive
        {From, inc} -> From ! {counter, N + 1}, server(N + 1);
        stop -> ok
    end.

call(Name) ->
    Name ! {self(), inc},
    receive {counter, N} -> N end.

freed(Server) ->
    Ref = monitor(process, Server),
    counter_server ! stop,
    receive {'DOWN', Ref, process, Server, Why} -> {Why, whereis(counter_server)} end.

dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    caught(fun() -> register(a_name, Pid) end).

self_name() ->
    register(me, self()),
    me ! to_myself,
    R = receive X -> X end,
    {process_info(self(), registered_name), unregister(me), R}.

%% Exactly one of many processes gets the name.
race(N) ->
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), try register(contested, self()) catch error:badarg -> false end},
                           receive stop -> ok end end) || _ <- seq(1, N)],
    Won = [x || P <- Pids, receive {P, R} -> R end],
    [P ! stop || P <- Pids],
    length(Won).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
