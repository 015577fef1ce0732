%% Tables of every type: inserting, looking up, deleting, and the order of what a bag holds.
-module(ets_basic).
-export([start/0, id/1]).

start() ->
    [{Type, [{all, all(Type)}, {keys, keys(Type)}, {lists, lists_of(Type)}, {deleting, deleting(Type)},
             {walk, walk(Type)}, {elements, elements(Type)}]}
     || Type <- [set, ordered_set, bag, duplicate_bag]] ++
        [{terms, terms()}, {many, [many(T) || T <- [set, ordered_set, bag, duplicate_bag]]}, {info, info()},
         {named, named()}, {folds, folds()}, {files, ets:tab2list(filled(set, [{1, x}]))}].

filled(Type, Objects) ->
    T = ets:new(t, [Type]),
    true = ets:insert(T, Objects),
    T.

sorted(Type, L) when Type =:= ordered_set -> L;
sorted(_, L) -> lists:sort(L).

all(Type) ->
    T = ets:new(t, [Type, {keypos, 2}]),
    R = [ets:insert(T, O) || O <- [{x, a}, {y, b}, {x, a}, {z, a}, {q, 1}, {r, 1.0}, {q, 1, 2}]],
    {R, sorted(Type, ets:tab2list(T)), [ets:lookup(T, K) || K <- [a, b, 1, 1.0, c, <<1>>]],
     [ets:member(T, K) || K <- [a, 1, 1.0, 2]], ets:info(T, size), ets:info(T, type), ets:info(T, keypos)}.

keys(Type) ->
    Keys = [1, 1.0, 0.0, -0.0, a, [], [1], [1.0], {}, {1}, {1.0}, #{}, #{1 => 2}, #{1.0 => 2}, <<>>, <<1:3>>,
            1 bsl 70, -(1 bsl 70), 1.0e30, fun ?MODULE:id/1],
    T = filled(Type, [{K, K} || K <- Keys]),
    {ets:info(T, size), [length(ets:lookup(T, K)) || K <- Keys], [ets:lookup_element(T, K, 2) =:= K || K <- Keys, Type =:= set]}.

lists_of(Type) ->
    T = ets:new(t, [Type]),
    A = ets:insert(T, [{a, 1}, {b, 1}, {a, 2}, {a, 1}]),
    B = ets:insert_new(T, [{c, 1}, {a, 5}]),
    C = ets:insert_new(T, [{c, 1}, {c, 2}]),
    D = ets:insert_new(T, {c, 3}),
    E = ets:insert_new(T, {d, 3}),
    F = catch_error(fun() -> ets:insert(T, [{e, 1}, e]) end),
    G = ets:insert(T, []),
    H = ets:insert_new(T, []),
    {A, B, C, D, E, F, G, H, sorted(Type, ets:tab2list(T)), ets:lookup(T, e)}.

deleting(Type) ->
    T = filled(Type, [{a, 1}, {a, 2}, {a, 1}, {b, 1}, {c, 1}, {d, 4}, {1, x}, {1.0, x}]),
    A = ets:delete_object(T, {a, 1}),
    B = ets:lookup(T, a),
    C = ets:take(T, b),
    D = ets:take(T, b),
    E = ets:delete(T, c),
    F = ets:delete(T, zz),
    G = ets:delete_object(T, {d, 5}),
    H = ets:delete_object(T, {1, x}),
    I = sorted(Type, ets:tab2list(T)),
    J = ets:delete_all_objects(T),
    K = {ets:tab2list(T), ets:info(T, size), ets:first(T)},
    L = ets:delete(T),
    {A, B, C, D, E, F, G, H, I, J, K, L, ets:info(T), ets:info(T, size)}.

walk(Type) ->
    T = filled(Type, [{I, I} || I <- lists:seq(1, 100)]),
    Forward = keys(T, ets:first(T), next),
    Backward = keys(T, ets:last(T), prev),
    {lists:sort(Forward) =:= lists:seq(1, 100), lists:sort(Backward) =:= lists:seq(1, 100),
     Type =/= ordered_set orelse {hd(Forward), hd(Backward)},
     catch_error(fun() -> ets:next(T, 1000) end), catch_error(fun() -> ets:prev(T, 0) end),
     lists:sort([K || {K, [_]} <- looked(T, newer(first_lookup, [T]), next_lookup)]) =:= lists:seq(1, 100),
     lists:sort([K || {K, [_]} <- looked(T, newer(last_lookup, [T]), prev_lookup)]) =:= lists:seq(1, 100)}.

