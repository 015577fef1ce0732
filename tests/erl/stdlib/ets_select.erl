%% Selecting from tables: whole, in pieces, and while they change.
-module(ets_select).
-export([start/0, id/1]).

start() ->
    [{Type, [{plain, plain(Type)}, {pieces, pieces(Type)}, {changing, changing(Type)}, {keyed, keyed(Type)},
             {large, large(Type)}, {fixed, fixed(Type)}, {functions, functions(Type)}]}
     || Type <- [set, ordered_set, bag, duplicate_bag]] ++ [{ordered, ordered()}, {compiled, compiled()}, {replace, replace()}].

table(Type, N) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{I, I rem 7, {I}} || I <- lists:seq(1, N)]),
    T.

plain(Type) ->
    T = table(Type, 30),
    S = fun(MS) -> lists:sort(ets:select(T, MS)) end,
    {S([{{'$1', 3, '_'}, [], ['$1']}]), S([{{'$1', '$2', '_'}, [{'>', '$1', 25}, {'<', '$2', 3}], ['$$']}]),
     S([{{'$1', 0, '_'}, [], ['$_']}, {{'_', 1, '$9'}, [], ['$9']}]), S([{{'_', '_'}, [], [x]}]),
     lists:sort(ets:match(T, {'_', 5, '$1'})),
     lists:sort(ets:match_object(T, {'_', 6, '_'})), ets:select_count(T, [{{'_', 2, '_'}, [], [true]}]),
     ets:select_count(T, [{{'_', '$1', '_'}, [], [{'==', '$1', 4}]}]), ets:match(T, '$1') =/= [], ets:match(T, a), ets:match_object(T, {a})}.

%% Every object exactly once, whatever the size of the pieces.
pieces(Type) ->
    T = table(Type, 100),
    ets:insert(T, [{bag, I} || I <- lists:seq(1, 20)]),
    All = lists:sort(ets:tab2list(T)),
    {length(All), [lists:sort(collect(ets:select(T, [{'_', [], ['$_']}], N), select)) =:= All || N <- [1, 2, 3, 7, 50, 99, 100, 101, 500]],
     [lists:sort(collect(ets:match_object(T, '_', N), match_object)) =:= All || N <- [1, 13]],
     lists:sort(lists:append(collect(ets:match(T, {'$1', 2, '_'}, 4), match))),
     lists:sort(collect(ets:select_reverse(T, [{{'$1', 1, '_'}, [], ['$1']}], 4), select_reverse)),
     lists:all(fun(N) -> lists:all(fun(L) -> L =< N end, sizes(ets:select(T, [{'_', [], ['$_']}], N))) end, [1, 5, 17]),
     ets:select(T, [{{none}, [], ['$_']}], 5), lists:sort(collect(ets:select(T, [{{bag, '$1'}, [], ['$1']}], 6), select))}.

collect('$end_of_table', _) -> [];
collect({L, C}, F) -> L ++ collect(ets:F(C), F).

sizes('$end_of_table') -> [];
sizes({L, C}) -> [length(L) | sizes(ets:select(C))].

changing(Type) ->
    T = table(Type, 50),
    A = ets:select_delete(T, [{{'_', 3, '_'}, [], [true]}]),
    B = ets:select_delete(T, [{{'_', 4, '_'}, [], [false]}]),
    C = ets:match_delete(T, {'_', 5, '_'}),
    D = ets:info(T, size),
    E = ets:select_delete(T, [{{'$1', '_', '_'}, [{'<', '$1', 20}], [true]}]),
    F = ets:select_delete(T, [{{21, '_', '_'}, [], [true]}, {{22, '_', '_'}, [], [true]}, {{21, '_', '_'}, [], [true]}]),
    G = lists:sort([K || {K, _, _} <- ets:tab2list(T)]),
    H = ets:select_delete(T, [{'_', [], [true]}]),
    {A, B, C, D, E, F, G, H, ets:tab2list(T)}.

