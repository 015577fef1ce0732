%% Aliases, monitors with options, requests to start processes, and timers with options.
-module(aliases).
-export([start/0, id/1, echo/1]).

start() ->
    [{plain, plain_alias()},
     {reply, reply_alias()},
     {unalias, begin A = alias(), {unalias(A), unalias(A), unalias(make_ref())} end},
     {other_process, other_process()},
     {dead, dead()},
     {monitors, [{O, monitored(O)} || O <- [explicit_unalias, demonitor, reply_demonitor]]},
     {down, [{O, down(O)} || O <- [explicit_unalias, demonitor, reply_demonitor]]},
     {tag, tagged()},
     {spawned, spawned()},
     {no_alias, no_alias()},
     {time_offset, begin M = monitor(time_offset, clock_service), {is_reference(M), demonitor(M)} end},
     {send_options, [caught(fun() -> erlang:send(id(self()), x, O) end) || O <- [[], [noconnect], [nosuspend, noconnect], [foo], foo]]},
     {flushed, length(flush())},
     {timers, timers()},
     {errors, [caught(F) || F <- errors()]}].

plain_alias() ->
    A = alias(),
    A ! one,
    erlang:send(A, two),
    erlang:send(A, three, [noconnect]),
    R = [receive M -> M after 1000 -> none end || _ <- [1, 2, 3]],
    true = unalias(A),
    A ! four,
    {is_reference(A), R, receive X -> X after 20 -> nothing end}.

reply_alias() ->
    A = alias([reply]),
    A ! one,
    A ! two,
    {receive M -> M after 1000 -> none end, receive N -> N after 20 -> nothing end, unalias(A)}.

other_process() ->
    A = alias(),
    Self = self(),
    Pid = spawn(fun() -> A ! {from, self()}, Self ! {done, catch unalias(A)} end),
    R1 = receive {from, Pid} -> reached after 1000 -> lost end,
    R2 = receive {done, U} -> U after 1000 -> lost end,
    {R1, R2, binary_to_term(term_to_binary(A)) =:= A, unalias(A)}.

dead() ->
    Self = self(),
    {Pid, M} = spawn_monitor(fun() -> Self ! {alias, alias()} end),
    A = receive {alias, X} -> X end,
    receive {'DOWN', M, process, Pid, normal} -> ok end,
    A ! hello.

%% A call with the request's reference as alias, as gen_server makes it.
monitored(Option) ->
    Pid = spawn(?MODULE, echo, [2]),
    Ref = monitor(process, Pid, [{alias, Option}]),
    Pid ! {Ref, one},
    R1 = receive {Ref, A} -> A after 1000 -> none end,
    Pid ! {Ref, two},
    R2 = receive {Ref, B} -> B; {'DOWN', Ref, process, Pid, Reason} -> {down, Reason} after 50 -> none end,
    D = demonitor(Ref, [flush, info]),
    {R1, R2, D, unalias(Ref)}.

echo(0) -> ok;
echo(N) -> receive {Ref, X} -> Ref ! {Ref, X}, echo(N - 1) end.

down(Option) ->
    {Pid, Ref} = spawn_opt(fun() -> receive stop -> exit(stopped) end end, [{monitor, [{alias, Option}]}]),
    Pid ! stop,
    R = receive {'DOWN', Ref, process, Pid, Reason} -> Reason after 1000 -> none end,
    Ref ! later,
    {R, receive later -> got_later after 20 -> nothing end, unalias(Ref)}.

tagged() ->
    {Pid, Ref} = spawn_opt(?MODULE, echo, [0], [{monitor, [{tag, {my, tag}}, {alias, demonitor}]}, link]),
    receive {{my, tag}, Ref, process, Pid, Reason} -> {Reason, unalias(Ref)} after 1000 -> none end.

spawned() ->
    [caught(fun() -> case spawn_opt(?MODULE, echo, [0], id(O)) of {P, R} -> {is_pid(P), is_reference(R)}; P -> is_pid(P) end end)
     || O <- [[], [monitor], [link], [{priority, high}], [{monitor, []}], [{monitor, [{alias, foo}]}], [{monitor, foo}], [{max_heap_size, 0}], [{max_heap_size, -1}],
              [{min_heap_size, a}], [foo], [{fullsweep_after, 3}], [{message_queue_data, off_heap}], [{message_queue_data, foo}], foo]].

%% References that are no aliases take messages for nobody.
no_alias() ->
    make_ref() ! hello,
    M = monitor(process, self()),
    M ! hello,
    receive hello -> got after 10 -> nothing end.

flush() ->
    receive X -> [X | flush()] after 50 -> [] end.

timers() ->
    Now = erlang:monotonic_time(millisecond),
    T1 = erlang:start_timer(id(Now + 5), self(), absolute, [{abs, true}]),
    R1 = receive {timeout, T1, absolute} -> ok after 1000 -> none end,
    T2 = erlang:send_after(id(Now - 1000), self(), past, [{abs, true}]),
    R2 = receive past -> ok after 1000 -> none end,
    T3 = erlang:start_timer(id(100000), self(), x, [{abs, false}]),
    L = erlang:read_timer(T3),
    ok = erlang:read_timer(T3, [{async, true}]),
    R3 = receive {read_timer, T3, L2} -> is_integer(L2) after 1000 -> none end,
    ok = erlang:cancel_timer(T3, [{async, true}]),
    R4 = receive {cancel_timer, T3, L4} -> is_integer(L4) after 1000 -> none end,
    T5 = erlang:start_timer(100000, self(), x),
    R5 = erlang:cancel_timer(T5, [{info, false}]),
    {R1, R2, L > 99000, R3, R4, R5, erlang:cancel_timer(T5), erlang:cancel_timer(T2, [{async, false}]), erlang:read_timer(T1)}.

errors() ->
    [fun() -> alias(id([foo])) end, fun() -> alias(id(foo)) end, fun() -> unalias(id(foo)) end, fun() -> monitor(id(foo), self()) end, fun() -> monitor(process, id(1)) end,
     fun() -> monitor(process, self(), id([foo])) end, fun() -> monitor(process, self(), id([{alias, foo}])) end, fun() -> monitor(time_offset, id(foo)) end,
     fun() -> monitor(port, self()) end, fun() -> demonitor(id(foo)) end, fun() -> erlang:start_timer(id(-1), self(), x) end, fun() -> erlang:start_timer(1, id(1), x) end,
     fun() -> erlang:start_timer(1, self(), x, id([foo])) end, fun() -> erlang:start_timer(1, self(), x, id([{abs, foo}])) end, fun() -> erlang:cancel_timer(id(x)) end,
     fun() -> erlang:cancel_timer(make_ref(), id([{async, foo}])) end, fun() -> erlang:read_timer(make_ref(), id([{info, true}])) end, fun() -> erlang:send_after(id(1 bsl 70), self(), x) end].

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
