%% What the maps BIFs and the syntax raise for what is no map and for absent keys, in values, guards and nested
%% updates.
-module(maps_errors).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    NoMaps = [a, 1, [], {}, <<>>, [{a, 1}]],
    [{update, [caught(fun() -> (id(X))#{k => 1} end) || X <- NoMaps]},
     {update_exact, [caught(fun() -> (id(X))#{k := 1} end) || X <- NoMaps ++ [#{}, #{j => 1}]]},
     {get, [caught(fun() -> map_get(id(k), id(X)) end) || X <- NoMaps ++ [#{}]]},
     {get_2, [caught(fun() -> maps:get(id(k), id(X)) end) || X <- NoMaps ++ [#{}]]},
     {size, [caught(fun() -> map_size(id(X)) end) || X <- NoMaps]},
     {is_key, [caught(fun() -> is_map_key(k, id(X)) end) || X <- NoMaps]},
     {find, [caught(fun() -> maps:find(k, id(X)) end) || X <- [a, #{}, #{k => 1}]]},
     {keys, [caught(fun() -> maps:keys(id(X)) end) || X <- NoMaps]},
     {values, [caught(fun() -> maps:values(id(X)) end) || X <- NoMaps]},
     {merge, [caught(fun() -> maps:merge(id(X), id(Y)) end) || {X, Y} <- [{a, #{}}, {#{}, b}, {a, b}, {#{a => 1}, #{a => 2}}]]},
     {remove, [caught(fun() -> maps:remove(k, id(X)) end) || X <- [a, #{}, #{k => 1}]]},
     {take, [caught(fun() -> maps:take(k, id(X)) end) || X <- [a, #{}, #{k => 1}]]},
     {put, [caught(fun() -> maps:put(k, v, id(X)) end) || X <- [a, #{}, #{k => 1}]]},
     {update_bif, [caught(fun() -> maps:update(k, v, id(X)) end) || X <- [a, #{}, #{k => 1}]]},
     {from_list, [caught(fun() -> maps:from_list(id(X)) end) || X <- [a, [a], [{a}], [{a, 1} | b], [{a, 1}, {a, 2}], [{a, 1, 2}]]]},
     {from_keys, [caught(fun() -> maps:from_keys(id(X), v) end) || X <- [a, [a, b, a], [a | b], []]]},
     {order_of_failure, [caught(fun() -> (id(a))#{k => error(value_first)} end), caught(fun() -> (id(#{}))#{k := 1, l => error(value)} end), caught(fun() -> M = id(#{a => 1}), M#{a := 2, b := 3} end)]},
     {partial_update, (fun() -> M = id(#{a => 1}), R = try M#{a => 2, b := 3} catch error:E -> E end, {R, M} end)()},
     {nested, [caught(fun() -> M = id(X), M#{in => (map_get(in, M))#{v := 1}} end) || X <- [#{in => #{v => 0}}, #{in => #{}}, #{in => a}, #{}]]},
     {badmap_term, (fun() -> try (id({big, 1 bsl 65}))#{a => 1} catch error:{badmap, T} -> T end end)()},
     {error_info, (fun() -> try maps:get(k, id(#{})) catch error:{badkey, k}:T -> [{M, F, A, _} | _] = T, {M, F, A} end end)()}].

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