%% Keys that the pattern says are looked up; patterns are exact even where keys are not.
keyed(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{1, a}, {2.0, b}, {{x, 1}, c}, {[1], d}, {<<1>>, e}, {#{k => 1}, f}, {1, g}]),
    [lists:sort(ets:select(T, [{{K, '$1'}, [], ['$1']}])) || K <- [1, 1.0, 2, 2.0, {x, 1}, {x, 1.0}, {x, '_'}, [1], ['_'], <<1>>, #{k => 1}, #{}, nope]].

%% More than one time slice, with results that make the collector work.
large(Type) ->
    N = id(20000),
    T = ets:new(t, [Type]),
    [ets:insert(T, {I, integer_to_list(I)}) || I <- lists:seq(1, N)],
    A = length(ets:tab2list(T)),
    B = lists:sum(ets:select(T, [{{'$1', '_'}, [{'=:=', {'rem', '$1', 3}, 0}], ['$1']}])),
    C = ets:select_count(T, [{{'$1', '$2'}, [{'>', {length, '$2'}, 4}], [true]}]),
    D = ets:select_delete(T, [{{'$1', '_'}, [{'=/=', {'rem', '$1', 10}, 0}], [true]}]),
    E = length(ets:select(T, [{{'$1', '$2'}, [], [{{'$2', '$1', {'*', '$1', 1 bsl 70}}}]}])),
    F = lists:sum([V || {_, V} <- ets:select(T, [{{'$1', '_'}, [], [{{'$1', {'+', '$1', 0.5}}}]}])]),
    G = ets:insert(T, [{I, x} || I <- lists:seq(1, 5000)]),
    {A, B, C, D, E, F, G, ets:info(T, size)}.

%% A walk over a fixed table sees each key once although others come and go.
fixed(Type) ->
    T = table(Type, 200),
    ets:safe_fixtable(T, true),
    Seen = walk(T, ets:first(T), fun(K) -> ets:delete(T, K), ets:insert(T, {K + 1000, new}) end, 0),
    ets:safe_fixtable(T, false),
    Left = lists:sort([element(1, O) || O <- ets:tab2list(T)]),
    ets:safe_fixtable(T, true),
    First = ets:first(T),
    ets:delete_all_objects(T),
    Next = ets:next(T, First),
    ets:safe_fixtable(T, false),
    {length(lists:usort([K || K <- Seen, K =< 200])), length(Seen) =:= length(lists:usort(Seen)), length(Left) >= 200, Next, ets:info(T, size)}.

walk(_, '$end_of_table', _, _) -> [];
walk(_, _, _, 1000) -> [];
walk(T, K, F, N) ->
    if K =< 200 -> F(K); true -> ok end,
    [K | walk(T, ets:next(T, K), F, N + 1)].

functions(Type) ->
    T = table(Type, 20),
    {ets:foldl(fun({K, _, _}, A) -> K + A end, 0, T), lists:sort(ets:select(T, [{{'$1', '_', {'$1'}}, [{'>', '$1', 18}], [{{'$1', {self}}}]}])) =:=
     [{19, self()}, {20, self()}], length(ets:select(T, [{'$1', [{is_tuple, '$1'}], ['$1']}]))}.

ordered() ->
    T = ets:new(t, [ordered_set]),
    ets:insert(T, [{K, x} || K <- [5, 3.0, a, [], {}, {1, 2}, <<1>>, [l, i], 1, 2, -7.5, #{}, {a}]]),
    {Keys, _} = ets:select(T, [{{'$1', '_'}, [], ['$1']}], 4),
    {[K || {K, _} <- ets:tab2list(T)], Keys, ets:select_reverse(T, [{{'$1', '_'}, [{is_number, '$1'}], ['$1']}]), ets:next(T, 4), ets:prev(T, 4),
     ets:next(T, 3), ets:prev(T, zz), ets:first(T), ets:last(T), ets:next(T, ets:last(T)), ets:prev(T, ets:first(T)), ets:lookup(T, 3), ets:lookup(T, 1.0),
     [ets:slot(T, I) || I <- [0, 1, 12, 13]], ets:match(T, {3, '$1'}), ets:match(T, {3.0, '$1'})}.

compiled() ->
    MS = ets:match_spec_compile([{{'$1', '$2'}, [{'>', '$2', 1}], [{{'$2', '$1'}}]}]),
    T = table(ordered_set, 10),
    {L, C} = ets:select(T, [{{'$1', '_', '_'}, [], ['$1']}], 3),
    Repaired = ets:repair_continuation(C, [{{'$1', '_', '_'}, [], ['$1']}]),
    {L2, _} = ets:select(Repaired),
    {ets:match_spec_run([{a, 1}, {b, 2}, x, {c, 3}, {d, 4, 5}], MS), ets:is_compiled_ms(MS), ets:is_compiled_ms(x), ets:is_compiled_ms(<<>>),
     length(ets:match_spec_run([{I, I} || I <- lists:seq(1, 5000)], MS)), L, L2,
     try ets:match_spec_run([{a, 1} | b], MS) catch C1:R1 -> {C1, R1} end}.

replace() ->
    [begin
         T = ets:new(t, [Type]),
         ets:insert(T, [{{a, I}, I} || I <- lists:seq(1, 6)] ++ [{k, 1}, {"s", 2}]),
         R = [try ets:select_replace(T, MS) catch C:E -> {C, E} end || MS <- [
             [{{'$1', '$2'}, [{is_integer, '$2'}], [{{'$1', {'+', '$2', 100}}}]}], [{{{a, '$1'}, '_'}, [{'<', '$1', 3}], [{{{{a, '$1'}}, small}}]}],
             [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}], [{{k, '_'}, [], [{{k, changed, too}}]}], [{{k, '_', '_'}, [], [{const, {k, constant}}]}], [{'$1', [], ['$1']}],
             [{{'_', '_'}, [], [{{'_', 1}}]}], [{{'_', small}, [], [{{{element, 1, '$_'}, smaller}}]}], [{{'$1', '_'}, [], ['$_', '$_']}],
             [{{"s", '$1'}, [], [{{"s", [x, '$1']}}]}], [{{{a, '_'}, '$1'}, [{'>', '$1', 105}], [{{{{a, 6}}, x}}]}]]],
         {R, lists:sort([case O of {"s", V} -> {s, V}; _ -> O end || O <- ets:tab2list(T)])}
     end || Type <- [set, ordered_set, duplicate_bag]].

id(X) -> X.
