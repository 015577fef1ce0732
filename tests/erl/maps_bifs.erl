%% The functions of the maps module that the runtime itself provides.
-module(maps_bifs).
-export([start/0, id/1]).

start() ->
    M = id(#{1 => one, 2 => two, 3 => three}),
    [{find, {maps:find(1, M), maps:find(9, M)}},
     {is_key, {maps:is_key(2, M), maps:is_key(2.0, M)}},
     {keys, sort(maps:keys(M))},
     {values, sort(maps:values(M))},
     {put, {maps:put(4, four, M), maps:put(1, uno, M)}},
     {update, maps:update(3, tres, M)},
     {remove, {maps:remove(1, M), maps:remove(9, M), maps:remove(1, maps:remove(2, maps:remove(3, M)))}},
     {take, {maps:take(1, M), maps:take(9, M)}},
     {merge, {maps:merge(M, #{3 => drei, 4 => vier}), maps:merge(#{}, M), maps:merge(M, #{})}},
     {from_list, {maps:from_list([{1, a}, {2, b}, {1, c}]), maps:from_list([])}},
     {from_keys, maps:from_keys([1, 2, 3, 2], x)},
     {to_list, sort(maps:to_list(M))},
     {iterate, sort(iterate(maps:next(maps:iterator(M))))},
     {errors, [caught(F) || F <- [fun() -> maps:update(9, x, M) end, fun() -> maps:put(a, b, id(c)) end,
                                  fun() -> maps:remove(a, id([])) end, fun() -> maps:from_list(id([a])) end,
                                  fun() -> maps:merge(M, id(x)) end, fun() -> maps:keys(id(7)) end,
                                  fun() -> maps:find(k, id(<<>>)) end, fun() -> maps:from_list(id([{a, 1} | b])) end]]}].

iterate(none) -> [];
iterate({K, V, Next}) -> [{K, V} | iterate(maps:next(Next))].

sort([]) -> [];
sort([H | T]) -> insert(H, sort(T)).

insert(X, [Y | Rest]) when X > Y -> [Y | insert(X, Rest)];
insert(X, Rest) -> [X | Rest].

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
