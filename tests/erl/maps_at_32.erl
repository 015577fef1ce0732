%% Maps as they grow over the flat limit and shrink below it again: updates, removal, old versions, order of keys,
%% equality of maps made in different ways.
-module(maps_at_32).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{sizes, [begin M = build(N), {map_size(M), erlang:phash2(M)} end || N <- [0, 1, 31, 32, 33, 34, 64]]},
     {found, [[maps:get(K, build(N), none) || K <- [1, 31, 32, 33, 1.0, a]] || N <- [31, 32, 33]]},
     {grow_and_shrink, [N || N <- [31, 32, 33, 40], shrink(build(N), N, N - 5) =/= build(N - 5)]},
     {equal_order, [N || N <- [31, 32, 33], build(N) =/= backwards(N, #{})]},
     {old_versions, (fun() -> M = build(32), M2 = M#{33 => x}, M3 = maps:remove(33, M2), M4 = M2#{1 := y}, {map_size(M), map_size(M2), M3 =:= M, map_get(1, M), map_get(1, M4), map_get(33, M4)} end)()},
     {keys_sorted, [maps:keys(build(N)) =:= seq(1, N) || N <- [31, 32]]},
     {all_keys, [lists:member(K, maps:keys(build(40))) || K <- [1, 40, 41]]},
     {update_existing, [begin M = build(N), (M#{1 := one, N := last}) =:= (M#{1 => one, N => last}) end || N <- [31, 32, 33]]},
     {update_missing, [caught(fun() -> M = build(N), size_only(M#{absent := 1}) end) || N <- [0, 2]]},
     {update_missing_large, [try (build(N))#{absent := 1} of _ -> ok catch error:{badkey, K} -> K end || N <- [31, 32, 33]]},
     {put_many, [begin M = build(N), M2 = M#{a => 1, b => 2, c => 3, N => 4, 1.0 => 5}, {map_size(M2), map_get(N, M2), map_get(1.0, M2), map_get(1, M2)} end || N <- [28, 29, 30, 31, 32]]},
     {same_value, [begin M = build(N), M#{5 => 25} =:= M end || N <- [31, 33]]},
     {merged, [begin M = maps:merge(build(20), shifted(N)), {map_size(M), map_get(20, M), erlang:phash2(M)} end || N <- [5, 12, 13, 14, 30]]},
     {from_list, [maps:from_list([{K, K * K} || K <- seq(1, N)] ++ [{1, again}]) =:= (build(N))#{1 => again} || N <- [31, 32, 33]]},
     {compared, [{build(N) < build(N + 1), build(N + 1) < build(N), build(N) < (build(N))#{N => zz}, build(N) == build(N)} || N <- [31, 32, 33]]},
     {sent, [begin self() ! build(N), receive M -> M =:= build(N) end end || N <- [31, 32, 33]]},
     {with_collections, [collect(id(60), #{}, 0)]},
     {taken, [case maps:take(7, build(N)) of {V, M} -> {V, map_size(M), is_map_key(7, M)} end || N <- [31, 32, 33]]}].

build(N) -> build(N, #{}).
build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => N * N}).

backwards(0, M) -> M;
backwards(N, M) -> (backwards(N - 1, M))#{N => N * N}.

shifted(N) -> maps:from_list([{K + 19, K} || K <- seq(1, N)]).

shrink(M, N, N) -> M;
shrink(M, N, To) -> shrink(maps:remove(N, M), N - 1, To).

size_only(M) -> map_size(M).

collect(0, M, S) -> {map_size(M), S};
collect(N, M, S) ->
    garbage(10),
    M2 = M#{N => {N}, {N} => [N]},
    collect(N - 1, if N rem 3 =:= 0 -> maps:remove({N + 1}, M2); true -> M2 end, S + map_size(M2)).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