keys(_, '$end_of_table', _) -> [];
keys(T, K, F) -> [K | keys(T, ets:F(T, K), F)].

looked(_, '$end_of_table', _) -> [];
looked(_, not_there, _) -> [];
looked(T, {K, _} = Found, F) -> [Found | looked(T, ets:F(T, K), F)].

elements(Type) ->
    T = filled(Type, [{a, 1, 2}, {a, 3, 4}, {b, 5}]),
    {ets:lookup_element(T, a, 2), ets:lookup_element(T, b, 1), catch_error(fun() -> ets:lookup_element(T, b, 3) end),
     catch_error(fun() -> ets:lookup_element(T, c, 2) end), newer(lookup_element, [T, c, 2, default]),
     newer(lookup_element, [T, a, 3, default]), catch_error(fun() -> newer(lookup_element, [T, b, 3, default]) end)}.

%% Objects of every kind come back as they were.
terms() ->
    Big = binary:copy(<<"0123456789">>, 50),
    <<_:3, Sub/bits>> = Big,
    Deep = lists:foldl(fun(_, A) -> {A, [A | x]} end, [], lists:seq(1, 10)),
    Nested = lists:foldl(fun(_, A) -> [A] end, [], lists:seq(1, 100000)),
    Terms = [Big, Sub, Deep, Nested, #{a => Big, b => [Sub]}, maps:from_list([{I, {I, Big}} || I <- lists:seq(1, 100)]),
             fun(X) -> {X, Big} end, fun lists:map/2, 1.5, 1 bsl 100, self(), make_ref(), [], {}],
    T = filled(set, [{I, X} || {I, X} <- lists:zip(lists:seq(1, length(Terms)), Terms)]),
    erlang:garbage_collect(),
    [begin [{I, Y}] = ets:lookup(T, I), X =:= Y end || {I, X} <- lists:zip(lists:seq(1, length(Terms)), Terms)].

many(Type) ->
    T = ets:new(t, [Type]),
    N = id(3000),
    [ets:insert(T, {I, I * I}) || I <- lists:seq(1, N)],
    A = [ets:lookup(T, I) || I <- [1, 77, 1500, N, N + 1]],
    [ets:delete(T, I) || I <- lists:seq(1, N), I rem 3 =/= 0],
    B = lists:sum([V || {_, V} <- ets:tab2list(T)]),
    [ets:insert(T, {I, 0}) || I <- lists:seq(1, N, 2)],
    {A, B, ets:info(T, size), lists:sum([V || {_, V} <- ets:tab2list(T)])}.

info() ->
    T = ets:new(some_name, [bag, public, {keypos, 3}, {read_concurrency, true}, {write_concurrency, true}, compressed]),
    U = ets:new(other, [named_table, ordered_set, {write_concurrency, auto}, {heir, none}]),
    [[{K, case is_atom(V) orelse is_integer(V) of true -> V; false -> '' end}
      || {K, V} <- ets:info(X), K =/= memory, K =/= owner, K =/= id] ++ [ets:info(X, memory) > 0, ets:info(X, owner) =:= self(),
       ets:info(X, fixed), ets:info(X, safe_fixed), ets:info(X, binary), is_reference(ets:info(X, id))] || X <- [T, U]].

named() ->
    T = ets:new(first_name, [named_table]),
    A = catch_error(fun() -> ets:new(first_name, [named_table]) end),
    B = is_reference(ets:new(first_name, [])),
    ets:insert(T, {1, 2}),
    Tid = ets:whereis(first_name),
    C = ets:rename(first_name, second_name),
    D = {ets:lookup(second_name, 1), ets:lookup(Tid, 1), ets:whereis(first_name), ets:info(Tid, name)},
    E = catch_error(fun() -> ets:lookup(first_name, 1) end),
    _ = ets:new(third_name, [named_table]),
    F = catch_error(fun() -> ets:rename(third_name, second_name) end),
    G = ets:delete(second_name),
    {A, B, C, D, E, F, G, ets:whereis(second_name), lists:member(third_name, ets:all())}.

folds() ->
    T = filled(ordered_set, [{I, I} || I <- lists:seq(1, 10)]),
    {ets:foldl(fun({K, _}, A) -> [K | A] end, [], T), ets:foldr(fun({K, _}, A) -> [K | A] end, [], T)}.

%% Functions that the oldest release does not have.
newer(F, A) ->
    case erlang:function_exported(ets, F, length(A)) of
        true -> apply(ets, F, A);
        false -> not_there
    end.

catch_error(F) ->
    try F() catch C:R -> {C, R} end.

id(X) -> X.
