%% Iterators, to_list, keys, values and comprehension-like loops over maps of all sizes, with updates while they are
%% walked, and folds that build others.
-module(maps_iterated).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Sizes = [0, 1, 2, 31, 32, 33, 34, 100, 500],
    [{all_seen, [begin M = build(N), lists:sort(walk(maps:next(maps:iterator(M)))) =:= lists:sort(maps:to_list(M)) end || N <- Sizes]},
     {counts, [length(walk(maps:next(maps:iterator(build(N))))) || N <- Sizes]},
     {keys_and_values, [begin M = build(N), lists:zip(maps:keys(M), maps:values(M)) =:= maps:to_list(M) end || N <- Sizes]},
     {sums, [lists:sum(maps:values(build(N))) || N <- Sizes]},
     {update_while_walked, (fun() -> M2 = build(40), M3 = upd(maps:next(maps:iterator(M2)), M2), {map_size(M3), lists:sum(maps:values(M3)), lists:sum(maps:values(M2))} end)()},
     {remove_while_walked, (fun() -> M4 = build(50), M5 = rem_even(maps:next(maps:iterator(M4)), M4), {map_size(M5), map_size(M4)} end)()},
     {next_from_middle, (fun() -> {_, _, I} = maps:next(maps:iterator(build(100))), {_, _, I2} = maps:next(I), length(walk(maps:next(I2))) end)()},
     {iterator_reused, (fun() -> I3 = maps:iterator(build(60)), A = walk(maps:next(I3)), B = walk(maps:next(I3)), A =:= B end)()},
     {over_collection, (fun() -> I4 = maps:iterator(build(80)), {K, V, I5} = maps:next(I4), garbage(500), erlang:garbage_collect(), {V =:= K * 3, length(walk(maps:next(I5)))} end)()},
     {bad, [caught(fun() -> maps:iterator(id(X)) end) || X <- [a, [], {}]]},
     {bad_next, [caught(fun() -> maps:next(id(X)) end) || X <- [a, 1]]},
     {fold, [maps:fold(fun(K, V, S) -> S + K * V end, 0, build(N)) || N <- Sizes]},
     {map, [begin M6 = maps:map(fun(K, V) -> {K, V} end, build(N)), {map_size(M6), maps:get(1, M6, none)} end || N <- Sizes]},
     {filter, [map_size(maps:filter(fun(K, _) -> K rem 3 =:= 0 end, build(N))) || N <- Sizes]},
     {sent, (fun() -> I7 = maps:iterator(build(40)), self() ! {i, I7}, receive {i, I8} -> length(walk(maps:next(I8))) end end)()},
     {mixed_keys, lists:sort(walk(maps:next(maps:iterator(#{1 => a, 1.0 => b, {1} => c, "x" => d, <<1>> => e})))) },
     {nested, maps:fold(fun(_, M7, S) -> S + map_size(M7) end, 0, #{1 => build(1), 40 => build(40)})}].

build(N) -> build(N, #{}).
build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => N * 3}).

walk(none) -> [];
walk({K, V, I}) -> [{K, V} | walk(maps:next(I))].

upd(none, M) -> M;
upd({K, V, I}, M) -> upd(maps:next(I), M#{K := V + 1, {new, K} => V}).

rem_even(none, M) -> M;
rem_even({K, _, I}, M) when K rem 2 =:= 0 -> rem_even(maps:next(I), maps:remove(K, M));
rem_even({_, _, I}, M) -> rem_even(maps:next(I), M).

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
