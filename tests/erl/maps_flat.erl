%% Maps of up to 32 keys: literals, construction, update, access, matching, equality.
-module(maps_flat).
-export([start/0, id/1]).

start() ->
    M = id(#{a => 1, b => 2, 3 => c}),
    Empty = id(#{}),
    [{size, {map_size(M), map_size(Empty), map_size(#{a => 1, id(a) => 2})}},
     {get, {map_get(a, M), maps:get(3, M), maps:get(x, M, default)}},
     {update, get_all(M#{a => 10, d => 4})},
     {update_exact, get_all(M#{b := 20})},
     {build_up, map_size(build(id(32), #{}))},
     {untouched, get_all(M)},
     {same_update, M#{a := 1} =:= M},
     {match, match(M)},
     {match_partial, [kind(X) || X <- [M, Empty, #{type => x}, #{type => y, value => 1}, [], #{value => none}]]},
     {match_computed_key, lookup(M, id(b))},
     {equal, {M =:= id(#{3 => c, b => 2, a => 1}), M == id(#{3 => c, b => 2.0, a => 1}), Empty =:= M}},
     {key_exact, {maps:get(1, #{1 => int, 1.0 => float}), maps:get(1.0, #{1 => int, 1.0 => float})}},
     {duplicate_keys, #{1 => a, 1 => b}},
     {compound_keys, maps:get({[x], <<1>>}, #{{[x], <<1>>} => found, {[x], <<2>>} => wrong})},
     {big_keys, maps:get(id(1 bsl 70), #{1 bsl 70 => big, 2.5 => float})},
     {nested, maps:get(in, maps:get(out, id(#{out => #{in => deep}})))},
     {pattern_in_head, sum_pair(#{left => 3, right => 4})},
     {is_key, [is_map_key(K, M) || K <- [a, c, 3, 3.0]]},
     {errors, [caught(F) || F <- [fun() -> (id(M))#{zz := 1} end, fun() -> (id(a))#{b => 1} end,
                                  fun() -> map_get(zz, M) end, fun() -> map_size(id([])) end,
                                  fun() -> maps:get(zz, M) end, fun() -> maps:get(a, id({})) end,
                                  fun() -> #{a := X} = id(Empty), X end]]},
     {counting, count([a, b, a, c, a, b], #{})}].

get_all(M) -> {map_size(M), [{K, V} || K <- [a, b, 3, d], {ok, V} <- [maps_find(K, M)]]}.

maps_find(K, M) ->
    case M of
        #{K := V} -> {ok, V};
        #{} -> error
    end.

build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => N * N}).

match(#{a := A, b := B}) -> {A, B}.

kind(#{type := T, value := V}) -> {both, T, V};
kind(#{type := T}) -> {type, T};
kind(#{value := _}) -> value;
kind(#{}) -> map;
kind(_) -> other.

lookup(M, K) ->
    #{K := V} = M,
    V.

sum_pair(#{left := L, right := R}) when L < R -> L + R.

count([], M) -> [maps:get(K, M) || K <- [a, b, c]];
count([X | Rest], M) when is_map_key(X, M) -> count(Rest, M#{X := map_get(X, M) + 1});
count([X | Rest], M) -> count(Rest, M#{X => 1}).

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
