%% What is told of funs: fun_info, equality, order, text, arity, external funs made at run time, funs of the same code
%% with other environments.
-module(funs_facts).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    X = id(7), Y = id([y]),
    F0 = fun() -> {X, Y} end, F1 = fun(A) -> {A, X} end, L = fun id/1, E = fun erlang:abs/1, Named = fun Self(0) -> done; Self(N) -> Self(N - 1) end,
    [{arity, [element(2, erlang:fun_info(F, arity)) || F <- [F0, F1, L, E, Named]]},
     {type, [erlang:fun_info(F, type) || F <- [F0, L, E, Named]]},
     {module, [erlang:fun_info(F, module) || F <- [F0, L, E]]},
     {env, [erlang:fun_info(F, env) || F <- [L, E]]},
     {env_local, (fun() -> {env, Env} = erlang:fun_info(F0, env), length(Env) end)()},
     {external, [erlang:fun_info(E, I) || I <- [name, arity, module, type, env]]},
     {items, [lists:keymember(K, 1, erlang:fun_info(F0)) || K <- [module, name, arity, env, type, pid, index, uniq, new_index, new_uniq]]},
     {bad_items, [caught(fun() -> erlang:fun_info(id(F), id(I)) end) || {F, I} <- [{F0, foo}, {a, arity}, {F0, 1}, {E, foo}]]},
     {equal, {F0 =:= F0, mk(1) =:= mk(1), mk(1) =:= mk(2), mk(1) == mk(1.0), L =:= fun id/1, E =:= fun erlang:abs/1}},
     {external_made, (fun() -> G = erlang:make_fun(id(erlang), id(abs), id(1)), {G =:= E, G(-5), is_function(G, 1)} end)()},
     {make_fun_errors, [caught(fun() -> erlang:make_fun(id(M), id(F), id(A)) end) || {M, F, A} <- [{1, f, 1}, {m, "f", 1}, {m, f, -1}, {m, f, 256}, {m, f, a}]]},
     {external_syntax, (fun() -> M = id(erlang), F3 = id(max), A = id(2), G3 = fun M:F3/A, {G3(1, 2), G3 =:= fun erlang:max/2} end)()},
     {external_undefined, (fun() -> case caught(fun() -> (fun no_such:thing/1)(1) end) of {error, R} -> R end end)()},
     {is_function, [[is_function(F, N) || N <- [0, 1, 2]] || F <- [F0, F1, L, E, Named]]},
     {named, Named(id(100))},
     {order, {F0 < [], F0 > make_ref(), self() > F0, {} > F0}},
     {in_terms, (fun() -> T = #{F1 => a, {E} => b}, {map_get(F1, T), map_get({fun erlang:abs/1}, T)} end)()},
     {text_of_external, erlang:fun_to_list(E)},
     {round_trip, (fun() -> G4 = binary_to_term(term_to_binary(F1)), {G4(z), G4 =:= F1, binary_to_term(term_to_binary(E)) =:= E} end)()},
     {captured_late, [G5() || G5 <- [begin N = K * 2, fun() -> {N, K} end end || K <- [1, 2, 3]]]},
     {fun_in_fun, (((mk3(1))(2))(3))(4)}].

mk(N) -> fun(X) -> {X, N} end.

mk3(A) -> fun(B) -> fun(C) -> fun(D) -> [A, B, C, D] end end end.

caught(F) -> try F() catch C:R -> {C, R} end.

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
