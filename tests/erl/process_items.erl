%% Items of process_info of oneself and of others, in every form of asking, of the dead, with wrong arguments; flags
%% and their old values.
-module(process_items).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    P = spawn(fun() -> put(d, 1), process_flag(trap_exit, true), receive stop -> ok end end),
    wait(P),
    [{own, [element(1, process_info(self(), I)) || I <- [registered_name_is_odd, status, message_queue_len, links, monitors, monitored_by, trap_exit, priority, group_leader, dictionary, current_function, initial_call, heap_size, stack_size, memory, reductions, total_heap_size, messages, garbage_collection, suspending, error_handler, parent], I =/= registered_name_is_odd]},
     {trap_exit, [process_info(Q, trap_exit) || Q <- [self(), P]]},
     {status, [process_info(Q, status) || Q <- [self(), P]]},
     {dictionary, process_info(P, dictionary)},
     {dictionary_key, [caught(fun() -> process_info(P, {dictionary, K}) end) || K <- [d, e]]},
     {registered, [begin A = process_info(P, registered_name), true = register(item_name, P), B = process_info(P, registered_name), unregister(item_name), {A, B} end]},
     {messages, (fun() -> P ! m1, P ! {m2, [x]}, wait_messages(P, 2), {process_info(P, messages), process_info(P, message_queue_len)} end)()},
     {several, process_info(P, [trap_exit, message_queue_len, registered_name])},
     {several_own, [K || {K, _} <- process_info(self(), [status, heap_size, links])]},
     {empty_list, process_info(P, [])},
     {links, (fun() -> link(P), {links, L} = process_info(P, links), unlink(P), {links, L2} = process_info(P, links), {L =:= [self()], L2} end)()},
     {monitors, (fun() -> M = monitor(process, P), {monitors, Ms} = process_info(self(), monitors), {monitored_by, By} = process_info(P, monitored_by), demonitor(M), {Ms =:= [{process, P}], By =:= [self()], process_info(self(), monitors)} end)()},
     {group_leader, (fun() -> G = group_leader(), {process_info(P, group_leader) =:= {group_leader, G}, is_pid(G)} end)()},
     {set_group_leader, (fun() -> true = group_leader(self(), P), {group_leader, G2} = process_info(P, group_leader), true = group_leader(group_leader(), P), G2 =:= self() end)()},
     {group_leader_errors, [caught(fun() -> group_leader(id(A3), id(B3)) end) || {A3, B3} <- [{a, self()}, {self(), a}, {1, 2}]]},
     {dead, (fun() -> D = spawn(fun() -> ok end), wait_dead(D), {process_info(D), process_info(D, status), process_info(D, [status]), is_process_alive(D)} end)()},
     {errors, [caught(fun() -> process_info(id(A4), id(B4)) end) || {A4, B4} <- [{self(), foo}, {a, status}, {self(), 1}, {self(), [foo]}, {self(), {dictionary}}, {1, []}, {self(), [status | x]}]]},
     {flags, [begin Old = process_flag(F, V), New = process_flag(F, Old), {F, Old, New} end || {F, V} <- [{trap_exit, true}, {priority, low}, {message_queue_data, off_heap}, {min_heap_size, 5000}, {fullsweep_after, 3}, {sensitive, true}]]},
     {flag_errors, [caught(fun() -> process_flag(id(F5), id(V5)) end) || {F5, V5} <- [{foo, 1}, {trap_exit, x}, {priority, 5}, {priority, none}, {message_queue_data, x}, {min_heap_size, -1}, {fullsweep_after, a}, {1, 1}]]},
     {alive_errors, [caught(fun() -> is_process_alive(id(X)) end) || X <- [a, 1, make_ref()]]},
     {processes, {lists:member(self(), processes()), lists:member(P, processes())}},
     {stopped, (fun() -> M9 = monitor(process, P), P ! stop, receive {'DOWN', M9, process, P, R9} -> {R9, lists:member(P, processes())} end end)()}].

wait(P) -> case process_info(P, trap_exit) of {trap_exit, true} -> ok; _ -> receive after 1 -> wait(P) end end.
wait_messages(P, N) -> case process_info(P, message_queue_len) of {message_queue_len, N} -> ok; _ -> receive after 1 -> wait_messages(P, N) end end.
wait_dead(P) -> case is_process_alive(P) of true -> receive after 1 -> wait_dead(P) end; false -> ok end.

caught(F) -> try F() catch C:R -> {C, R} end.

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
