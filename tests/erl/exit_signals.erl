%% exit/2 with every kind of reason to processes that trap or not, are linked or not, to itself and to the dead; what
%% the receiver and its watchers see.
-module(exit_signals).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Reasons = [normal, kill, killed, shutdown, {shutdown, x}, other, {nested, [1, {2}]}, 1 bsl 70],
    [{not_trapping, [signal(false, R) || R <- Reasons]},
     {trapping, [signal(true, R) || R <- Reasons]},
     {to_self, [to_self(false, R) || R <- [normal, kill, other]]},
     {to_self_trapping, [to_self(true, R) || R <- [normal, kill, other]]},
     {exit_1, [watch(fun() -> exit(R) end) || R <- Reasons]},
     {exit_1_linked, [linked(R) || R <- Reasons]},
     {exit_1_linked_trapping, [linked_trap(R) || R <- Reasons]},
     {to_dead, (fun() -> P = spawn(fun() -> ok end), wait_dead(P), exit(P, x) end)()},
     {errors, [caught(fun() -> exit(id(X), r) end) || X <- [a, 1, [], {}]]},
     {from_other, (fun() -> S = self(), {P2, M2} = spawn_monitor(fun() -> process_flag(trap_exit, true), S ! ready, receive {'EXIT', From, R2} -> exit({from_sender, From =:= S, R2}) end end), receive ready -> exit(P2, [a, b]) end, receive {'DOWN', M2, process, P2, R3} -> R3 end end)()},
     {many_signals, (fun() -> S4 = self(), {P4, M4} = spawn_monitor(fun() -> process_flag(trap_exit, true), S4 ! ready, exit({count, count_exits(50, 0)}) end), receive ready -> ok end, [exit(P4, N) || N <- seq(1, 50)], receive {'DOWN', M4, process, P4, R4} -> R4 end end)()},
     {while_running, (fun() -> {P5, M5} = spawn_monitor(fun() -> spin(0) end), exit(P5, stop), receive {'DOWN', M5, process, P5, R5} -> R5 end end)()},
     {while_spawning, (fun() -> {P6, M6} = spawn_monitor(fun() -> spawner() end), exit(P6, stop), receive {'DOWN', M6, process, P6, R6} -> R6 end end)()},
     {signal_order, [order(N) || N <- [1, 5]]},
     {trap_turned_off, (fun() -> S8 = self(), {P8, M8} = spawn_monitor(fun() -> process_flag(trap_exit, true), process_flag(trap_exit, false), S8 ! ready, receive never -> ok end end), receive ready -> exit(P8, now_fatal) end, receive {'DOWN', M8, process, P8, R8} -> R8 end end)()},
     {dead_flag, (fun() -> P9 = spawn(fun() -> receive never -> ok end end), A = is_process_alive(P9), exit(P9, kill), wait_dead(P9), {A, is_process_alive(P9), process_info(P9)} end)()}].

signal(Trap, Reason) ->
    S = self(),
    {P, M} = spawn_monitor(fun() -> process_flag(trap_exit, Trap), S ! ready, receive {'EXIT', _, R} -> exit({trapped, R}); finish -> exit(finished) end end),
    receive ready -> exit(P, Reason), P ! finish end,
    receive {'DOWN', M, process, P, R} -> R end.

to_self(Trap, Reason) -> watch(fun() -> process_flag(trap_exit, Trap), exit(self(), Reason), receive {'EXIT', P, R} -> exit({trapped, P =:= self(), R}) after 10 -> exit(survived) end end).

watch(F) -> {P, M} = spawn_monitor(F), receive {'DOWN', M, process, P, R} -> R end.

linked(Reason) -> watch(fun() -> P = spawn_link(fun() -> receive go -> exit(Reason) end end), M = monitor(process, P), P ! go, receive {'DOWN', M, _, _, _} -> ok end, receive after 1 -> exit(survived) end end).

linked_trap(Reason) -> watch(fun() -> process_flag(trap_exit, true), P = spawn_link(fun() -> exit(Reason) end), receive {'EXIT', P, R} -> exit({trapped, R}) end end).

count_exits(0, S) -> S;
count_exits(N, S) -> receive {'EXIT', _, K} -> count_exits(N - 1, S + K) end.

spin(N) -> spin(N + 1).

spawner() -> spawn(fun() -> ok end), receive after 1 -> spawner() end.

order(N) ->
    S = self(),
    {P, M} = spawn_monitor(fun() -> process_flag(trap_exit, true), S ! ready, exit(gather(2 * N)) end),
    receive ready -> ok end,
    [begin P ! {msg, I}, exit(P, {sig, I}) end || I <- seq(1, N)],
    receive {'DOWN', M, process, P, R} -> R end.

gather(0) -> [];
gather(N) -> receive {msg, I} -> [{m, I} | gather(N - 1)]; {'EXIT', _, {sig, I}} -> [{s, I} | gather(N - 1)] end.

wait_dead(P) -> case is_process_alive(P) of true -> receive after 1 -> wait_dead(P) end; false -> ok end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
