%% The orddict, dict and maps modules of OTP.
-module(stdlib_dicts).
-export([start/0, id/1]).

start() ->
    O = orddict:from_list([{b, 2}, {a, 1}, {c, 3}]),
    D = lists:foldl(fun(N, A) -> dict:store(N, N * N, A) end, dict:new(), lists:seq(1, id(500))),
    M = maps:from_list([{N, N * 10} || N <- lists:seq(1, 5)]),
    [{orddict, {orddict:store(b, x, O), orddict:erase(a, O), orddict:find(c, O), orddict:find(z, O), orddict:fetch(a, O)}},
     {orddict_fold, orddict:fold(fun(_, V, A) -> V + A end, 0, O)},
     {orddict_update, {orddict:update(a, fun(V) -> V + 100 end, O), orddict:update_counter(z, 5, O), orddict:append(l, 1, orddict:append(l, 2, orddict:new()))}},
     {orddict_merge, orddict:merge(fun(_, A, B) -> A + B end, O, orddict:from_list([{a, 10}, {d, 4}]))},
     {orddict_map, {orddict:map(fun(K, V) -> {K, V} end, O), orddict:filter(fun(_, V) -> V > 1 end, O), orddict:fetch_keys(O), orddict:size(O)}},
     {dict, {dict:size(D), dict:fetch(250, D), dict:find(501, D), dict:is_key(1, D)}},
     {dict_erase, dict:size(lists:foldl(fun dict:erase/2, D, lists:seq(1, 400)))},
     {dict_fold, dict:fold(fun(K, V, A) -> K + V + A end, 0, D)},
     {dict_update, dict:fetch(3, dict:update(3, fun(V) -> -V end, D))},
     {dict_sorted, lists:sum(lists:sort(dict:fetch_keys(D)))},
     {dict_append, dict:fetch(k, dict:append_list(k, [2, 3], dict:append(k, 1, dict:new())))},
     {maps_map, maps:map(fun(K, V) -> K + V end, M)},
     {maps_fold, maps:fold(fun(K, V, A) -> K * V + A end, 0, M)},
     {maps_filter, {maps:filter(fun(_, V) -> V > 20 end, M), maps:filtermap(fun(K, V) -> K > 3 andalso {true, {V}} end, M)}},
     {maps_with, {maps:with([1, 2, 9], M), maps:without([1, 2], M)}},
     {maps_update_with, {maps:update_with(1, fun(V) -> V + 1 end, M), maps:update_with(9, fun(V) -> V end, init, M)}},
     {maps_groups, maps:groups_from_list(fun(X) -> X rem 3 end, lists:seq(1, 10))},
     {maps_merge_with, maps:merge_with(fun(_, A, B) -> A - B end, M, #{1 => 1, 7 => 7})},
     {maps_iterator, maps:next(maps:iterator(#{1 => one})) =/= none},
     {maps_large, maps:fold(fun(_, V, A) -> V + A end, 0, maps:map(fun(_, V) -> V + 1 end, maps:from_list([{N, N} || N <- lists:seq(1, 1000)])))}].

id(X) -> X.
