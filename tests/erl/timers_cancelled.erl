%% Timers that are cancelled, read, aimed at names, pids and the dead, absolute, synchronous and not; what fires and
%% what does not.
-module(timers_cancelled).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{cancel, (fun() -> R = erlang:send_after(60000, self(), x), T = erlang:cancel_timer(R), {T > 50000, T =< 60000, erlang:cancel_timer(R)} end)()},
     {read, (fun() -> R2 = erlang:start_timer(60000, self(), x), T2 = erlang:read_timer(R2), erlang:cancel_timer(R2), {T2 > 50000, erlang:read_timer(R2)} end)()},
     {cancelled_does_not_fire, (fun() -> R3 = erlang:send_after(5, self(), fired), erlang:cancel_timer(R3), receive fired -> fired after 20 -> none end end)()},
     {fired_cannot_be_cancelled, (fun() -> R4 = erlang:send_after(0, self(), m4), receive m4 -> ok end, {erlang:cancel_timer(R4), erlang:read_timer(R4)} end)()},
     {async, (fun() -> R5 = erlang:send_after(60000, self(), x), ok = erlang:cancel_timer(R5, [{async, true}]), receive {cancel_timer, R5, T5} -> T5 > 50000 after 60000 -> none end end)()},
     {async_no_info, (fun() -> R6 = erlang:send_after(60000, self(), x), {erlang:cancel_timer(R6, [{async, true}, {info, false}]), receive {cancel_timer, R6, _} -> told after 10 -> quiet end} end)()},
     {no_info, (fun() -> R7 = erlang:send_after(60000, self(), x), {erlang:cancel_timer(R7, [{info, false}]), erlang:cancel_timer(R7)} end)()},
     {read_async, (fun() -> R8 = erlang:send_after(60000, self(), x), ok = erlang:read_timer(R8, [{async, true}]), A = receive {read_timer, R8, T8} -> T8 > 50000 after 60000 -> none end, erlang:cancel_timer(R8), A end)()},
     {by_name, (fun() -> register(timed, self()), erlang:send_after(1, timed, to_name), X9 = receive to_name -> got after 60000 -> none end, unregister(timed), X9 end)()},
     {unknown_name, (fun() -> R10 = erlang:send_after(1, nobody_here, x), receive after 10 -> ok end, erlang:cancel_timer(R10) end)()},
     {to_dead, (fun() -> {P, M} = spawn_monitor(fun() -> ok end), receive {'DOWN', M, process, P, _} -> ok end, R11 = erlang:send_after(60000, P, x), is_reference(R11) end)()},
     {dies_with_target, (fun() -> {P12, M12} = spawn_monitor(fun() -> receive stop -> ok end end), R12 = erlang:send_after(60000, P12, x), P12 ! stop, receive {'DOWN', M12, process, P12, _} -> ok end, receive after 20 -> ok end, erlang:cancel_timer(R12) end)()},
     {absolute, (fun() -> Now = erlang:monotonic_time(millisecond), R13 = erlang:send_after(Now + 5, self(), abs_m, [{abs, true}]), X13 = receive abs_m -> got after 60000 -> none end, {is_reference(R13), X13, erlang:monotonic_time(millisecond) >= Now + 5} end)()},
     {absolute_past, (fun() -> erlang:send_after(erlang:monotonic_time(millisecond) - 100, self(), past, [{abs, true}]), receive past -> got after 60000 -> none end end)()},
     {from_other_process, (fun() -> S = self(), R14 = erlang:send_after(60000, self(), x), spawn(fun() -> S ! {cancelled, erlang:cancel_timer(R14)} end), receive {cancelled, C} -> is_integer(C) end end)()},
     {order_of_equal, (fun() -> [erlang:send_after(10, self(), {n, N}) || N <- seq(1, 5)], lists:sort([receive {n, N} -> N after 60000 -> none end || _ <- seq(1, 5)]) end)()},
     {many, (fun() -> Rs = [erlang:send_after(50000 + N, self(), x) || N <- seq(1, 200)], length([ok || R15 <- Rs, is_integer(erlang:cancel_timer(R15))]) end)()},
     {errors, [caught(fun() -> erlang:send_after(id(T), id(D), m) end) || {T, D} <- [{-1, self()}, {a, self()}, {1.0, self()}, {1 bsl 64, self()}, {1, 5}, {1, "x"}, {1, {a, node()}}]]},
     {option_errors, [caught(fun() -> erlang:start_timer(1000, self(), m, id(O)) end) || O <- [foo, [foo], [{abs, x}], [{abs, false} | y]]] ++ [caught(fun() -> erlang:cancel_timer(make_ref(), id(O)) end) || O <- [foo, [foo], [{async, 1}], []]]},
     {cancel_errors, [caught(fun() -> erlang:cancel_timer(id(X)) end) || X <- [a, 1, self()]] ++ [erlang:cancel_timer(make_ref()), erlang:read_timer(make_ref())]},
     {message_kept, (fun() -> Big = {[1 bsl 70], <<1, 2, 3>>, #{k => v}}, erlang:send_after(2, self(), Big), garbage(200), receive Big -> same after 60000 -> none end end)()}].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
