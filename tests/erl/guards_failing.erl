%% Guards whose tests raise fail silently: alternatives go on, conjunctions stop, and nothing of it is seen outside.
-module(guards_failing).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Values = [0, 1, -7, 1.5, a, [], [1, 2], [1 | 2], {}, {1, 2}, <<1, 2>>, <<1:3>>, #{}, #{k => 1}, 1 bsl 70, self_fun(), "abc"],
    [{sizes, [sizes(id(X)) || X <- Values]},
     {heads, [heads(id(X)) || X <- Values]},
     {arithmetic, [arith(id(X)) || X <- Values]},
     {alternatives, [alternatives(id(X)) || X <- Values]},
     {or_is_strict, [or_strict(id(X)) || X <- Values]},
     {orelse_is_lazy, [or_lazy(id(X)) || X <- Values]},
     {and_is_strict, [and_strict(id(X)) || X <- Values]},
     {negation, [negated(id(X)) || X <- Values]},
     {negated_failure, [not_failing(id(X)) || X <- Values]},
     {comparison_of_failures, [if hd(X) =:= tl(X) -> same; hd(X) =/= tl(X) -> differ; true -> fails end || X <- Values]},
     {elements, [element_at(id(N), {a, b, c}) || N <- [1, 3, 4, 0, -1, 1.0, x, 1 bsl 70]]},
     {map_access, [map_access(id(X), id(k)) || X <- Values]},
     {non_boolean, [case X of Y when Y -> yes; _ -> no end || X <- [true, false, 1, a, []]]},
     {bound_boolean, [begin B = id(X), if B -> yes; not B -> no; true -> neither end end || X <- [true, false, maybe_]]},
     {receive_guard, begin self() ! {v, a}, self() ! {v, 3}, receive {v, N} when N + 1 > 3 -> {got, N} after 0 -> none end end},
     {left, receive {v, M} -> M after 0 -> none end},
     {in_try_of, [try id(X) of Y when hd(Y) > 0 -> list; Y when Y div 2 =:= 0 -> small; _ -> other catch _:_ -> caught end || X <- Values]},
     {in_catch_clause, [try throw(X) catch throw:Y when tuple_size(Y) =:= 2 -> pair; throw:Y when length(Y) =:= 2 -> list; _:_ -> rest end || X <- Values]}].

self_fun() -> fun id/1.

sizes(X) when length(X) =:= 2 -> list2;
sizes(X) when tuple_size(X) =:= 2 -> tuple2;
sizes(X) when byte_size(X) =:= 2 -> bytes2;
sizes(X) when bit_size(X) =:= 3 -> bits3;
sizes(X) when map_size(X) =:= 1 -> map1;
sizes(X) when size(X) =:= 0 -> empty;
sizes(_) -> none.

heads(X) when hd(X) =:= 1, tl(X) =:= 2 -> improper;
heads(X) when hd(tl(X)) =:= 2 -> second;
heads(X) when hd(X) > 0 -> head;
heads(_) -> none.

arith(X) when X + 1 =:= 2 -> one;
arith(X) when X div 0 =:= 1 -> never;
arith(X) when X / 2 =:= 0.75 -> half;
arith(X) when X rem 2 =:= -1 -> negative_odd;
arith(X) when X bsr 70 =:= 1 -> big;
arith(X) when abs(X) >= 0 -> number;
arith(_) -> none.

alternatives(X) when hd(X) =:= 1; X =:= a; tuple_size(X) > 0; 1 / X > 0 -> yes;
alternatives(X) when X == 0; X < 0 -> low;
alternatives(_) -> no.

or_strict(X) when (hd(X) =:= 1) or is_list(X) -> yes;
or_strict(X) when is_atom(X) or (X == 1.5) -> second;
or_strict(_) -> no.

or_lazy(X) when is_list(X) orelse hd(X) -> yes;
or_lazy(X) when is_tuple(X) andalso tuple_size(X) > 1 orelse is_number(X) andalso X > 1 -> second;
or_lazy(_) -> no.

and_strict(X) when is_list(X) and (hd(X) =:= 1) -> yes;
and_strict(X) when is_number(X) and not (X > 1) -> second;
and_strict(_) -> no.

negated(X) when not is_list(X), not (X < 1) -> yes;
negated(X) when not (is_tuple(X) orelse is_number(X)) -> second;
negated(_) -> no.

not_failing(X) when not (hd(X) > 1) -> yes;
not_failing(X) when not (map_get(k, X) =:= 2) -> map;
not_failing(_) -> no.

element_at(N, T) when element(N, T) =:= b -> b;
element_at(N, T) when element(N, T) > b -> after_b;
element_at(N, T) when element(N, T) < b -> before_b;
element_at(_, _) -> none.

map_access(M, K) when map_get(K, M) =:= 1 -> one;
map_access(M, K) when is_map_key(K, M) -> other;
map_access(M, K) when not is_map_key(K, M) -> missing;
map_access(_, _) -> no_map.

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
