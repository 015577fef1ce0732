%% Updates of records in every shape: chains, in loops that alternate fields, of values whose record is known and of
%% values whose record is not, with fields computed from the old ones.
-module(records_updated).
-export([start/0, id/1]).

-record(r2, {a = 1, b = 2}).
-record(r20, {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t = last}).
-record(tree, {left = nil, right = nil, value = 0, size = 1}).
-record(counter, {up = 0, down = 0, other = [], float = 0.0}).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    R = id(#r20{a = 1, j = [x]}),
    [{one_field, [(id(#r2{}))#r2{a = x}, (id(#r2{}))#r2{b = y}]},
     {chain, (((id(#r2{}))#r2{a = 3})#r2{b = 4})#r2{a = 5}},
     {first_and_last, R#r20{a = first, t = changed}},
     {middle_of_many, R#r20{g = 1, h = 2, i = 3, j = 4, k = 5}},
     {unchanged_source, begin S = R#r20{b = new}, {R#r20.b, S#r20.b, S#r20.t} end},
     {same_value, R#r20{a = id(1)} =:= R},
     {from_old, R#r20{a = [R#r20.j], j = R#r20.a}},
     {swap_fields, swap(id(#r2{a = p, b = q}))},
     {counts, count(id([up, down, up, {x, 1}, up, 1.5, down, 2.5]), #counter{})},
     {tree, total(build(id([5, 2, 8, 1, 9, 3, 7, 5, 5, 4, 6])))},
     {tree_shape, build(id([2, 1, 3]))},
     {errors, [caught(fun() -> set(X) end) || X <- [#r2{}, {r2, 1}, {r2, 1, 2, 3}, {r3, 1, 2}, r2, [r2, 1, 2], {}]]},
     {errors_read, [caught(fun() -> (id(X))#r2.b end) || X <- [#r2{}, {r2, 1}, {r3, 1, 2}, r2, 17, 1.5, <<>>]]},
     {error_order, caught(fun() -> (id(x))#r2{a = error(first)} end)},
     {nested, nested(id({#r2{a = #r2{a = #r2{}}}, z}))},
     {in_guard, [in_guard(X) || X <- [#r2{a = 5}, #r2{a = 1, b = 9}, #r2{a = foo}, {r2}, #r20{}]]},
     {many_rounds, rounds(id(3000), #r20{a = 0, b = 0, c = 0})}].

swap(#r2{a = A, b = B} = R) -> R#r2{a = B, b = A}.

set(X) -> X#r2{a = 1}.

count([], C) -> C;
count([up | T], #counter{up = N} = C) -> count(T, C#counter{up = N + 1});
count([down | T], C) -> count(T, C#counter{down = C#counter.down + 1});
count([F | T], #counter{float = G} = C) when is_float(F) -> count(T, C#counter{float = F + G});
count([X | T], #counter{other = O} = C) -> count(T, C#counter{other = [X | O]}).

build(L) -> build(L, nil).
build([], T) -> T;
build([X | R], T) -> build(R, insert_tree(X, T)).

insert_tree(X, nil) -> #tree{value = X};
insert_tree(X, #tree{value = V, left = L, size = S} = T) when X < V -> T#tree{left = insert_tree(X, L), size = S + 1};
insert_tree(X, #tree{right = R} = T) -> T#tree{size = T#tree.size + 1, right = insert_tree(X, R)}.

total(nil) -> 0;
total(#tree{left = L, right = R, value = V, size = S}) -> V * S + total(L) + total(R).

nested({#r2{a = #r2{a = Inner} = Mid} = Outer, Z}) -> Outer#r2{a = Mid#r2{a = Inner#r2{b = Z}}, b = [Inner]}.

in_guard(X) when X#r2.a > 3, is_integer(X#r2.a) -> {big, X#r2.a};
in_guard(X) when X#r2.b =:= 9 -> nine;
in_guard(X) when is_record(X, r2) -> r2;
in_guard(X) when is_record(X, r20, 21) -> r20;
in_guard(_) -> none.

rounds(0, R) -> R;
rounds(N, #r20{a = A} = R) when N rem 3 =:= 0 -> rounds(N - 1, R#r20{a = A + N, s = {N}});
rounds(N, #r20{b = B, s = S} = R) when N rem 3 =:= 1 -> rounds(N - 1, R#r20{b = B - N, c = S, d = [N]});
rounds(N, R) -> rounds(N - 1, R#r20{c = N, t = R#r20.d}).

caught(F) -> try F() catch C:R -> {C, R} end.

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
