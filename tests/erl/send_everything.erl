%% Messages of every kind of term, to oneself and through other processes and back: copied well, alone, shared, nested,
%% large, with funs, bits and references.
-module(send_everything).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Terms = [a, 1, 1 bsl 70, -(1 bsl 130), 1.5, -0.0, [], [1 | 2], seq(1, 200), "text", {}, {a, {b, [c]}}, list_to_tuple(seq(1, 100)), <<>>, <<1, 2, 3>>, <<5:3>>, binary:copy(<<"x">>, 100), binary:copy(<<1, 2>>, 500), part(binary:copy(<<7>>, 200)),
             #{}, #{a => #{b => [c]}}, maps:from_list([{N, {N}} || N <- seq(1, 50)]), fun id/1, fun erlang:abs/1, [[[[[[x]]]]]], {[{[{}]}]}],
    P = spawn_link(fun() -> echo() end), Q = spawn_link(fun() -> relay(P) end),
    [{to_self, [X || X <- Terms, begin self() ! {t, X}, receive {t, Y} -> Y =/= X end end]},
     {echo, [X || X <- Terms, send(P, X) =/= X]},
     {relayed, [X || X <- Terms, send(Q, X) =/= X]},
     {all_at_once, send(P, Terms) =:= Terms},
     {shared, (fun() -> S = seq(1, 20), T = {S, S, [S | S]}, R = send(P, T), R =:= T end)()},
     {closures, (fun() -> K = id([env, 1 bsl 65]), F = fun(X) -> {X, K} end, G = send(P, F), {G(1), G =:= F} end)()},
     {refs_and_pids, (fun() -> R2 = make_ref(), {R3, P3, M} = send(P, {R2, self(), #{R2 => self()}}), {R3 =:= R2, P3 =:= self(), map_get(R2, M) =:= self()} end)()},
     {grown_binary, (fun() -> B = grow(id(<<>>), 100), C = send(P, B), D = <<B/binary, 1>>, E = <<C/binary, 2>>, {byte_size(D), binary:last(D), binary:last(E), C =:= B} end)()},
     {match_context, (fun() -> <<_, R4/binary>> = id(<<1, 2, 3, 4, 5>>), R5 = send(P, R4), <<A6, R6/bits>> = R5, {A6, R6} end)()},
     {many_in_flight, (fun() -> [P ! {erlang:self(), N, {N, [N]}} || N <- seq(1, 300)], lists:sum([receive {N, {N, [N]}} -> N end || N <- seq(1, 300)]) end)()},
     {while_collecting, (fun() -> [P ! {self(), N, {N, <<N:64>>}} || N <- seq(1, 50)], garbage(300), [ok || N <- seq(1, 50), receive {N, {N, <<N:64>>}} -> true end] =:= [ok || _ <- seq(1, 50)] end)()},
     {message_returned, (fun() -> X9 = id({r, [1]}), (self() ! X9) =:= receive {r, _} = Y9 -> Y9 end end)()},
     {send_order, (fun() -> [self() ! {n, N} || N <- seq(1, 20)], [receive {n, N} -> N end || _ <- seq(1, 1), N <- seq(1, 20)] =:= seq(1, 20) end)()},
     {to_many, (fun() -> Ps = [spawn(fun() -> echo() end) || _ <- seq(1, 10)], T10 = {seq(1, 10), <<"shared binary that is long enough to be shared, and longer still than that">>}, [Z ! {self(), Z, T10} || Z <- Ps], [ok || Z <- Ps, receive {Z, T10} -> true end] =:= [ok || _ <- Ps] end)()},
     {dead_receiver, (fun() -> {D11, M11} = spawn_monitor(fun() -> ok end), receive {'DOWN', M11, process, D11, _} -> ok end, D11 ! {big, seq(1, 1000)} =:= {big, seq(1, 1000)} end)()}].

echo() -> receive {From, Tag, X} -> From ! {Tag, X}, echo() end.

relay(P) -> receive {From, Tag, X} -> P ! {self(), Tag, X}, receive {Tag, Y} -> From ! {Tag, Y} end, relay(P) end.

send(P, X) -> Tag = make_ref(), P ! {self(), Tag, X}, receive {Tag, Y} -> Y end.

part(B) -> <<_:17/binary, P:100/binary, _/binary>> = B, P.

grow(B, 0) -> B;
grow(B, N) -> grow(<<B/binary, N>>, N - 1).

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
