%% Closures over many variables of all kinds, that are called late, called often, return closures, are stored in the
%% dictionary, in messages and maps, and shadow names.
-module(closures_wide).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{twenty, (twenty(1, 2.5, [c], {d}, <<"e">>, #{f => 6}, g, 1 bsl 70, self(), make_ref()))(x)},
     {in_dictionary, (fun() -> put(f, adder(id(5))), garbage(100), (get(f))(10) end)()},
     {in_message, (fun() -> self() ! {f, adder(id([1]))}, receive {f, F} -> caught(fun() -> F(1) end) end end)()},
     {in_map, (fun() -> M = #{add => fun(A, B) -> A + B end, neg => fun(A) -> -A end}, {(map_get(add, M))(1, 2), (maps:get(neg, M))(3)} end)()},
     {shadowing, (fun() -> A2 = id(outer), F2 = fun(A2) -> {A2, (fun(A2) -> [A2] end)(inner)} end, {F2(arg), A2} end)()},
     {accumulated, lists:reverse([G() || G <- make_all(10, [])], [])},
     {changed_after, (fun() -> V = id({v, 1}), F3 = fun() -> V end, V2 = setelement(2, V, 2), {F3(), V2} end)()},
     {counter_process, (fun() -> C = counter(0), [C(N) || N <- [1, 2, 3]] end)()},
     {float_environment, (fun() -> A4 = id(1.5), B4 = A4 * 2, F4 = fun(X) -> X * B4 + A4 end, {F4(2.0), F4(1), F4(1 bsl 64)} end)()},
     {deep_nesting, (nest(30, fun(X) -> X end))([])},
     {church, church_to_int(church_add(church(5), church(7)))},
     {many_arguments, (fun(A, B, C, D, E, F5, G5, H, I, J) -> {J, I, H, G5, F5, E, D, C, B, A} end)(1, 2, 3, 4, 5, 6, 7, 8, 9, id(10))},
     {in_guard_context, [F6 || F6 <- [fun id/1, fun() -> 1 end, x], is_function(F6, 0)] =/= []},
     {called_in_comprehension, [F7(X) || X <- [1, 2], F7 <- [fun(Y) -> {X, Y} end, fun(Y) -> [Y, X] end]]},
     {raise_from_environment, (fun() -> R = id({reason, [1 bsl 66]}), caught(fun() -> (fun() -> error(R) end)() end) end)()},
     {pipeline, lists:foldl(fun(F8, Acc) -> F8(Acc) end, id(3), [fun(X) -> X + 1 end, fun(X) -> {X} end, fun({X}) -> X * 1.5 end, fun erlang:trunc/1])},
     {mutual, (element(1, even_odd()))(id(101), even_odd())}].

twenty(A, B, C, D, E, F, G, H, I, J) ->
    K = {A, B}, L = [C | D], M = A + 1, N = B * 2, O = <<E/binary, E/binary>>, P = F#{g => G}, Q = H + 1, R = {K, L}, S = [M, N], T = fun() -> {Q, P} end,
    garbage(50),
    fun(X) -> garbage(20), {X, A, B, C, D, E, F, G, H, is_pid(I), is_reference(J), K, L, M, N, O, P, Q, R, S, T()} end.

adder(N) -> fun(X) -> X + N end.

make_all(0, Acc) -> Acc;
make_all(N, Acc) -> M = {N, [N]}, make_all(N - 1, [fun() -> {M, length(Acc)} end | Acc]).

counter(N) -> P = spawn_link(fun() -> count(N) end), fun(K) -> P ! {self(), K}, receive {P, R} -> R end end.
count(N) -> receive {From, K} -> From ! {self(), N + K}, count(N + K) end.

nest(0, F) -> F;
nest(N, F) -> nest(N - 1, fun(X) -> F([N | X]) end).

church(0) -> fun(_) -> fun(X) -> X end end;
church(N) -> P = church(N - 1), fun(F) -> fun(X) -> F((P(F))(X)) end end.
church_add(A, B) -> fun(F) -> fun(X) -> (A(F))((B(F))(X)) end end.
church_to_int(C) -> (C(fun(X) -> X + 1 end))(0).

even_odd() -> {fun(0, _) -> even; (N, {_, Odd} = T) -> Odd(N - 1, T) end, fun(0, _) -> odd; (N, {Even, _} = T) -> Even(N - 1, T) end}.

caught(F) -> try F() catch C:R -> {C, R} end.

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
