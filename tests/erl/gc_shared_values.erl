%% Values that are reachable in several ways, over collections: shared parts, cycles through funs and processes, old
%% data that points to new, binaries shared and cut.
-module(gc_shared_values).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{shared_list, (fun() -> S = seq(1, 50), T = {S, [S | S], #{a => S}}, garbage(300), erlang:garbage_collect(), {A, [B | C], #{a := D}} = T, {A =:= B, B =:= C, C =:= D, erts_debug_same(A, D)} end)()},
     {old_gets_new, old_new(id(60), list_to_tuple(seq(1, 20)))},
     {dictionary_old_new, (fun() -> put(d, []), dict(id(100)), L = erase(d), {length(L), hd(L), lists:last(L)} end)()},
     {binary_parts, parts(id(50), [])},
     {many_small_binaries, (fun() -> L2 = [<<N, N:16>> || N <- seq(1, 300)], garbage(200), erlang:phash2(L2) end)()},
     {large_binaries_die, (fun() -> [binary:copy(<<N>>, 10000) || N <- seq(1, 50)], erlang:garbage_collect(), B3 = binary:copy(<<7>>, 10000), binary:last(B3) end)()},
     {messages_while_collecting, (fun() -> S4 = self(), spawn(fun() -> [S4 ! {N, seq(1, 10)} || N <- seq(1, 50)] end), garbage(500), [begin receive {N, L4} -> length(L4) end end || N <- [50, 1, 25]] end)()},
     {mailbox_full_of_data, (fun() -> [self() ! {m, N, [N]} || N <- seq(1, 100)], garbage(300), erlang:garbage_collect(), lists:sum([receive {m, N, [N]} -> N end || N <- seq(1, 100)]) end)()},
     {literals_and_heap, (fun() -> L5 = [{literal, [1, 2]}, {id(heap), [1, 2]}], garbage(200), erlang:garbage_collect(), L5 end)()},
     {closures_hold, (fun() -> Fs = [begin X = {N, seq(1, N)}, fun() -> X end end || N <- seq(1, 20)], garbage(300), [tuple_size(F()) || F <- Fs] =:= [2 || _ <- Fs] end)()},
     {floats_and_bigs, (fun() -> L6 = [{N * 1.5, N bsl 65} || N <- seq(1, 50)], garbage(300), lists:foldl(fun({F6, B6}, {S6, T6}) -> {S6 + F6, T6 + B6} end, {0.0, 0}, L6) end)()},
     {large_tuple_updated, (fun() -> T7 = upd(list_to_tuple(seq(1, 200)), 200), garbage(100), erlang:phash2(T7) end)()},
     {map_grows_old, (fun() -> M8 = grow(id(200), #{}), garbage(200), {map_size(M8), map_get(100, M8)} end)()},
     {two_processes, (fun() -> S9 = self(), P9 = spawn(fun() -> pong([]) end), L9 = ping(P9, S9, 20, seq(1, 20)), L9 =:= seq(1, 20) end)()},
     {deep_term, (fun() -> D = nest(id(3000), x), garbage(100), erlang:garbage_collect(), depth(D, 0) end)()},
     {min_heap, (fun() -> P10 = spawn_opt(fun() -> receive {go, F10} -> garbage(300), F10 ! {done, length(seq(1, 2000))} end end, [{min_heap_size, 5000}, {fullsweep_after, 0}]), P10 ! {go, self()}, receive {done, N10} -> N10 end end)()}].

erts_debug_same(A, B) -> A =:= B.

old_new(0, T) -> erlang:phash2(T);
old_new(N, T) -> garbage(5), old_new(N - 1, setelement(N rem 20 + 1, T, {N, [N], element(N rem 20 + 1, T)})).

dict(0) -> ok;
dict(N) -> put(d, [{N, [N]} | get(d)]), garbage(3), dict(N - 1).

parts(0, Acc) -> {length(Acc), erlang:phash2(Acc)};
parts(N, Acc) -> B = binary:copy(<<N, (N + 1)>>, 60), <<_:N/binary, P:10/binary, _/binary>> = B, garbage(3), parts(N - 1, [P | Acc]).

upd(T, 0) -> T;
upd(T, N) -> upd(setelement(N, T, [N | element(N, T)]), N - 1).

grow(0, M) -> M;
grow(N, M) -> grow(N - 1, M#{N => [N]}).

pong(_) -> receive {From, L} -> garbage(5), From ! {back, L}, pong(L) end.
ping(_, _, 0, L) -> L;
ping(P, S, N, L) -> P ! {S, L}, receive {back, L2} -> garbage(5), ping(P, S, N - 1, L2) end.

nest(0, X) -> X;
nest(N, X) -> nest(N - 1, [X]).
depth([X], N) -> depth(X, N + 1);
depth(_, N) -> N.

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
