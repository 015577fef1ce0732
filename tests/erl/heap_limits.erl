%% The largest heap: who is killed by it and who is not, what counts, what the logger is told, what new processes get.
-module(heap_limits).
-export([start/0, id/1, grow/2]).

start() ->
    Before = erlang:system_flag(system_logger, self()),
    R = [{killed, ended(fun() -> grow(0, []) end, 50000)},
         {message, logged()},
         {quiet, ended(fun() -> grow(0, []) end, #{size => 50000, error_logger => false}), logged()},
         {spared, ended(fun() -> keep(100000) end, #{size => 20000, kill => false, error_logger => false}), logged()},
         {spared_and_told, ended(fun() -> keep(100000) end, #{size => 20000, kill => false}), all_logged(0) > 0},
         {none, ended(fun() -> keep(100000) end, 0)},
         {enough, ended(fun() -> keep(1000) end, 1000000)},
         {by_flag, ended(fun() -> process_flag(max_heap_size, #{size => 50000, error_logger => false}), grow(0, []) end, 0)},
         {list, ended(fun() -> L = lists:seq(1, id(200000)), erlang:garbage_collect(), id(L), ok end, #{size => 50000, error_logger => false})},
         {deep, ended(fun() -> deep(id(2000000)) end, #{size => 50000, error_logger => false})},
         {catching, ended(fun() -> process_flag(trap_exit, true), try grow(0, []) catch _:_ -> caught after id(a) end end, #{size => 50000, error_logger => false})},
         {shared, [ended(fun() -> binary(4000000) end, #{size => 50000, error_logger => false, include_shared_binaries => I}) || I <- [true, false]]},
         {linked, linked()},
         {asked, asked()},
         {flags, flags()},
         {sizes, sizes()}],
    erlang:system_flag(system_logger, Before),
    R.

id(X) -> X.

%% Grows what the dictionary holds, for ever.
grow(N, L) ->
    put(grown, L),
    grow(N + 1, [{N, N} | L]).

keep(N) -> keep(N, []).

keep(0, L) -> length(L);
keep(N, L) -> put(kept, L), keep(N - 1, [N | L]).

deep(0) -> 0;
deep(N) -> 1 + deep(N - 1).

binary(N) ->
    B = binary:copy(<<1>>, id(N)),
    erlang:garbage_collect(),
    byte_size(B).

%% The reason for which such a process ends.
ended(F, Max) ->
    {P, R} = spawn_opt(fun() -> exit({ended, F()}) end, [monitor, {max_heap_size, Max}]),
    receive {'DOWN', R, process, P, Reason} -> Reason after 20000 -> exit(P, kill), timeout end.

%% The first message to the logger, without what differs from run to run.
logged() ->
    receive
        {log, Level, Format, [P, Max, Total, Kill, Log, Queue, Info, Trace], Meta} ->
            all_logged(0),
            {Level, erlang:phash2(Format), is_pid(P), Max, Total > Max, Kill, Log, Queue, [K || {K, N} <- Info, is_integer(N)], is_list(Trace),
             lists:sort(maps:keys(Meta)), maps:get(error_logger, Meta), maps:get(pid, Meta) =:= P}
    after 50 -> none
    end.

all_logged(N) ->
    receive {log, _, _, _, _} -> all_logged(N + 1) after 50 -> N end.

linked() ->
    process_flag(trap_exit, true),
    P = spawn_opt(fun() -> grow(0, []) end, [link, {max_heap_size, #{size => 50000, error_logger => false}}]),
    R = receive {'EXIT', P, Reason} -> Reason end,
    process_flag(trap_exit, false),
    R.

%% Another process asks for the collection.
asked() ->
    Self = self(),
    {P, R} = spawn_monitor(fun() ->
        L = lists:seq(1, id(100000)),
        process_flag(max_heap_size, #{size => 1000, error_logger => false}),
        Self ! ready,
        receive go -> id(L) end
    end),
    receive ready -> ok end,
    erlang:garbage_collect(P),
    receive {'DOWN', R, process, P, Reason} -> Reason after 5000 -> exit(P, kill), timeout end.

flags() ->
    Told = fun() -> Self = self(), spawn(fun() -> Self ! {told, process_info(self(), max_heap_size)} end), receive {told, T} -> T end end,
    R = [erlang:system_info(max_heap_size),
         erlang:system_flag(max_heap_size, #{size => 100000000, kill => false}), erlang:system_info(max_heap_size), Told(), process_info(self(), max_heap_size),
         erlang:system_flag(max_heap_size, 200000000), Told(),
         erlang:system_flag(max_heap_size, #{size => 0, kill => true}), Told(),
         [caught(fun() -> erlang:system_flag(id(F), id(V)) end) || {F, V} <- [{max_heap_size, 10}, {max_heap_size, a}, {max_heap_size, #{kill => true}}, {max_heap_size, -1}, {fullsweep_after, -1},
                                                                             {fullsweep_after, a}, {min_heap_size, -1}, {min_bin_vheap_size, x}, {system_logger, foo}, {system_logger, 1}]]],
    R.

sizes() ->
    A = [erlang:system_flag(fullsweep_after, 10), erlang:system_info(fullsweep_after), erlang:system_flag(fullsweep_after, 65535)],
    B = [erlang:system_flag(min_heap_size, 1000), erlang:system_info(min_heap_size), erlang:system_flag(min_heap_size, 233)],
    C = [erlang:system_flag(min_bin_vheap_size, 50000), erlang:system_info(min_bin_vheap_size), erlang:system_flag(min_bin_vheap_size, 46422)],
    Self = self(),
    spawn_opt(fun() -> Self ! {sizes, process_info(self(), garbage_collection), element(2, process_info(self(), total_heap_size)) >= 2000} end,
              [{min_heap_size, 2000}, {fullsweep_after, 7}, {min_bin_vheap_size, 100000}]),
    {A, B, C, receive {sizes, {_, L}, Large} -> {[X || {K, _} = X <- L, K =/= max_heap_size, K =/= minor_gcs], Large} end,
     [caught(fun() -> spawn_opt(fun() -> ok end, [O]) end) || O <- [{max_heap_size, 10}, {max_heap_size, #{}}, {min_heap_size, -1}, {fullsweep_after, a}, {foo, 1}]]}.

caught(F) -> try F() catch C:E -> {C, E} end.
