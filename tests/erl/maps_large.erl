%% Maps of more than 32 keys, and maps that cross that size in both directions.
-module(maps_large).
-export([start/0, id/1]).

start() ->
    M33 = build(id(33), #{}),
    M = build(id(5000), #{}),
    [{sizes, [map_size(build(N, #{})) || N <- [31, 32, 33, 34, 64, 1000]]},
     {lookup, [maps:get(K, M) || K <- [1, 2, 17, 2500, 5000]]},
     {missing, {maps:find(5001, M), maps:find(0, M), is_map_key(1.0, M)}},
     {all_there, check(M, 5000)},
     {update, {maps:get(77, M#{77 := x}), map_size(M#{77 := x}), maps:get(77, M)}},
     {update_same, M#{77 := 77 * 77} =:= M},
     {remove, shrink(M, 4990)},
     {down_to_flat, map_size(shrink(M33, 3)) =:= 30},
     {equal_after_shrinking, shrink(M33, 3) =:= from(4, 33, #{})},
     {order_of_insertion, build(id(100), #{}) =:= from(1, 100, #{})},
     {different, build(id(100), #{}) =:= (build(id(100), #{}))#{50 => other}},
     {sum_of_values, sum(maps:values(M), 0)},
     {sum_of_keys, sum(maps:keys(M), 0)},
     {to_list, length(maps:to_list(M))},
     {iterated, iterate(maps:next(maps:iterator(M)), 0, 0)},
     {from_list, maps:from_list([{N, N * N} || N <- maps:keys(M)]) =:= M},
     {merge, {map_size(maps:merge(M33, from(20, 60, #{}))), map_size(maps:merge(M, M33)), maps:merge(M, M33) =:= M}},
     {compare, [sign(A, B) || A <- [M33, M, #{}], B <- [M33, M, #{a => 1}]]},
     {compare_values, sign(M33, M33#{1 := 2})},
     {match, match(M)},
     {keys_of_all_types, mixed()},
     {literal, maps:get(k36, literal()) + map_size(literal())},
     {take, element(1, maps:take(9, M33))},
     {errors, {caught(fun() -> M#{x := 1} end), caught(fun() -> map_get(x, M33) end)}}].

build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => N * N}).

from(A, B, M) when A > B -> M;
from(A, B, M) -> from(A + 1, B, M#{A => A * A}).

check(_, 0) -> ok;
check(M, N) -> check(M, N - true(maps:get(N, M) =:= N * N)).

true(true) -> 1.

shrink(M, 0) -> M;
shrink(M, N) -> shrink(maps:remove(N, M), N - 1).

iterate(none, Count, Sum) -> {Count, Sum};
iterate({K, _, Next}, Count, Sum) -> iterate(maps:next(Next), Count + 1, Sum + K).

sum([], Acc) -> Acc;
sum([X | Rest], Acc) -> sum(Rest, Acc + X).

sign(A, B) when A < B -> less;
sign(A, B) when A > B -> greater;
sign(_, _) -> equal.

match(#{10 := A, 20 := B, 4999 := C}) -> {A, B, C}.

mixed() ->
    Keys = [{K, N} || N <- [1, 2, 3, 4, 5, 6, 7, 8], K <- [tuple, list]] ++
        [1.5, 2.5, -0.5, 1 bsl 60, 1 bsl 61, 1 bsl 90, -(1 bsl 90), a, b, c, [], [1], [1, 2], {}, {1}, <<>>, <<1>>,
         <<"a longer binary that is used as a key">>, <<1:3>>, #{}, #{a => b}, 1, 2, 3, 1.0, 2.0],
    M = maps:from_list([{K, {value, K}} || K <- Keys]),
    {map_size(M), [K || K <- Keys, map_get(K, M) =/= {value, K}], map_get(1, M), map_get(1.0, M)}.

literal() ->
    #{k1 => 1, k2 => 2, k3 => 3, k4 => 4, k5 => 5, k6 => 6, k7 => 7, k8 => 8, k9 => 9, k10 => 10, k11 => 11,
      k12 => 12, k13 => 13, k14 => 14, k15 => 15, k16 => 16, k17 => 17, k18 => 18, k19 => 19, k20 => 20, k21 => 21,
      k22 => 22, k23 => 23, k24 => 24, k25 => 25, k26 => 26, k27 => 27, k28 => 28, k29 => 29, k30 => 30, k31 => 31,
      k32 => 32, k33 => 33, k34 => 34, k35 => 35, k36 => 36}.

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
