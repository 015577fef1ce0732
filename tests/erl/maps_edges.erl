%% Maps at the border between flat and large, several keys set at once, keys tuples shared by maps, look-ups behind updates.
-module(maps_edges).
-export([start/0]).

start() ->
    tuple_to_list(shown({[border(N) || N <- [0, 1, 8, 29, 30, 31, 32, 33, 34, 40]], shared(), same_key(), exact(), kinds(), set_then_got(id(#{a => 1})),
     found_then_set(id(#{a => 1, b => 2})), between(id(#{})), counted(200, #{n => 0, all => [], last => none}), iolists()})).

id(X) -> X.

%% Maps as sorted lists: the order in which a map prints is nobody's promise.
shown(M) when is_map(M) -> {map, shown(lists:sort(maps:to_list(M)))};
shown(T) when is_tuple(T) -> list_to_tuple(shown(tuple_to_list(T)));
shown([H | T]) -> [shown(H) | shown(T)];
shown(T) -> T.

%% Known and new keys in one operation, from just below the border to beyond it.
border(N) ->
    M = maps:from_list([{I, I} || I <- lists:seq(1, N)]),
    One = M#{x => 1},
    Two = M#{x => 1, {y} => 2},
    Four = M#{w => 0, 1 => one, "z" => 3, 2.5 => 4},
    Back = maps:remove(x, maps:remove({y}, Two)),
    {map_size(One), map_size(Two), map_size(Four), Back =:= M,
     erlang:phash2({One, Two, Four}), lists:sum([1 || K <- lists:seq(1, N), maps:get(K, Two) =:= K]),
     [maps:get(K, Four, none) || K <- [w, 1, "z", 2.5, x]], is_map_key({y}, Two), is_map_key({y}, One),
     [K || K <- lists:seq(0, N + 1), not is_map_key(K, M)]}.

%% Changing one map leaves the others with the same keys alone.
shared() ->
    A = id(#{a => 1, b => 2, c => 3}),
    B = A#{b := x},
    C = B#{c => y, a => z},
    D = C#{d => 1},
    E = C#{a := z},
    erlang:garbage_collect(),
    {A, B, C, D, E, A =:= B#{b := 2}, C =:= E}.

%% A key given twice: the last one counts, new or not.
same_key() ->
    [K1, K2, K3] = id([k, k, l]),
    M = id(#{k => 0}),
    {M#{K1 => 1, K2 => 2}, M#{K3 => 1, K2 => 2, K1 => 3}, (id(#{}))#{K1 => 1, K3 => 2, K2 => 3}, M#{K1 := 1, K2 := 2}}.

exact() ->
    M = id(#{a => 1, {b} => 2}),
    Bad = fun(F) -> try F() catch C:R -> {C, R} end end,
    {M#{a := 3, {b} := 4}, Bad(fun() -> M#{a := 3, c := 4} end), Bad(fun() -> M#{{c} := 3, a := 4} end),
     Bad(fun() -> (id(x))#{a := 1} end), Bad(fun() -> (id(x))#{a => 1} end), Bad(fun() -> maps:get(c, M) end),
     Bad(fun() -> #{c := X} = M, X end), Bad(fun() -> map_get(a, id([])) end)}.

%% Keys of all kinds: by word and by value.
kinds() ->
    Keys = [a, 1, -1, [], self(), 1.0, 1 bsl 70, <<"bits">>, <<1:3>>, "list", {t, 1}, #{m => 1}, fun lists:seq/2],
    M = maps:from_list([{K, I} || {K, I} <- lists:zip(Keys, lists:seq(1, length(Keys)))]),
    Again = [a, 1, -1, [], self(), id(2.0) / 2, id(1 bsl 69) * 2, list_to_binary(["bi", "ts"]), <<(id(1)):3>>, [$l | "ist"],
             list_to_tuple([t, 1]), maps:put(m, 1, #{}), fun lists:seq/2],
    {[maps:get(K, M, none) || K <- Again], [maps:get(K, M, none) || K <- [b, 1.5, 2, "lis", {t, 2}, <<1:4>>, 0.0, -0.0]],
     lists:foldl(fun(K, Acc) -> Acc#{K := x} end, M, Again) =:= maps:map(fun(_, _) -> x end, M)}.

set_then_got(M) ->
    M1 = M#{b => id(2), c => id(3)},
    #{b := B} = M1,
    M2 = M1#{b := B + 10, d => B},
    {maps:get(a, M2), maps:get(b, M2), maps:get(c, M2), maps:get(d, M2), M2, maps:get(e, M2, none)}.

found_then_set(#{a := A, b := B} = M) ->
    M1 = M#{c => A, a := B},
    try
        M1#{b := A, e := 1}
    catch
        error:{badkey, e} -> {M1, M#{b := {A}, a := {B}}}
    end.

%% The map between two updates is wanted too.
between(M) ->
    M1 = M#{a => 1},
    M2 = M1#{b => 2},
    M3 = M2#{a := 3, c => 3},
    {M1, M2, M3}.

counted(0, M) -> M#{all := length(maps:get(all, M))};
counted(N, #{n := C, all := L} = M) ->
    M1 = M#{n := C + 1, last => N},
    M2 = M1#{all := [maps:get(last, M1) | L], extra => C},
    counted(N - 1, maps:remove(extra, M2)).

%% Lists of bytes and binaries, nested and improper.
iolists() ->
    B = id(<<"0123456789">>),
    <<_:3, Odd:16/bits, _/bits>> = B,
    Good = [[], [[]], [1, [2, [3 | <<4>>] | <<5, 6>>], [] | B], [B | B], [[[[7]]], 8], [Odd], [[], [9] | <<>>], <<>>],
    Bad = [[1 | 2], [256], [-1], [a], 1, [<<1:3>>], [[1], 2 | 3], [1.0]],
    {[erlang:crc32([iolist_to_binary(X), Odd]) || X <- Good], [iolist_size(X) || X <- Good],
     [try iolist_to_binary(X) catch error:R -> R end || X <- Bad]}.
