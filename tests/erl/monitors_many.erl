%% Many monitors: on one process, by many, of names, of the dead, twice, removed with flush and info, tags and aliases,
%% order with messages.
-module(monitors_many).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{twenty_on_one, (fun() -> P = holder(), Ms = [monitor(process, P) || _ <- seq(1, 20)], exit(P, r), length([ok || M <- Ms, receive {'DOWN', M, process, P, r} -> true after 60000 -> false end]) end)()},
     {all_distinct, (fun() -> P2 = holder(), Ms2 = [monitor(process, P2) || _ <- seq(1, 10)], [demonitor(M2) || M2 <- Ms2], exit(P2, kill), map_size(maps:from_keys(Ms2, x)) end)()},
     {many_monitor_one, (fun() -> P3 = holder(), S = self(), Ws = [spawn(fun() -> M3 = monitor(process, P3), S ! {ready, self()}, receive {'DOWN', M3, process, P3, R3} -> S ! {saw, self(), R3} end end) || _ <- seq(1, 15)], [receive {ready, W} -> ok end || W <- Ws], exit(P3, shared), [receive {saw, W, R} -> R end || W <- Ws] end)()},
     {dead, (fun() -> P4 = dead(), M4 = monitor(process, P4), receive {'DOWN', M4, process, P4, R4} -> R4 end end)()},
     {name, (fun() -> P5 = holder(), register(monitored_name, P5), M5 = monitor(process, monitored_name), exit(P5, x), receive {'DOWN', M5, process, {N5, Node}, R5} -> {N5, Node =:= node(), R5} end end)()},
     {unknown_name, (fun() -> M6 = monitor(process, no_such_name), receive {'DOWN', M6, process, {N6, _}, R6} -> {N6, R6} end end)()},
     {demonitor, (fun() -> P7 = holder(), M7 = monitor(process, P7), true = demonitor(M7), exit(P7, x), wait_dead(P7), receive {'DOWN', M7, _, _, _} -> got after 0 -> none end end)()},
     {flush, (fun() -> P8 = holder(), M8 = monitor(process, P8), exit(P8, x), wait_dead(P8), receive after 10 -> ok end, true = demonitor(M8, [flush]), receive {'DOWN', M8, _, _, _} -> got after 0 -> flushed end end)()},
     {info, (fun() -> P9 = holder(), M9 = monitor(process, P9), A = demonitor(M9, [info]), B = demonitor(M9, [info]), C = demonitor(M9, [flush, info]), exit(P9, kill), {A, B, C} end)()},
     {twice, (fun() -> P10 = holder(), M10 = monitor(process, P10), {demonitor(M10), demonitor(M10), exit(P10, kill)} end)()},
     {tag, (fun() -> P11 = holder(), M11 = monitor(process, P11, [{tag, {my, [tag]}}]), exit(P11, y), receive {{my, [tag]}, M11, process, P11, R11} -> R11 end end)()},
     {alias_reply, (fun() -> P12 = holder(), M12 = monitor(process, P12, [{alias, reply_demonitor}]), P12 ! {reply, M12, hi}, A12 = receive {M12, hi} -> got after 60000 -> none end, exit(P12, z), {A12, receive {'DOWN', M12, _, _, _} -> down after 20 -> none end} end)()},
     {self, (fun() -> M13 = monitor(process, self()), {is_reference(M13), demonitor(M13)} end)()},
     {order_after_messages, (fun() -> S14 = self(), {P14, M14} = spawn_monitor(fun() -> [S14 ! {msg, N} || N <- seq(1, 5)] end), collect(M14, P14) end)()},
     {info_items, (fun() -> P15 = holder(), M15 = monitor(process, P15), {monitors, L} = process_info(self(), monitors), {monitored_by, B15} = process_info(P15, monitored_by), demonitor(M15), exit(P15, kill), {lists:member({process, P15}, L), B15 =:= [self()]} end)()},
     {errors, [caught(fun() -> monitor(id(T), id(X)) end) || {T, X} <- [{foo, self()}, {process, 1}, {process, {a}}, {port, self()}, {process, "x"}]]},
     {demonitor_errors, [caught(fun() -> demonitor(id(X)) end) || X <- [a, 1]] ++ [caught(fun() -> demonitor(make_ref(), id(O)) end) || O <- [[foo], foo, [flush | x], []]]},
     {option_errors, [caught(fun() -> monitor(process, self(), id(O)) end) || O <- [foo, [foo], [{alias, x}], [{tag}]]]},
     {reasons, [begin {P16, M16} = spawn_monitor(F), receive {'DOWN', M16, process, P16, R16} -> case R16 of {X16, [_ | _]} -> {X16, trace}; _ -> R16 end end end || F <- [fun() -> ok end, fun() -> exit(r) end, fun() -> error(e) end, fun() -> throw(t) end, fun() -> 1 / id(0) end]]}].

holder() -> spawn(fun() -> hold() end).
hold() -> receive {reply, To, X} -> To ! {To, X}, hold() end.

dead() -> {P, M} = spawn_monitor(fun() -> ok end), receive {'DOWN', M, process, P, _} -> P end.

wait_dead(P) -> case is_process_alive(P) of true -> receive after 1 -> wait_dead(P) end; false -> ok end.

collect(M, P) -> receive {msg, N} -> [N | collect(M, P)]; {'DOWN', M, process, P, R} -> [R] end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
