%% Tuples of many elements: building, matching, updating, comparing, sending, converting; errors of the tuple BIFs.
-module(tuples_huge).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    T = list_to_tuple(seq(1, 300)), H = erlang:make_tuple(id(70000), x),
    [{matched, match(T)},
     {sizes, {tuple_size(T), tuple_size(H), tuple_size(id({}))}},
     {elements, [element(id(N), T) || N <- [1, 150, 255, 256, 257, 300]]},
     {element_errors, [caught(fun() -> element(id(N), id(X)) end) || {N, X} <- [{0, T}, {301, T}, {-1, T}, {1.0, T}, {a, T}, {1 bsl 70, T}, {1, {}}, {1, [a]}, {1, #{}}]]},
     {setelement, (fun() -> T2 = setelement(id(256), T, {new}), {element(256, T), element(256, T2), element(257, T2), T2 > T} end)()},
     {setelement_chain, setelement(3, setelement(2, setelement(1, id({a, b, c}), [1]), [2]), [3])},
     {setelement_errors, [caught(fun() -> setelement(id(N), id(X), v) end) || {N, X} <- [{0, {a}}, {2, {a}}, {a, {a}}, {1, a}, {1, {}}, {1 bsl 70, {a}}]]},
     {huge_updated, (fun() -> H2 = setelement(id(69999), H, y), {element(69999, H), element(69999, H2), element(70000, H2), H =:= H2, erlang:phash2(H) =:= erlang:phash2(erlang:make_tuple(70000, x))} end)()},
     {make_tuple, [caught(fun() -> erlang:make_tuple(id(N), d) end) || N <- [0, 1, 3, -1, a, 1.0, 1 bsl 70]]},
     {make_tuple_3, [caught(fun() -> erlang:make_tuple(4, d, id(L)) end) || L <- [[], [{1, a}, {4, b}], [{2, x}, {2, y}], [{5, z}], [{0, z}], [a], a, [{1, a} | b], [{1, 2, 3}]]]},
     {append_element, [caught(fun() -> erlang:append_element(id(X), z) end) || X <- [{}, {a}, T2 = {1, 2}, a, []]]},
     {insert_delete, [caught(F) || F <- [fun() -> erlang:insert_element(1, id({b}), a) end, fun() -> erlang:insert_element(2, id({a}), b) end, fun() -> erlang:insert_element(3, id({a}), b) end, fun() -> erlang:delete_element(1, id({a, b})) end,
                                         fun() -> erlang:delete_element(3, id({a, b})) end, fun() -> erlang:delete_element(1, id({})) end, fun() -> erlang:insert_element(a, {}, b) end]]},
     {compare, [{A < B, A == B} || {A, B} <- [{id({}), {1}}, {id({2}), {1, 0}}, {id({1, 2}), {1, 3}}, {id({1, 2.0}), {1.0, 2}}, {T, H}, {setelement(300, T, 0), T}]]},
     {to_list, {length(tuple_to_list(H)), tuple_to_list(id({})), caught(fun() -> tuple_to_list(id([])) end)}},
     {sent, (fun() -> self() ! {big, T}, receive {big, M} -> M =:= T end end)()},
     {built_from_calls, built(id(1))}].

match({A, _, _, D, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, T, _, _, _, _, _, _, _, _, _, X}) -> {A, D, T, X};
match(T) when tuple_size(T) =:= 300, element(2, T) =:= 2 -> {big, element(299, T) + 1}.

built(N) ->
    {N, [N], {id(N)}, id(N + 1), N * 2, id({N, N}), <<N>>, N, id(N + 2), N bsl 64, id([N]), a, b, c, d, e, f, id(g), h, N, N, id(N), N, N, N, N, N, N, N, id(last)}.

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
