%% Tables of each type with the same operations: keys equal by == and =:=, duplicates, order, counters, deletion while
%% walking.
-module(ets_types).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() -> [{T, run(T)} || T <- [set, ordered_set, bag, duplicate_bag]].

run(Type) ->
    T = ets:new(t, [Type]),
    [ets:insert(T, X) || X <- [{1, a}, {1.0, b}, {1, a}, {1, c}, {k, [1, 2]}, {{t, 1}, 1 bsl 70}, {<<"b">>, x}]],
    R = [{size, ets:info(T, size)},
         {lookups, [lists:sort(ets:lookup(T, K)) || K <- [1, 1.0, k, {t, 1}, {t, 1.0}, <<"b">>, none]]},
         {member, [ets:member(T, K) || K <- [1, 1.0, 2, {t, 1.0}]]},
         {insert_new, [ets:insert_new(T, X) || X <- [{1, z}, {new, 1}, [{new2, 1}, {1, q}], [{new3, 1}, {new4, 2}]]]},
         {element, [caught(fun() -> ets:lookup_element(T, K, P) end) || {K, P} <- [{k, 2}, {none, 2}, {k, 3}]]},
         {counter, [caught(fun() -> ets:update_counter(T, K, 5) end) || K <- [new, k, none]]},
         {update, caught(fun() -> ets:update_element(T, k, {2, y}) end)},
         {take, {lists:sort(ets:take(T, 1)), ets:member(T, 1), ets:take(T, none)}},
         {delete_object, begin ets:insert(T, [{d, 1}, {d, 2}]), ets:delete_object(T, {d, 2}), ets:lookup(T, d) end},
         {delete, {ets:delete(T, d), ets:delete(T, d), ets:lookup(T, d)}},
         {match, {lists:sort(ets:match(T, {'$1', 1})), length(ets:match_object(T, {'_', '_'}))}},
         {select, {lists:sort(ets:select(T, [{{'$1', '$2'}, [{is_atom, '$1'}], ['$1']}])), ets:select_count(T, [{{'_', '$1'}, [{'=:=', '$1', 1}], [true]}])}},
         {fold, ets:foldl(fun(_, N) -> N + 1 end, 0, T)},
         {walk, begin ets:insert(T, [{N, N} || N <- lists:seq(100, 130)]), ets:safe_fixtable(T, true), N = walk(T, ets:first(T), 0), ets:safe_fixtable(T, false), {N, ets:info(T, size)} end},
         {clear, begin ets:delete_all_objects(T), {ets:info(T, size), ets:first(T), ets:tab2list(T)} end}],
    ets:delete(T),
    R ++ [{gone, [caught(fun() -> ets:lookup(T, 1) end), ets:info(T)]}].

walk(_, '$end_of_table', N) -> N;
walk(T, K, N) -> Next = ets:next(T, K), ets:delete(T, K), walk(T, Next, N + 1).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
