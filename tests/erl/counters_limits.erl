%% Atomics and counters at the edges of 64 bits, signed and not, with wrong indices and values; shared between
%% processes.
-module(counters_limits).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    U = atomics:new(3, [{signed, false}]), S = atomics:new(2, []), C = counters:new(2, []), W = counters:new(2, [write_concurrency]),
    Max = (1 bsl 63) - 1, Min = -(1 bsl 63),
    [{signed_edges, [begin atomics:put(S, 1, V), atomics:get(S, 1) end || V <- [0, -1, Max, Min]]},
     {signed_wrap, (fun() -> atomics:put(S, 1, Max), atomics:add(S, 1, 1), A = atomics:get(S, 1), atomics:sub(S, 1, 1), {A, atomics:get(S, 1)} end)()},
     {unsigned_edges, [begin atomics:put(U, 1, V), atomics:get(U, 1) end || V <- [0, 1 bsl 63, (1 bsl 64) - 1]]},
     {unsigned_wrap, (fun() -> atomics:put(U, 1, 0), atomics:sub(U, 1, 1), A1 = atomics:get(U, 1), {A1, atomics:add_get(U, 1, 2)} end)()},
     {put_errors, [caught(fun() -> atomics:put(id(R), id(I), id(V)) end) || {R, I, V} <- [{S, 1, 1 bsl 63}, {S, 1, Min - 1}, {U, 1, -1 bsl 64}, {U, 1, 1 bsl 64}, {S, 0, 1}, {S, 3, 1}, {S, 1, a}, {S, 1, 1.0}, {a, 1, 1}, {S, 1 bsl 70, 1}, {make_ref(), 1, 1}]]},
     {add_get, [atomics:add_get(S, 2, N) || N <- [5, -10, 1 bsl 40, -(1 bsl 62)]]},
     {sub_get, [atomics:sub_get(S, 2, N) || N <- [1, -1]]},
     {exchange, {atomics:exchange(S, 2, 77), atomics:get(S, 2), atomics:compare_exchange(S, 2, 77, 88), atomics:get(S, 2), atomics:compare_exchange(S, 2, 77, 99), atomics:get(S, 2)}},
     {exchange_unsigned, {atomics:exchange(U, 2, (1 bsl 64) - 1), atomics:compare_exchange(U, 2, (1 bsl 64) - 1, 5), atomics:get(U, 2)}},
     {info, {maps:with([size, max, min], atomics:info(S)), maps:with([size, max, min], atomics:info(U))}},
     {new_errors, [caught(fun() -> is_reference(atomics:new(id(N), id(O))) end) || {N, O} <- [{0, []}, {-1, []}, {a, []}, {1, [foo]}, {1, a}, {1, [{signed, x}]}]]},
     {counters, (fun() -> counters:add(C, 1, 5), counters:sub(C, 1, 7), counters:put(C, 2, 1 bsl 60), counters:add(C, 2, 1 bsl 62), {counters:get(C, 1), counters:get(C, 2)} end)()},
     {counters_wrap, (fun() -> counters:put(C, 1, Max), counters:add(C, 1, 2), counters:get(C, 1) end)()},
     {write_concurrency, (fun() -> counters:add(W, 1, 10), counters:sub(W, 1, 3), counters:put(W, 2, -4), {counters:get(W, 1), counters:get(W, 2), map_size(counters:info(W))} end)()},
     {counter_errors, [caught(fun() -> counters:F(id(R), id(I), id(V)) end) || F <- [add, put, sub], {R, I, V} <- [{C, 0, 1}, {C, 3, 1}, {C, 1, a}, {S, 1, 1}, {C, 1, 1 bsl 64}]]},
     {shared, (fun() -> Self = self(), atomics:put(S, 1, 0), Ps = [spawn(fun() -> [atomics:add(S, 1, 1) || _ <- seq(1, 200)], Self ! {done, self()} end) || _ <- seq(1, 8)], [receive {done, P} -> ok end || P <- Ps], atomics:get(S, 1) end)()},
     {shared_counters, (fun() -> Self2 = self(), counters:put(W, 1, 0), Ps2 = [spawn(fun() -> [counters:add(W, 1, N) || N <- seq(1, 50)], Self2 ! {done, self()} end) || _ <- seq(1, 4)], [receive {done, P2} -> ok end || P2 <- Ps2], counters:get(W, 1) end)()},
     {max_by_exchange, (fun() -> atomics:put(S, 2, 0), [raise_to(S, 2, V) || V <- [5, 3, 9, 1]], atomics:get(S, 2) end)()},
     {survive_owner, (fun() -> Self3 = self(), spawn(fun() -> X = atomics:new(1, []), atomics:put(X, 1, 42), Self3 ! {ref, X} end), X3 = receive {ref, Y3} -> Y3 end, receive after 5 -> ok end, erlang:garbage_collect(), atomics:get(X3, 1) end)()}].

raise_to(R, I, V) -> raise_to(R, I, V, atomics:get(R, I)).
raise_to(_, _, V, Old) when V =< Old -> ok;
raise_to(R, I, V, Old) -> case atomics:compare_exchange(R, I, Old, V) of ok -> ok; Now -> raise_to(R, I, V, Now) end.

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
