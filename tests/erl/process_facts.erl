%% process_info, message queues, suspended and hibernated processes, group leaders, flags, halting children.
-module(process_facts).
-export([start/0, id/1, woken/1]).

start() ->
    Self = self(),
    process_flag(trap_exit, false),
    [{queue, queue()},
     {info_of_dead, info_of_dead()},
     {links, begin P = spawn_link(fun() -> receive stop -> ok end end), L = process_info(Self, links), P ! stop, lists:member(P, element(2, L)) end},
     {trap_exit, {process_info(Self, trap_exit), process_flag(trap_exit, true), process_info(Self, trap_exit), process_flag(trap_exit, false)}},
     {dictionary, begin put(k, v), R = lists:keyfind(k, 1, element(2, process_info(Self, dictionary))), erase(k), R end},
     {status, status()},
     {several, [K || {K, _} <- process_info(Self, [message_queue_len, trap_exit, links])]},
     {priority, {process_flag(priority, high), process_flag(priority, normal), process_info(Self, priority)}},
     {hibernate, hibernated()},
     {group_leader, group_leader() =:= group_leader()},
     {processes, lists:member(Self, processes())},
     {initial_call, element(2, process_info(spawn(?MODULE, woken, [x]), initial_call))},
     {registered_empty, process_info(Self, registered_name)},
     {errors, [caught(F) || F <- [fun() -> process_info(Self, id(bogus)) end, fun() -> process_info(id(x)) end,
                                  fun() -> process_flag(id(bogus), 1) end, fun() -> spawn(id(x)) end,
                                  fun() -> spawn(?MODULE, woken, id(y)) end, fun() -> is_process_alive(id(z)) end]]}].

queue() ->
    [self() ! M || M <- [a, {b}, [c]]],
    R = {process_info(self(), message_queue_len), process_info(self(), messages)},
    [receive _ -> ok end || _ <- [1, 2, 3]],
    {R, process_info(self(), message_queue_len)}.

info_of_dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    {process_info(Pid), process_info(Pid, links)}.

status() ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    wait_for(Pid, waiting),
    {status, S} = process_info(Pid, status),
    Pid ! stop,
    {S, process_info(self(), status)}.

wait_for(Pid, Status) ->
    case process_info(Pid, status) of
        {status, Status} -> ok;
        _ -> receive after 1 -> wait_for(Pid, Status) end
    end.

%% A hibernated process forgets its stack and goes on in the function named, with its messages.
hibernated() ->
    Self = self(),
    Pid = spawn(fun() ->
        try erlang:hibernate(?MODULE, woken, [Self]) after Self ! never_reached end
    end),
    Pid ! {self(), wake},
    receive
        {Pid, Answer} -> {Answer, receive never_reached -> reached after 10 -> forgotten end}
    end.

woken(To) when is_pid(To) ->
    receive {To, wake} -> To ! {self(), awake} end;
woken(_) ->
    receive stop -> ok end.

caught(F) -> try F() of V when is_pid(V) -> pid; V -> {value, V} catch C:R -> {C, R} end.

id(X) -> X.
