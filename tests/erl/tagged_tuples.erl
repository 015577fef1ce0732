%% Clauses chosen by the first element and the size of a tuple, by the size alone, and by atoms deeper inside.
-module(tagged_tuples).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{tag_and_size, [tag(id(X)) || X <- [{ok, 1}, {ok, 1, 2}, {error, r}, {error}, {ok}, {}, ok, {1, 2}, {"ok", 2}, {ok, 1, 2, 3}, {{ok, 1}, 2}]]},
     {size_only, [size_of(id(X)) || X <- [{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, list_to_tuple(seq(1, 9)), list_to_tuple(seq(1, 300)), a, [1, 2], #{}]]},
     {mixed, [mixed(id(X)) || X <- [{a}, {a, b}, {b, a}, {a, 1}, {1, a}, [a, b], [], a, 1, 1.0, <<>>, #{}]]},
     {expression, [eval(id(E), #{x => 7}) || E <- [{num, 3}, {var, x}, {add, {num, 1}, {var, x}}, {mul, {add, {num, 2}, {num, 3}}, {neg, {num, 4}}},
                                                 {'if', {lt, {var, x}, {num, 8}}, {num, 1}, {num, 2}}, {'let', x, {num, 100}, {add, {var, x}, {var, x}}}]]},
     {bad_expression, [caught(fun() -> eval(id(E), #{}) end) || E <- [{num}, {var, x}, {add, {num, 1}}, {pow, 1, 2}, {neg, {num, a}}]]},
     {deep_atoms, [deep(id(X)) || X <- [{a, {b, {c, 1}}}, {a, {b, {d, 1}}}, {a, {c, 1}}, {a, b}, {a, {b, {c, 1, 2}}}, {b, {b, {c, 1}}}]]},
     {is_record_2, [[is_record(id(X), id(T)) || T <- [ok, error, a]] || X <- [{ok}, {error, 1}, {a, 1, 2}, ok, {}, {1, ok}]]},
     {is_record_3, [[is_record(id(X), ok, N) || N <- [1, 2, 3]] || X <- [{ok}, {ok, 1}, {error, 1}, {ok, 1, 2}, [ok]]]},
     {record_in_guard, [case id(X) of Y when is_record(Y, p, 3) -> {p, element(2, Y)}; Y when is_record(Y, q, 1) -> q; _ -> none end || X <- [{p, 1, 2}, {p, 1}, {q}, {q, 1}, p]]},
     {run_time_tag, [caught(fun() -> is_record(id({t, 1}), id(T)) end) || T <- [t, u, 1, "t"]]},
     {run_time_size, [caught(fun() -> is_record(id({t, 1}), id(t), id(N)) end) || N <- [2, 3, 0, -1, a, 1 bsl 70]]},
     {no_tuple_no_error, [element_or(id(X)) || X <- [{}, {1}, {a, 2}, a, [], 1 bsl 64]]},
     {state_machine, run(idle, [start, {data, 1}, {data, 2}, pause, {data, 3}, resume, {data, 4}, {stop, normal}, start])}].

tag({ok, A}) -> {ok1, A};
tag({ok, A, B}) -> {ok2, A, B};
tag({error, R}) -> {err, R};
tag({error}) -> err0;
tag({T, _}) when is_integer(T) -> int_tag;
tag({T}) -> {one, T};
tag(T) when is_tuple(T) -> {tuple, tuple_size(T)};
tag(_) -> other.

size_of({}) -> 0;
size_of({_}) -> 1;
size_of({_, _}) -> 2;
size_of({_, _, _}) -> 3;
size_of({_, _, C, D, _, _, _, _, E}) -> {C, D, E};
size_of(T) when tuple_size(T) > 200 -> {huge, element(300, T)};
size_of(T) when is_tuple(T) -> {other, tuple_size(T)};
size_of(_) -> no_tuple.

mixed({a}) -> 1;
mixed({a, b}) -> 2;
mixed({b, a}) -> 3;
mixed([a | T]) -> {4, T};
mixed({a, X}) -> {5, X};
mixed({X, a}) -> {6, X};
mixed([]) -> 7;
mixed(a) -> 8;
mixed(1) -> 9;
mixed(X) when is_float(X) -> 10;
mixed(X) -> {11, X}.

eval({num, N}, _) -> N;
eval({var, V}, Env) -> map_get(V, Env);
eval({add, A, B}, Env) -> eval(A, Env) + eval(B, Env);
eval({mul, A, B}, Env) -> eval(A, Env) * eval(B, Env);
eval({neg, A}, Env) -> -eval(A, Env);
eval({lt, A, B}, Env) -> eval(A, Env) < eval(B, Env);
eval({'if', C, A, B}, Env) -> case eval(C, Env) of true -> eval(A, Env); false -> eval(B, Env) end;
eval({'let', V, A, B}, Env) -> eval(B, Env#{V => eval(A, Env)}).

deep({a, {b, {c, X}}}) -> {abc, X};
deep({a, {b, X}}) -> {ab, X};
deep({a, {c, X}}) -> {ac, X};
deep({a, X}) -> {a, X};
deep(_) -> none.

element_or(X) when element(1, X) =:= a -> {a, element(2, X)};
element_or(X) when tuple_size(X) =:= 0 -> empty;
element_or(X) when is_tuple(X) -> {tuple, element(1, X)};
element_or(_) -> none.

run(State, []) -> [State];
run(State, [E | T]) -> [State | run(next(State, E), T)].

next(idle, start) -> {running, []};
next({running, L}, {data, X}) -> {running, [X | L]};
next({running, L}, pause) -> {paused, L, 0};
next({paused, L, N}, {data, _}) -> {paused, L, N + 1};
next({paused, L, N}, resume) -> {running, [{lost, N} | L]};
next({running, L}, {stop, R}) -> {stopped, R, L};
next({stopped, _, _} = S, _) -> S.

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
