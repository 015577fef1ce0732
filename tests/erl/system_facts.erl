%% Facts about the system that do not depend on the machine: flags, nodes, clocks, old code, what there is none of.
-module(system_facts).
-export([start/0, id/1]).

start() ->
    [{depth, depth()},
     {nodes, [caught(fun() -> nodes(id(A)) end) || A <- [this, known, visible, hidden, connected, [this, visible], [], foo, [foo], 1]]},
     {node_facts, [caught(fun() -> nodes(id(A), O) end) || {A, O} <- [{this, #{}}, {this, #{node_type => true}}, {visible, #{connection_id => true}}, {this, #{foo => true}}, {this, #{node_type => 1}}, {this, foo}]]},
     {now, begin A = erlang:now(), B = erlang:now(), {A < B, tuple_size(A)} end},
     {old_code, [caught(fun() -> erlang:check_old_code(id(M)) end) || M <- [?MODULE, no_such_module, 1]]},
     {info, [{I, caught(fun() -> erlang:system_info(id(I)) end)} || I <- [wordsize, endian, emu_type, build_type, debug_compiled, heap_type, fullsweep_after, min_heap_size, min_bin_vheap_size,
                                                                         max_heap_size, message_queue_data, dynamic_trace, atom_limit, ets_limit, port_limit, multi_scheduling, no_such_item, {no, item}]]},
     {kinds, [is_integer(erlang:system_info(id(I))) || I <- [schedulers, schedulers_online, process_count, atom_count, port_count, thread_pool_size, dirty_cpu_schedulers, time_offset]]},
     {statistics, [shape(erlang:statistics(id(I))) || I <- [reductions, exact_reductions, runtime, wall_clock, garbage_collection, run_queue, total_run_queue_lengths]]},
     {ports, {is_list(erlang:ports()), caught(fun() -> erlang:port_to_list(id(a)) end)}},
     {flag_errors, [caught(fun() -> erlang:system_flag(id(F), V) end) || {F, V} <- [{foo, 1}, {backtrace_depth, -1}, {backtrace_depth, a}, {1, 1}]]}].

depth() ->
    Before = erlang:system_flag(backtrace_depth, id(3)),
    N = length(trace(20)),
    3 = erlang:system_flag(backtrace_depth, 12),
    M = length(trace(20)),
    12 = erlang:system_flag(backtrace_depth, Before),
    {Before, N, M, length(trace(20))}.

trace(N) ->
    try deep(N) catch error:stop:S -> [F || {?MODULE, F, _, _} <- S] end.

deep(0) -> error(stop);
deep(N) -> [deep(N - 1)].

shape(T) when is_tuple(T) -> list_to_tuple([shape(E) || E <- tuple_to_list(T)]);
shape(I) when is_integer(I) -> integer.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
