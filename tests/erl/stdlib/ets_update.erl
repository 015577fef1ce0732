%% Counters and elements.
-module(ets_update).
-export([start/0]).

start() ->
    [{Type, [{counter, counter(Type)}, {default, default(Type)}, {element, element(Type)}, {big, big(Type)}]}
     || Type <- [set, ordered_set]].

try_it(F) -> try F() catch C:R -> {C, R} end.

counter(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, [{a, 1, 2}, {b, 10}, {c, x}, {1, 5}]),
    U = fun(K, Op) -> try_it(fun() -> ets:update_counter(T, K, Op) end) end,
    R = [U(K, Op) || {K, Op} <- [
        {a, 1}, {a, -5}, {a, {3, 7}}, {a, [{2, 1}, {3, 1}, {2, 2}]}, {a, []}, {b, {2, 5, 12, 0}}, {b, {2, 100, 50, 3}},
        {b, {2, -1, 2, 9}}, {b, {2, -20, 0, 77}}, {b, {2, 0, 0, 5}}, {b, {2, 0, 1000, 5}}, {b, [{2, 5, 10, 0}, {2, 6}]}, {c, 1},
        {1, 1}, {1.0, 1}, {b, [{2, 1}, {3, 1}]}, {b, 1.5}, {b, {2, a}}, {b, {2, 1, 2}}, {b, {1, 1}}]],
    {R, lists:sort(ets:tab2list(T))}.

default(Type) ->
    T = ets:new(t, [Type]),
    U = fun(K, Op, D) -> try_it(fun() -> ets:update_counter(T, K, Op, D) end) end,
    R = [U(K, Op, D) || {K, Op, D} <- [
        {a, 1, {a, 0}}, {a, 1, {a, 100}}, {b, {3, 5}, {zzz, x, 1}}, {c, [{2, 5, 10, 0}, {2, 6, 10, 0}, {2, -20, 0, 7}], {c, 0, 0}},
        {d, 1, {d}}, {e, 1, x}, {f, [], {f, 0}}, {g, 1, {g, x}}, {h, {5, 1}, {h, 0}}]],
    E = fun(K, Op, D) -> try_it(fun() -> ets:update_element(T, K, Op, D) end) end,
    S = [E(K, Op, D) || {K, Op, D} <- [{k, {2, 1}, {k, 5, 6}}, {k, {2, 2}, {k, 7, 8}}, {m, {2, 1}, {other, 5, 6}}, {n, {4, 1}, {n, 1}}]],
    {R, S, lists:sort(ets:tab2list(T))}.

element(Type) ->
    T = ets:new(t, [Type, {keypos, 2}]),
    ets:insert(T, {x, k, 1, <<1:800>>}),
    U = fun(K, Op) -> try_it(fun() -> ets:update_element(T, K, Op) end) end,
    R = [U(K, Op) || {K, Op} <- [
        {k, {1, new}}, {k, {3, {big, term, [1, 2]}}}, {k, [{3, 5}, {3, 6}, {1, [a]}]}, {k, []}, {k, {2, x}}, {k, {5, x}}, {nope, {1, x}},
        {nope, {2, x}}, {k, {4, <<2:800>>}}, {k, x}, {k, [{1, z}, {9, 9}]}]],
    {R, ets:tab2list(T)}.

%% Across the sizes of integers.
big(Type) ->
    T = ets:new(t, [Type]),
    ets:insert(T, {c, (1 bsl 59) - 2}),
    Up = [ets:update_counter(T, c, 1) || _ <- lists:seq(1, 4)],
    More = [ets:update_counter(T, c, 1 bsl 64), ets:update_counter(T, c, -(1 bsl 64)), ets:update_counter(T, c, {2, -(1 bsl 60), 5, 6})],
    {Up, More, ets:lookup(T, c)}.
