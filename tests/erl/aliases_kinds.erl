%% Process aliases: how each kind ends, messages to dead aliases, aliases of monitors, reuse, and sending from other
%% processes.
-module(aliases_kinds).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    S = self(),
    [{explicit, (fun() -> A = alias(), A ! one, A ! two, R = [receive one -> 1 end, receive two -> 2 end], {R, unalias(A), unalias(A), send_get(A)} end)()},
     {reply, (fun() -> A2 = alias([reply]), A2 ! first, X2 = receive first -> got after 1000 -> none end, A2 ! second, {X2, receive second -> got after 10 -> none end, unalias(A2)} end)()},
     {explicit_unalias_option, (fun() -> A3 = alias([explicit_unalias]), A3 ! x, {receive x -> got end, unalias(A3)} end)()},
     {many, (fun() -> As = [alias() || _ <- seq(1, 20)], [A4 ! {n, N} || {A4, N} <- zip(As, seq(1, 20))], R4 = sum(20, 0), [unalias(A5) || A5 <- As], [A6 ! late || A6 <- As], {R4, receive late -> late after 10 -> none end} end)()},
     {from_other_process, (fun() -> A7 = alias(), spawn(fun() -> A7 ! {from, self() =/= S} end), R7 = receive {from, B} -> B end, unalias(A7), R7 end)()},
     {monitor_kinds, [monitored(K) || K <- [explicit_unalias, demonitor, reply_demonitor]]},
     {monitor_down_keeps, [after_down(K) || K <- [explicit_unalias, demonitor, reply_demonitor]]},
     {plain_ref, (fun() -> R8 = make_ref(), R8 ! hello, receive hello -> got after 10 -> none end end)()},
     {owner_dead, (fun() -> {P9, M9} = spawn_monitor(fun() -> exit({alias, alias()}) end), A9 = receive {'DOWN', M9, process, P9, {alias, X9}} -> X9 end, A9 ! x, is_reference(A9) end)()},
     {unalias_foreign, (fun() -> {P10, M10} = spawn_monitor(fun() -> A10 = alias(), S ! {alias, A10}, receive stop -> exit(received_nothing); via_alias -> exit(via_alias) end end), A11 = receive {alias, X11} -> X11 end, U = unalias(A11), A11 ! via_alias, {U, receive {'DOWN', M10, process, P10, R10} -> R10 end} end)()},
     {send_bif, (fun() -> A12 = alias(), {erlang:send(A12, b1), erlang:send(A12, b2, [nosuspend]), receive b1 -> ok end, receive b2 -> ok end, unalias(A12)} end)()},
     {send_after, (fun() -> A13 = alias(), erlang:send_after(1, S, plain), A13 ! now, {receive now -> now end, receive plain -> plain end, unalias(A13)} end)()},
     {errors, [caught(fun() -> alias(id(O)) end) || O <- [foo, [foo], [reply | x], [{a, b}]]] ++ [caught(fun() -> unalias(id(X)) end) || X <- [a, 1, S]]},
     {compare, (fun() -> A14 = alias(), M14 = #{A14 => x}, unalias(A14), {A14 =:= A14, map_get(A14, M14), is_reference(A14)} end)()}].

send_get(A) -> A ! three, receive three -> got after 10 -> none end.

monitored(Kind) ->
    P = spawn(fun() -> receive {To, X} -> To ! {To, X}, To ! {To, again}, receive stop -> ok end end end),
    M = monitor(process, P, [{alias, Kind}]),
    P ! {M, hi},
    A = receive {M, hi} -> got after 1000 -> none end,
    B = receive {M, again} -> got after 20 -> none end,
    demonitor(M, [flush]),
    M ! {M, after_demonitor},
    C = receive {M, after_demonitor} -> got after 10 -> none end,
    exit(P, kill),
    {A, B, C, unalias(M)}.

after_down(Kind) ->
    {P, _} = spawn_monitor(fun() -> receive stop -> ok end end),
    M = monitor(process, P, [{alias, Kind}]),
    P ! stop,
    receive {'DOWN', M, process, P, normal} -> ok end,
    M ! {M, late},
    R = receive {M, late} -> got after 10 -> none end,
    receive {'DOWN', _, process, P, normal} -> ok after 0 -> ok end,
    {R, unalias(M)}.

sum(0, A) -> A;
sum(N, A) -> receive {n, K} -> sum(N - 1, A + K) end.

zip([A | T], [B | U]) -> [{A, B} | zip(T, U)];
zip([], []) -> [].

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
