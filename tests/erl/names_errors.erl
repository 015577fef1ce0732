%% Registered names: conflicts, names of the dead, sending to names, whereis and unregister errors, names that are
%% taken over, in other processes.
-module(names_errors).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    P = spawn(fun() -> loop() end),
    [{register, register(name_a, P)},
     {whereis, {whereis(name_a) =:= P, whereis(name_b)}},
     {conflicts, [caught(fun() -> register(id(N), id(Q)) end) || {N, Q} <- [{name_a, self()}, {name_b, P}, {undefined, self()}, {1, P}, {"n", P}, {name_b, a}, {name_b, 1}]]},
     {send, (fun() -> name_a ! {self(), ping}, receive {P, pong, ping} -> ok end end)()},
     {send_node, (fun() -> {name_a, node()} ! {self(), ping2}, receive {P, pong, ping2} -> ok end end)()},
     {send_unknown, [caught(fun() -> id(no_name) ! x end), caught(fun() -> {id(no_name), node()} ! x end), caught(fun() -> erlang:send(id(no_name), x) end), caught(fun() -> erlang:send(id(no_name), x, []) end)]},
     {send_bad, [caught(fun() -> erlang:send(id(X), m) end) || X <- [1, "a", {a, 1}, {1, node()}, {a, b, c}, #{}]]},
     {send_options, [caught(fun() -> erlang:send(self(), m, id(O)) end) || O <- [[], [noconnect], [nosuspend], [foo], foo, [noconnect | x]]]},
     {received, flush()},
     {registered_name, {process_info(P, registered_name), lists:member(name_a, registered())}},
     {unregister, unregister(name_a)},
     {after_unregister, {whereis(name_a), caught(fun() -> unregister(name_a) end), process_info(P, registered_name)}},
     {reuse, (fun() -> true = register(name_a, self()), true = unregister(name_a), true = register(name_c, P), process_info(P, registered_name) end)()},
     {dies, (fun() -> M = monitor(process, P), P ! stop, receive {'DOWN', M, process, P, R} -> {R, whereis(name_c)} end end)()},
     {register_dead, caught(fun() -> register(name_d, P) end)},
     {free_again, (fun() -> true = register(name_c, self()), X = whereis(name_c) =:= self(), unregister(name_c), X end)()},
     {own_name_message, (fun() -> register(me, self()), me ! hello, R3 = receive hello -> got end, unregister(me), R3 end)()},
     {unregister_errors, [caught(fun() -> unregister(id(X)) end) || X <- [undefined, 1, "x", never_there]]},
     {whereis_errors, [caught(fun() -> whereis(id(X)) end) || X <- [1, "x", [], undefined]]},
     {race, (fun() -> S = self(), Ps = [spawn(fun() -> S ! {self(), caught(fun() -> register(raced, self()) end)}, receive stop -> ok end end) || _ <- seq(1, 10)], Rs = [receive {Q, R4} -> R4 end || Q <- Ps], [Q ! stop || Q <- Ps], {length([ok || true <- Rs]), length([ok || {error, badarg} <- Rs])} end)()}].

loop() -> receive {From, X} -> From ! {self(), pong, X}, loop(); stop -> ok end.

flush() -> receive X -> [X | flush()] after 0 -> [] end.

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
