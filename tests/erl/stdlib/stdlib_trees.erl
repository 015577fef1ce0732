%% The gb_trees and gb_sets modules of OTP: balanced trees under many insertions and deletions.
-module(stdlib_trees).
-export([start/0, id/1]).

start() ->
    Keys = shuffled(id(1000)),
    T = lists:foldl(fun(K, A) -> gb_trees:insert(K, {v, K}, A) end, gb_trees:empty(), Keys),
    Half = lists:foldl(fun(K, A) -> gb_trees:delete(K, A) end, T, [K || K <- Keys, K rem 2 =:= 0]),
    S = gb_sets:from_list(Keys),
    [{size, {gb_trees:size(T), gb_trees:size(Half), gb_trees:is_empty(T)}},
     {lookup, {gb_trees:lookup(500, T), gb_trees:lookup(500, Half), gb_trees:get(501, Half)}},
     {ordered, gb_trees:keys(T) =:= lists:sort(Keys)},
     {values, length(gb_trees:values(Half))},
     {smallest, {gb_trees:smallest(Half), gb_trees:largest(Half)}},
     {take, element(1, gb_trees:take_smallest(T))},
     {update, gb_trees:get(7, gb_trees:update(7, new, T))},
     {enter, gb_trees:size(gb_trees:enter(5000, x, T))},
     {iterate, count(gb_trees:next(gb_trees:iterator(T)), 0)},
     {iterate_from, element(1, gb_trees:next(gb_trees:iterator_from(300, Half)))},
     {balance, gb_trees:to_list(gb_trees:balance(Half)) =:= gb_trees:to_list(Half)},
     {map, gb_trees:get(3, gb_trees:map(fun(K, {v, K}) -> K * 2 end, T))},
     {from_orddict, gb_trees:to_list(gb_trees:from_orddict([{1, a}, {2, b}]))},
     {errors, [try F() catch error:R -> element(1, {R}) end || F <- [fun() -> gb_trees:insert(1, x, T) end, fun() -> gb_trees:delete(id(2), Half) end]]},
     {sets, {gb_sets:size(S), gb_sets:is_member(77, S), gb_sets:is_member(0, S), gb_sets:smallest(S)}},
     {set_operations, {gb_sets:to_list(gb_sets:intersection(gb_sets:from_list([1, 2, 3]), gb_sets:from_list([2, 3, 4]))),
                       gb_sets:to_list(gb_sets:union([gb_sets:from_list([1]), gb_sets:from_list([0, 2])])),
                       gb_sets:to_list(gb_sets:subtract(gb_sets:from_list([1, 2, 3]), gb_sets:from_list([2])))}},
     {set_fold, gb_sets:fold(fun(X, A) -> X + A end, 0, S)}].

shuffled(N) -> [(I * 7919) rem 1009 || I <- lists:seq(1, N)].

count(none, N) -> N;
count({_, _, Next}, N) -> count(gb_trees:next(Next), N + 1).

id(X) -> X.
