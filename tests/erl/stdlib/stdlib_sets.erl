%% The sets and ordsets modules of OTP, in both representations of sets.
-module(stdlib_sets).
-export([start/0, id/1]).

start() ->
    [{ordsets, ordsets()} | [{V, sets(V)} || V <- [1, 2]]].

sets(Version) ->
    A = sets:from_list(lists:seq(1, id(300)), [{version, Version}]),
    B = sets:from_list(lists:seq(200, 400), [{version, Version}]),
    Sorted = fun(S) -> lists:sort(sets:to_list(S)) end,
    [{size, {sets:size(A), sets:is_empty(A), sets:is_set(A)}},
     {element, {sets:is_element(5, A), sets:is_element(5.0, A), sets:is_element(301, A)}},
     {union, sets:size(sets:union(A, B))},
     {intersection, {sets:size(sets:intersection(A, B)), hd(Sorted(sets:intersection(A, B)))}},
     {subtract, {sets:size(sets:subtract(A, B)), lists:last(Sorted(sets:subtract(A, B)))}},
     {subset, {sets:is_subset(sets:intersection(A, B), A), sets:is_subset(A, B), sets:is_disjoint(A, B)}},
     {add_del, {sets:size(sets:add_element(x, A)), sets:size(sets:del_element(1, A)), sets:size(sets:add_element(1, A))}},
     {fold, sets:fold(fun(X, Acc) -> X + Acc end, 0, A)},
     {filter, Sorted(sets:filter(fun(X) -> X rem 50 =:= 0 end, A)) =:= [50, 100, 150, 200, 250, 300]},
     {shrunk, sets:size(lists:foldl(fun sets:del_element/2, A, lists:seq(1, 290)))}].

ordsets() ->
    A = ordsets:from_list([3, 1, 2, 3]),
    B = ordsets:from_list([2, 5]),
    {A, ordsets:union(A, B), ordsets:intersection(A, B), ordsets:subtract(A, B), ordsets:is_element(2, A),
     ordsets:add_element(0, A), ordsets:del_element(1, A), ordsets:is_subset([2], A), ordsets:fold(fun(X, S) -> X + S end, 0, A)}.

id(X) -> X.
