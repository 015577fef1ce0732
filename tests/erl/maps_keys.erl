%% Keys that are nearly equal: integers and floats, zeros, bignums, nested terms, funs, references, binaries made in
%% different ways; and what is equal by == only.
-module(maps_keys).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Big = id(1 bsl 70),
    M = #{1 => int, 1.0 => float, Big => big, {1, 2.0} => mixed, {1.0, 2} => mixed2, [1] => list, [1.0] => list2, <<1>> => bin, <<1:1>> => bit, #{a => 1} => map, #{a => 1.0} => map2, a => atom, "a" => string, [] => nil, {} => unit},
    Keys = [1, 1.0, Big, float(Big), {1, 2.0}, {1.0, 2}, {1, 2}, [1], [1.0], <<1>>, <<1:1>>, <<2:2>>, #{a => 1}, #{a => 1.0}, a, "a", [], {}],
    [{found, [maps:get(id(K), M, none) || K <- Keys]},
     {remade, [maps:get(binary_to_term(term_to_binary(K)), M, none) || K <- Keys]},
     {size, map_size(M)},
     {large, (fun() -> L = add(M, 40), [maps:get(K, L, none) || K <- Keys] end)()},
     {equal_maps, {#{1 => a} == id(#{1.0 => a}), #{1 => a} =:= id(#{1.0 => a}), #{a => 1} == id(#{a => 1.0}), #{a => 1} =:= id(#{a => 1.0})}},
     {zero_keys, map_size(put_all([0, 0.0, -0], #{}))},
     {computed_keys, (fun() -> N = id(3), X = #{N + 1 => a, N * 2 => b, {N} => c, N => d}, {X, X#{2 + 2 => z}} end)()},
     {repeated_in_literal, (fun() -> K = id(k), #{K => 1, k => 2, K => 3} end)()},
     {order_of_evaluation, (fun() -> put(o, []), X = #{note(b) => note(1), note(a) => note(2)}, {X, erase(o)} end)()},
     {ref_keys, (fun() -> R = make_ref(), S = make_ref(), X = #{R => 1, S => 2}, {map_get(R, X), map_get(S, X), is_map_key(make_ref(), X)} end)()},
     {fun_keys, (fun() -> F = fun id/1, G = fun(Z) -> {Z, Big} end, X = #{F => 1, G => 2, fun erlang:abs/1 => 3}, {map_get(fun id/1, X), map_get(G, X), map_get(fun erlang:abs/1, X)} end)()},
     {pid_keys, (fun() -> X = #{self() => me}, map_get(self(), X) end)()},
     {sub_binary_keys, (fun() -> <<_:3, K:16/bits, _/bits>> = <<5:3, "ab", 1:5>>, maps:get(K, #{<<"ab">> => yes}, no) end)()},
     {iterated, (fun() -> {_, S} = walk(maps:next(maps:iterator(add(#{}, 40))), 0), S end)()},
     {order_in_flat, [K || {K, _} <- lists:usort(maps:to_list(#{3 => a, 1 => b, 2 => c}))]},
     {deep_keys, (fun() -> D = deep(50), X = #{D => found}, {map_get(deep(50), X), maps:get(deep(49), X, none)} end)()}].

add(M, 0) -> M;
add(M, N) -> add(M#{{extra, N} => N}, N - 1).

put_all([], M) -> M;
put_all([K | T], M) -> put_all(T, M#{K => K}).

note(X) -> put(o, [X | get(o)]), X.

walk(none, S) -> {done, S};
walk({_, V, I}, S) -> walk(maps:next(I), S + V).

deep(0) -> leaf;
deep(N) -> {N, [deep(N - 1)]}.

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
