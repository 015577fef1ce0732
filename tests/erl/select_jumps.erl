%% Conditions that fall through, share code, test the same value twice, and order of clauses with overlapping patterns.
-module(select_jumps).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Xs = [0, 1, 2, 10, -1, 1.0, a, b, [], [1], [1, 2], [a | b], {}, {1}, {a, 1}, <<>>, <<1>>, #{}, 1 bsl 70],
    [{overlap, [overlap(id(X)) || X <- Xs]},
     {twice, [twice(id(X)) || X <- Xs]},
     {shared_body, [shared(id(X), id(Y)) || X <- [1, a, []], Y <- [1, 2, a]]},
     {repeated_variable, [same(A, B, C) || {A, B, C} <- [{1, 1, 1}, {1, 1, 2}, {1, 2, 1}, {2, 1, 1}, {1, 1.0, 1}, {[1], [1], [1]}, {a, b, c}]]},
     {deep, [deep(id(X)) || X <- [{a, [1, {b, 2}]}, {a, [1, {c, 2}]}, {a, [2, {b, 2}]}, {a, [1]}, {a, []}, {b, [1, {b, 2}]}, x]]},
     {alternating, [alt(id(X), id(Y)) || {X, Y} <- [{1, a}, {2, a}, {1, b}, {2, b}, {3, c}, {a, 1}]]},
     {bound_in_case, [bound(id(X), 5) || X <- [5, 5.0, 6, {5}]]},
     {case_of_call, [case id({X, X rem 3}) of {_, 0} -> zero; {N, 1} when N > 5 -> {big, N}; {N, R} -> {N, R} end || X <- [3, 4, 7, 8]]},
     {exported_from_case, [exported(id(X)) || X <- [1, a, {z}]]},
     {if_chain, [chain(id(X), id(Y)) || {X, Y} <- [{1, 2}, {2, 1}, {1, 1}, {a, 1}, {1, a}, {1.0, 1}]]},
     {list_prefix, [prefix(id(X)) || X <- ["ab", "abc", "abd", "a", "", [97 | x], "xyz", [a, b, c]]]},
     {boolean_result, [{is_list(X) andalso X =/= [], is_number(X) orelse is_atom(X)} || X <- Xs]}].

overlap(1) -> one; overlap(X) when X == 1 -> like_one; overlap([]) -> nil; overlap([1 | T]) when T =/= [] -> {one_and, T}; overlap([_]) -> single; overlap(X) when is_list(X) -> list;
overlap({a, X}) when is_integer(X) -> {a, X}; overlap({_}) -> one_tuple; overlap(T) when is_tuple(T) -> {tuple, tuple_size(T)}; overlap(X) when X > 5, is_integer(X) -> large; overlap(X) when is_integer(X) -> small;
overlap(X) when is_atom(X) -> atom; overlap(X) when is_binary(X) -> bin; overlap(_) -> other.

twice(X) -> A = case X of N when is_integer(N) -> int; [_ | _] -> cons; _ -> other end, B = case X of N2 when is_integer(N2), N2 > 1 -> A; [Y | _] -> {A, Y}; Z when A =:= other -> {z, Z =:= X}; _ -> none end, {A, B}.

shared(1, Y) when Y > 1 -> case Y of 2 -> two; _ -> more end; shared(a, a) -> both; shared(X, Y) when X =:= Y -> equal; shared(_, 2) -> two; shared(_, _) -> more.

same(X, X, X) -> all; same(X, X, _) -> first; same(X, _, X) -> ends; same(_, X, X) -> last; same(X, Y, _) when X == Y -> almost; same(_, _, _) -> none.

deep({a, [1, {b, X}]}) -> {ab, X}; deep({a, [1, {_, X}]}) -> {a_, X}; deep({a, [1 | T]}) -> {a1, T}; deep({a, [H | _]}) -> {ah, H}; deep({a, _}) -> a; deep({_, [_ | _]}) -> l; deep(_) -> none.

alt(1, a) -> p; alt(2, a) -> q; alt(1, b) -> r; alt(X, b) when X > 1 -> s; alt(X, Y) when is_atom(X) -> {Y, X}; alt(X, Y) -> {X, Y}.

bound(X, Y) -> case X of Y -> same; {Y} -> wrapped; Z when Z == Y -> equal; _ -> other end.

exported(X) -> case X of 1 -> A = one, B = 1; {B} -> A = tuple; _ -> A = other, B = X end, {A, B}.

chain(X, Y) -> if X < Y, is_integer(Y) -> less; X > Y, is_integer(X) -> greater; X =:= Y -> same; X == Y -> equal; is_atom(X); is_atom(Y) -> atoms; true -> none end.

prefix("abc" ++ T) -> {abc, T}; prefix("ab" ++ T) -> {ab, T}; prefix("a" ++ T) -> {a, T}; prefix([A, B | _]) -> {A, B}; prefix(_) -> none.

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
