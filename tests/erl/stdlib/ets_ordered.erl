%% Ordered tables: order of keys of all kinds, neighbours of keys that are and are not there, ranges by match specs,
%% updates while walking in both directions.
-module(ets_ordered).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    T = ets:new(t, [ordered_set, public]),
    Keys = [5, 1, 3.0, 2, a, "s", {1}, <<"b">>, [], 1 bsl 70, -1.5, {1, 2}, #{}, 4.0],
    [ets:insert(T, {K, K}) || K <- Keys],
    [{order, [K || {K, _} <- ets:tab2list(T)]},
     {forward, forward(T, ets:first(T))},
     {backward, backward(T, ets:last(T)) =:= lists:reverse(forward(T, ets:first(T)))},
     {next_missing, [ets:next(T, K) || K <- [0, 2.5, 3, zzz, -100, {0}, <<"zz">>]]},
     {prev_missing, [ets:prev(T, K) || K <- [0, 2.5, 3, zzz, -100, {0}, <<"zz">>]]},
     {equal_keys, {ets:lookup(T, 3), ets:lookup(T, 3.0), ets:insert(T, {3, int}), ets:lookup(T, 3.0), ets:info(T, size)}},
     {range, ets:select(T, [{{'$1', '_'}, [{'>', '$1', 1}, {'<', '$1', 5}], ['$1']}])},
     {select_limit, (fun() -> {A, C} = ets:select(T, [{{'$1', '_'}, [], ['$1']}], 4), {B, _} = ets:select(C), {A, B} end)()},
     {select_reverse, ets:select_reverse(T, [{{'$1', '_'}, [{is_number, '$1'}], ['$1']}])},
     {delete_while_walking, (fun() -> [ets:insert(T, {N, x}) || N <- lists:seq(1000, 1100)], del(T, ets:next(T, 999)), ets:info(T, size) end)()},
     {slot, [length(ets:slot(T, N)) || N <- [0, 3]]},
     {match_delete, (fun() -> ets:insert(T, [{{m, N}, N} || N <- lists:seq(1, 20)]), ets:match_delete(T, {{m, '_'}, 5}), ets:select_delete(T, [{{{m, '$1'}, '_'}, [{'>', '$1', 10}], [true]}]) end)()},
     {foldr, length(ets:foldr(fun({K, _}, Acc) -> [K | Acc] end, [], T))},
     {many, (fun() -> M = ets:new(m, [ordered_set]), [ets:insert(M, {(N * 7919) rem 1009, N}) || N <- lists:seq(1, 1008)], L = [K || {K, _} <- ets:tab2list(M)], {L =:= lists:seq(1, 1008), ets:prev(M, 500), ets:next(M, 500)} end)()}].

forward(_, '$end_of_table') -> [];
forward(T, K) -> [K | forward(T, ets:next(T, K))].

backward(_, '$end_of_table') -> [];
backward(T, K) -> [K | backward(T, ets:prev(T, K))].

del(_, '$end_of_table') -> ok;
del(T, K) when is_integer(K), K < 1101 -> ets:delete(T, K), del(T, ets:next(T, K));
del(_, _) -> ok.

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
