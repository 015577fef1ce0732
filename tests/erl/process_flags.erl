%% What process_flag sets and process_info tells, of the process itself and of others; suspended processes; requests to start some.
-module(process_flags).
-export([start/0, id/1, child/1]).

start() ->
    [{flags, [{F, V, caught(fun() -> process_flag(id(F), V) end)} || {F, V} <- flags()]},
     {told, [begin process_flag(F, V), {F, process_info(self(), F)} end || {F, V} <- [{async_dist, true}, {error_handler, foo}, {message_queue_data, off_heap}, {min_heap_size, 1000},
                                                                                   {async_dist, false}, {error_handler, error_handler}, {message_queue_data, on_heap}, {min_heap_size, 233}]]},
     {items, [I || {I, _} <- process_info(self()), I =/= registered_name]},
     {info, [caught(fun() -> process_info(self(), id(I)) end) || I <- [async_dist, error_handler, label, last_calls, message_queue_data, priority_messages, sequential_trace_token, suspending, trace,
                                                                         {dictionary, foo}, foo, {foo, bar}, [], [trap_exit, {dictionary, x}, label]]]},
     {dictionary, dictionary()},
     {location, element(1, element(2, process_info(self(), current_location)))},
     {collections, [K || {K, _} <- element(2, process_info(self(), garbage_collection))]},
     {parent, parent()},
     {suspended, suspended()},
     {suspend_errors, [caught(F) || F <- [fun() -> erlang:suspend_process(id(self())) end, fun() -> erlang:suspend_process(id(a)) end, fun() -> erlang:suspend_process(dead(), []) end,
                                          fun() -> erlang:suspend_process(id(self()), [foo]) end, fun() -> erlang:resume_process(id(self())) end, fun() -> erlang:resume_process(id(a)) end]]},
     {resumed_by_death, resumed_by_death()},
     {save_calls, save_calls()},
     {requests, requests()},
     {exit_options, exit_options()}].

flags() ->
    [{async_dist, true}, {async_dist, false}, {async_dist, foo}, {error_handler, foo}, {error_handler, error_handler}, {error_handler, 1}, {fullsweep_after, 10}, {fullsweep_after, -1},
     {min_heap_size, 1000}, {min_heap_size, 0}, {min_heap_size, a}, {min_bin_vheap_size, 500}, {max_heap_size, 0}, {max_heap_size, #{size => 0, kill => false}}, {max_heap_size, 100},
     {max_heap_size, #{kill => true}}, {max_heap_size, 100000000}, {max_heap_size, 0}, {message_queue_data, off_heap}, {message_queue_data, on_heap}, {message_queue_data, foo},
     {save_calls, 3}, {save_calls, 0}, {save_calls, -1}, {sensitive, true}, {sensitive, false}, {priority, foo}, {foo, a}, {trap_exit, 1}, {1, 1}].

dictionary() ->
    put(k, [v]),
    put('$process_label', {my, label}),
    Self = self(),
    P = spawn(fun() -> Self ! {told, process_info(Self, {dictionary, k}), process_info(Self, label), process_info(Self, [{dictionary, k}, {dictionary, none}])} end),
    R = receive {told, A, B, C} -> {A, B, C} end,
    erase('$process_label'),
    {is_pid(P), R, process_info(self(), {dictionary, k}), erase(k)}.

parent() ->
    Self = self(),
    spawn(fun() -> Self ! process_info(self(), parent) end),
    receive {parent, P} -> P =:= Self end.

suspended() ->
    Self = self(),
    P = spawn(?MODULE, child, [Self]),
    P ! one,
    R1 = receive {got, one} -> ok after 1000 -> lost end,
    true = erlang:suspend_process(P),
    S = {process_info(P, status), [{X =:= P, A, O} || {X, A, O} <- element(2, process_info(self(), suspending))]},
    P ! two,
    R2 = receive {got, two} -> not_suspended after 30 -> quiet end,
    T = [erlang:suspend_process(P, [unless_suspending]), erlang:suspend_process(P, []), erlang:resume_process(P)],
    R3 = receive {got, two} -> not_suspended after 30 -> quiet end,
    true = erlang:resume_process(P),
    R4 = receive {got, two} -> ok after 1000 -> lost end,
    exit(P, kill),
    {R1, S, R2, T, R3, R4, process_info(self(), suspending)}.

child(To) ->
    receive X -> To ! {got, X}, child(To) end.

resumed_by_death() ->
    Self = self(),
    P = spawn(?MODULE, child, [Self]),
    {Q, M} = spawn_monitor(fun() -> erlang:suspend_process(P) end),
    receive {'DOWN', M, process, Q, normal} -> ok end,
    P ! hello,
    receive {got, hello} -> exit(P, kill), ok after 1000 -> lost end.

dead() ->
    {P, M} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', M, process, P, _} -> P end.

save_calls() ->
    P = spawn(?MODULE, child, [self()]),
    R = [caught(fun() -> process_flag(P, F, V) end) || {F, V} <- [{save_calls, 5}, {save_calls, 0}, {trap_exit, true}, {save_calls, a}]],
    exit(P, kill),
    R.

requests() ->
    R1 = erts_internal:spawn_request(?MODULE, id, [x], [monitor, {reply_tag, made}]),
    P1 = receive {made, R1, ok, P} -> P after 1000 -> none end,
    D1 = receive {'DOWN', R1, process, P1, W} -> W after 1000 -> none end,
    R2 = erts_internal:spawn_request(?MODULE, id, [x], [{reply, no}]),
    R3 = erts_internal:spawn_request(?MODULE, id, [x], []),
    A3 = receive {spawn_reply, R3, ok, P3} -> is_pid(P3) after 1000 -> none end,
    {is_pid(P1), D1, is_reference(R2), A3, receive Any -> Any after 10 -> nothing end, erlang:spawn_request_abandon(R3)}.

exit_options() ->
    process_flag(trap_exit, true),
    P = spawn_link(?MODULE, child, [self()]),
    true = erlang:exit(P, because, []),
    R = receive {'EXIT', P, Why} -> Why after 1000 -> none end,
    process_flag(trap_exit, false),
    {R, caught(fun() -> erlang:exit(self(), x, [foo]) end), caught(fun() -> erlang:link(self(), []) end)}.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
