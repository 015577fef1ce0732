%% Arrays of atomic integers and counters: values at the edges, errors, and many processes at once.
-module(atomics_counters).
-export([start/0]).

start() ->
    [{signed, edges(true)}, {unsigned, edges(false)}, {counters, [counters(O) || O <- [[], [atomics], [write_concurrency]]]}, {errors, errors()},
     {parallel, parallel()}, {lives, lives()}].

run(F) -> try F() catch C:R -> {C, R} end.

edges(Signed) ->
    A = atomics:new(3, [{signed, Signed}]),
    Values = [0, 1, -1, 1 bsl 59, 1 bsl 60, (1 bsl 63) - 1, 1 bsl 63, -(1 bsl 63), -(1 bsl 63) - 1, (1 bsl 64) - 1, 1 bsl 64, 1.0, x],
    [{run(fun() -> atomics:put(A, 1, V) end), atomics:get(A, 1), run(fun() -> atomics:add(A, 2, V) end), atomics:get(A, 2),
      run(fun() -> atomics:sub_get(A, 2, V) end), run(fun() -> atomics:add_get(A, 3, V) end), run(fun() -> atomics:sub(A, 3, V) end),
      run(fun() -> atomics:exchange(A, 3, V) end), run(fun() -> atomics:compare_exchange(A, 3, V, 5) end), atomics:get(A, 3)} || V <- Values] ++
        [maps:without([memory], atomics:info(A)), maps:get(memory, atomics:info(A)) > 0].

counters(Options) ->
    C = counters:new(2, Options),
    {element(1, C), counters:add(C, 1, 5), counters:add(C, 2, 1 bsl 62), counters:add(C, 2, 1 bsl 62), counters:sub(C, 1, 7), counters:get(C, 1), counters:get(C, 2),
     counters:put(C, 2, 77), counters:get(C, 2), run(fun() -> counters:put(C, 1, 1 bsl 63) end), maps:get(size, counters:info(C))}.

errors() ->
    A = atomics:new(2, []),
    C = counters:new(2, []),
    [run(fun() -> apply(M, F, Args) end) || {M, F, Args} <- [
        {atomics, new, [0, []]}, {atomics, new, [x, []]}, {atomics, new, [1, [x]]}, {atomics, new, [1, x]}, {atomics, new, [1, [{signed, x}]]}, {atomics, new, [1 bsl 62, []]},
        {atomics, get, [A, 0]}, {atomics, get, [A, 3]}, {atomics, get, [A, x]}, {atomics, get, [x, 1]}, {atomics, get, [<<0:800>>, 1]}, {atomics, get, [C, 1]}, {atomics, info, [x]},
        {counters, new, [0, []]}, {counters, new, [1, [x]]}, {counters, get, [C, 3]}, {counters, get, [A, 1]}, {counters, add, [C, 1, x]}, {counters, info, [A]}, {counters, get, [{foo, A}, 1]}]].

parallel() ->
    A = atomics:new(1, []),
    C = counters:new(1, [write_concurrency]),
    Workers = [spawn_monitor(fun() -> [begin atomics:add(A, 1, I), counters:add(C, 1, 1), increment(A) end || I <- lists:seq(1, 500)] end) || _ <- lists:seq(1, 4)],
    [receive {'DOWN', R, process, P, normal} -> ok end || {P, R} <- Workers],
    {atomics:get(A, 1), counters:get(C, 1)}.

increment(A) ->
    Old = atomics:get(A, 1),
    case atomics:compare_exchange(A, 1, Old, Old + 1) of
        ok -> ok;
        _ -> increment(A)
    end.

%% An array lives as long as anybody has it, wherever.
lives() ->
    Self = self(),
    {P, R} = spawn_monitor(fun() -> A = atomics:new(1, []), atomics:put(A, 1, 42), Self ! {array, A, [A]} end),
    receive {'DOWN', R, process, P, normal} -> ok end,
    erlang:garbage_collect(),
    receive {array, A, [B]} -> atomics:add(B, 1, 1), erlang:garbage_collect(), {atomics:get(A, 1), A =:= B, A =:= atomics:new(1, []), atomics:new(1, []) =:= atomics:new(1, [])} end.
