%% The lists module of OTP: sorting, folding, searching, key functions, zipping, splitting.
-module(stdlib_lists).
-export([start/0, id/1]).

start() ->
    L = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5],
    Random = random(id(5000), 42),
    Pairs = [{b, 2}, {a, 1}, {c, 3}, {a, 0}],
    [{seq, {lists:seq(1, 5), lists:seq(1, 10, 3), lists:seq(3, 1, -1)}},
     {sort, {lists:sort(L), lists:usort(L), lists:reverse(lists:sort(fun(A, B) -> A > B end, L))}},
     {sort_long, {length(lists:sort(Random)), sorted(lists:sort(Random)), sorted(lists:usort(Random))}},
     {sort_mixed, lists:sort([b, 1, {x}, [], 2.5, [z], {a, b}, <<1>>])},
     {stable, lists:keysort(1, Pairs)},
     {map, lists:map(fun(X) -> X * 1000 end, L)},
     {fold, {lists:foldl(fun(X, A) -> X - A end, 0, L), lists:foldr(fun(X, A) -> X - A end, 0, L)}},
     {filter, {lists:filter(fun(X) -> X > 3 end, L), lists:partition(fun(X) -> X rem 2 =:= 0 end, L)}},
     {all_any, {lists:all(fun(X) -> X > 0 end, L), lists:any(fun(X) -> X > 8 end, L)}},
     {sum, {lists:sum(L), lists:max(L), lists:min(L)}},
     {nth, {lists:nth(3, L), lists:nthtail(8, L), lists:last(L)}},
     {append, {lists:append([[1], [2, 3], []]), lists:flatten([1, [2, [3, [4]], []], 5]), lists:flatlength([1, [2, [3]]])}},
     {zip, {lists:zip([1, 2], [a, b]), lists:unzip([{1, a}, {2, b}]), lists:zip3([1], [2], [3]), lists:zipwith(fun(A, B) -> A + B end, [1000, 2000], [10, 20])}},
     {split, {lists:split(4, L), lists:splitwith(fun(X) -> X < 5 end, L), lists:sublist(L, 3, 4)}},
     {takewhile, {lists:takewhile(fun(X) -> X =/= 9 end, L), lists:dropwhile(fun(X) -> X =/= 9 end, L)}},
     {delete, {lists:delete(1, L), lists:subtract(L, [1, 5, 7])}},
     {keys, {lists:keydelete(a, 1, Pairs), lists:keyreplace(a, 1, Pairs, {a, new}), lists:keystore(z, 1, Pairs, {z, 26}), lists:keytake(c, 1, Pairs)}},
     {merge, {lists:merge([1, 3, 5], [2, 4]), lists:umerge([1, 2], [2, 3]), lists:merge([[1, 4], [2], [3, 5]])}},
     {prefix, {lists:prefix([1, 2], [1, 2, 3]), lists:suffix([3], [1, 2, 3]), lists:prefix([2], [1])}},
     {mapfold, {lists:mapfoldl(fun(X, A) -> {X + A, A + 1} end, 1000, L), lists:mapfoldr(fun(X, A) -> {X + A, A + 1} end, 1000, [1, 2])}},
     {flatmap, lists:flatmap(fun(X) -> [X, X * 1000] end, [1, 2])},
     {foreach, begin lists:foreach(fun(X) -> put(sum, X + case get(sum) of undefined -> 0; S -> S end) end, L), erase(sum) end},
     {duplicate, {lists:duplicate(3, x), lists:enumerate([a, b])}},
     {search, {lists:search(fun(X) -> X > 4 end, L), lists:filtermap(fun(X) -> X > 4 andalso {true, -X} end, L)}},
     {concat, list_to_atom(lists:concat([a, 1, "x", 2.5]))},
     {join, lists:join(x, [1, 2, 3])},
     {ukeysort, lists:ukeysort(1, Pairs)},
     {errors, [try F() catch error:R -> R end || F <- [fun() -> lists:nth(id(99), L) end, fun() -> lists:map(id(x), L) end, fun() -> lists:last(id([])) end]]}].

random(0, _) -> [];
random(N, S) ->
    T = (S * 1103515245 + 12345) band 16#7FFFFFFF,
    [T rem 2000 | random(N - 1, T)].

sorted([A | [B | _] = T]) -> A =< B andalso sorted(T);
sorted(_) -> true.

id(X) -> X.
