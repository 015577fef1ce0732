%% persistent_term, atomics and counters.
-module(shared_terms).
-export([start/0, id/1]).

start() ->
    [{atomics, atomics_signed()},
     {unsigned, atomics_unsigned()},
     {counters, counters_of([])},
     {concurrent_counters, counters_of([write_concurrency])},
     {parallel, parallel(id(8), 2000)},
     {many, many(id(300))},
     {persistent, persistent()},
     {persistent_kept, kept(id(50))},
     {persistent_readers, readers(id(20))},
     {errors, [caught(F) || F <- errors()]}].

atomics_signed() ->
    A = atomics:new(2, []),
    #{size := S, max := Max, min := Min} = atomics:info(A),
    [S, Max, Min, atomics:get(A, 1), atomics:put(A, 1, (1 bsl 63) - 1), atomics:add_get(A, 1, 1), atomics:add(A, 1, id(-5)), atomics:sub(A, 1, id(7)),
     atomics:get(A, 1), atomics:sub_get(A, 2, 10), atomics:compare_exchange(A, 2, -10, 5), atomics:compare_exchange(A, 2, -10, 6), atomics:exchange(A, 2, 9), atomics:get(A, 2),
     [caught(F) || F <- [fun() -> atomics:get(A, 3) end, fun() -> atomics:get(A, 0) end, fun() -> atomics:put(A, 1, id(1 bsl 63)) end, fun() -> atomics:put(A, 1, id(-(1 bsl 63) - 1)) end,
                         fun() -> atomics:add(A, 1, id((1 bsl 64) - 1)) end, fun() -> atomics:add(A, 1, a) end, fun() -> atomics:add(A, 1, 1.0) end]]].

atomics_unsigned() ->
    A = atomics:new(1, [{signed, false}]),
    #{max := Max, min := Min} = atomics:info(A),
    [Max, Min, atomics:sub_get(A, 1, 1), atomics:add(A, 1, -1), atomics:get(A, 1), atomics:add(A, 1, -(1 bsl 63)), atomics:get(A, 1), atomics:put(A, 1, (1 bsl 64) - 1), atomics:get(A, 1),
     [caught(F) || F <- [fun() -> atomics:put(A, 1, id(-1)) end, fun() -> atomics:put(A, 1, id(1 bsl 64)) end, fun() -> atomics:add(A, 1, id(-(1 bsl 63) - 1)) end,
                         fun() -> atomics:compare_exchange(A, 1, id(-1), 6) end]]].

counters_of(Options) ->
    C = counters:new(3, Options),
    #{size := S} = counters:info(C),
    [S, counters:add(C, 1, 5), counters:sub(C, 1, 7), counters:get(C, 1), counters:put(C, 2, 1 bsl 62), counters:add(C, 2, 1 bsl 62), counters:get(C, 2), counters:get(C, 3),
     [caught(F) || F <- [fun() -> counters:get(C, 4) end, fun() -> counters:add(C, 0, 1) end, fun() -> counters:add(C, 1, a) end]]].

parallel(Processes, Times) ->
    C = counters:new(1, []),
    Self = self(),
    [spawn(fun() -> add(C, Times), Self ! done end) || _ <- seq(1, Processes)],
    [receive done -> ok end || _ <- seq(1, Processes)],
    counters:get(C, 1).

add(_, 0) -> ok;
add(C, N) -> counters:add(C, 1, 1), add(C, N - 1).

many(N) ->
    As = [begin A = atomics:new(1, []), atomics:put(A, 1, I), A end || I <- seq(1, N)],
    sum([atomics:get(A, 1) || A <- As], 0).

persistent() ->
    K = {?MODULE, id(key)},
    [persistent_term:get(K, none), persistent_term:put(K, #{a => [1, 2.0, <<0, 3>>]}), persistent_term:get(K), persistent_term:put(K, persistent_term:get(K)),
     persistent_term:put(K, other), persistent_term:get(K, none), persistent_term:erase(K), persistent_term:erase(K), persistent_term:get(K, none),
     persistent_term:put_new(K, 1), persistent_term:put_new(K, 1), caught(fun() -> persistent_term:put_new(K, 2) end),
     [V || {Key, V} <- persistent_term:get(), Key =:= K], maps:get(count, persistent_term:info()) >= 1, persistent_term:erase(K)].

%% What was read stays, whatever becomes of the term.
kept(N) ->
    persistent_term:put(k, {first, seq(1, N), binary:copy(<<"x">>, 100)}),
    {first, L, B} = T = persistent_term:get(k),
    persistent_term:put(k, second),
    F = fun() -> {L, B} end,
    persistent_term:erase(k),
    garbage_collect(),
    {T =:= {first, seq(1, N), binary:copy(<<"x">>, 100)}, F() =:= {L, B}, byte_size(B)}.

readers(N) ->
    Self = self(),
    persistent_term:put(shared, {0, seq(1, 100)}),
    Pids = [spawn(fun() -> Self ! {self(), read(200, [])} end) || _ <- seq(1, N)],
    [persistent_term:put(shared, {I, seq(I, I + 99)}) || I <- seq(1, 5)],
    R = [receive {P, Good} -> Good end || P <- Pids],
    persistent_term:erase(shared),
    [X || X <- R, X =/= true].

read(0, Seen) -> [x || {I, L} <- Seen, I > 0, L =/= seq(I, I + 99)] =:= [];
read(N, Seen) -> erlang:yield(), read(N - 1, [persistent_term:get(shared) | Seen]).

errors() ->
    [fun() -> atomics:new(id(0), []) end, fun() -> atomics:new(id(a), []) end, fun() -> atomics:new(1, id([foo])) end, fun() -> atomics:new(1, id(a)) end,
     fun() -> atomics:get(id(a), 1) end, fun() -> atomics:get(make_ref(), 1) end, fun() -> atomics:info(id(a)) end, fun() -> counters:new(1, id([foo])) end,
     fun() -> counters:new(id(0), []) end, fun() -> counters:get(id(a), 1) end, fun() -> counters:info(id({atomics, a})) end, fun() -> persistent_term:get(id(nothing_here)) end].

sum([], S) -> S;
sum([X | Xs], S) -> sum(Xs, S + X).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
