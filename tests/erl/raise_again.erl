%% erlang:raise/3, re-raising with the old trace, and raising through many frames.
-module(raise_again).
-export([start/0, id/1]).

start() ->
    [{raise, [caught(fun() -> erlang:raise(C, reason, []) end) || C <- [throw, error, exit]]},
     {raise_computed, caught(fun() -> erlang:raise(id(error), id({r, 1}), id([])) end)},
     {raise_bad_class, caught(fun() -> erlang:raise(id(bogus), r, []) end)},
     {given_trace, given_trace()},
     {same_trace, same_trace()},
     {through_frames, through(id(100000))},
     {through_handlers, through_handlers(id(2000))},
     {counted, counted(id(500))},
     {caught_as_value, catch_in_loop(id(200), [])},
     {stacktrace_after_gc, after_gc()}].

given_trace() ->
    try
        erlang:raise(error, mine, [{m, f, 2, [{line, 7}]}, {m, g, [a, b], []}])
    catch
        error:mine:Trace -> Trace
    end.

same_trace() ->
    try
        try fail(id(3)) catch error:R:T -> put(first, T), erlang:raise(error, R, T) end
    catch
        error:boom:T2 -> {T2 =:= get(first), functions(T2)}
    end.

fail(0) -> error(boom);
fail(N) -> [N | fail(N - 1)].

functions(Trace) -> [{F, A} || {raise_again, F, A, _} <- Trace, F =/= start].

through(N) -> try down(N) catch throw:R -> R end.

down(0) -> throw({reached, bottom});
down(N) -> 1 + down(N - 1).

through_handlers(N) -> try handlers(N) catch throw:R -> R end.

%% None of the handlers in between matches.
handlers(0) -> throw(bottom);
handlers(N) -> try handlers(N - 1) of X -> {X} catch error:_ -> wrong; exit:_ -> wrong end.

counted(N) -> try count(N) catch throw:C -> C end.

count(0) -> throw(0);
count(N) ->
    try
        count(N - 1)
    catch
        C:R:T -> erlang:raise(C, R + 1, T)
    end.

catch_in_loop(0, Acc) -> length(Acc);
catch_in_loop(N, Acc) -> catch_in_loop(N - 1, [(catch throw(N)) | Acc]).

after_gc() ->
    try
        fail(id(2))
    catch
        error:boom:Trace ->
            garbage(id(20000), []),
            functions(Trace)
    end.

garbage(0, Acc) -> Acc;
garbage(N, _) -> garbage(N - 1, [N, {N}, [N]]).

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
