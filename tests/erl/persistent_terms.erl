%% Terms that all processes share: set, replaced and erased while others hold them.
-module(persistent_terms).
-export([start/0, id/1]).

start() ->
    [{basic, basic()}, {errors, errors()}, {held, held()}, {many, many()}].

run(F) -> try F() catch C:R -> {C, R} end.

basic() ->
    K = {?MODULE, k},
    {persistent_term:get(K, none), persistent_term:put(K, [1, {a, <<"binary">>}]), persistent_term:get(K) =:= [1, {a, <<"binary">>}], persistent_term:put(K, [1, {a, <<"binary">>}]),
     persistent_term:put(K, other), persistent_term:get(K), persistent_term:get(K, none), lists:member({K, other}, persistent_term:get()), persistent_term:erase(K), persistent_term:erase(K),
     persistent_term:get(K, none), persistent_term:put({?MODULE, 1}, a), persistent_term:put({?MODULE, 1.0}, b), persistent_term:get({?MODULE, 1}), persistent_term:erase({?MODULE, 1}),
     persistent_term:get({?MODULE, 1.0}), persistent_term:erase({?MODULE, 1.0}), is_integer(maps:get(count, persistent_term:info())), maps:get(memory, persistent_term:info()) >= 0}.

errors() ->
    K = {?MODULE, e},
    A = run(fun() -> persistent_term:get(K) end),
    B = run(fun() -> persistent_term:put_new(K, v) end),
    C = run(fun() -> persistent_term:put_new(K, v) end),
    D = run(fun() -> persistent_term:put_new(K, w) end),
    persistent_term:erase(K),
    {A, B, C, D, persistent_term:get(K, gone)}.

%% Processes keep what they read, in variables, dictionaries and messages, when the term is replaced.
held() ->
    K = {?MODULE, held},
    Value = fun(N) -> {N, lists:seq(1, 20), #{n => N}, <<N:1600>>, fun ?MODULE:id/1} end,
    persistent_term:put(K, Value(id(0))),
    Self = self(),
    Holders = [spawn_monitor(fun() -> V = persistent_term:get(K), Self ! ready, hold(V, Self, K) end) || _ <- lists:seq(1, 4)],
    [receive ready -> ok end || _ <- Holders],
    Mine = persistent_term:get(K),
    put(mine, Mine),
    Self ! {sent, Mine},
    [persistent_term:put(K, Value(id(N))) || N <- lists:seq(1, 10)],
    persistent_term:erase(K),
    erlang:garbage_collect(),
    Expected = Value(id(0)),
    Sent = receive {sent, S} -> S end,
    [P ! check || {P, _} <- Holders],
    Theirs = [receive {'DOWN', R, process, P, Reason} -> Reason end || {P, R} <- Holders],
    {Mine =:= Expected, get(mine) =:= Expected, Sent =:= Expected, [element(1, T) < 11 || {held, T} <- Theirs], [T =:= Value(element(1, T)) || {held, T} <- Theirs], persistent_term:get(K, gone)}.

hold(Value, Self, K) ->
    Self ! {nothing, Value},
    receive check -> exit({held, Value}) after 1 -> hold(persistent_term:get(K, Value), Self, K) end.

many() ->
    [persistent_term:put({?MODULE, I}, {I, integer_to_list(I)}) || I <- lists:seq(1, 200)],
    A = lists:sum([element(1, persistent_term:get({?MODULE, I})) || I <- lists:seq(1, 200)]),
    B = [persistent_term:erase({?MODULE, I}) || I <- lists:seq(1, 200)],
    {A, lists:usort(B), [K || {{?MODULE, _} = K, _} <- persistent_term:get()]}.

id(X) -> X.
