%% after runs exactly once on every way out: value, throw, error, exit, re-raise, tail position, nested.
-module(try_after).
-export([start/0, id/1]).

start() ->
    [{ways, [{W, way(W)} || W <- [value, throw, error, exit]]},
     {failing_after, [{W, failing_after(W)} || W <- [value, throw]]},
     {in_handler, in_handler()},
     {chain, chain(id(6))},
     {deep, deep(id(1000))},
     {value_ignored, try kept after ignored end},
     {with_of, [with_of(X) || X <- [1, 2, 3]]},
     {state, state(id(7))}].

way(W) ->
    put(log, []),
    R = try
        {value, (try act(W) after log(cleanup) end)}
    catch
        C:X -> {C, X}
    end,
    {R, get(log)}.

act(value) -> fine;
act(throw) -> throw(t);
act(error) -> error(e);
act(exit) -> exit(x).

log(X) -> put(log, [X | get(log)]).

%% An exception in after replaces the one on its way.
failing_after(W) ->
    try
        try act(W) after error(from_after) end
    catch
        C:X -> {C, X}
    end.

in_handler() ->
    put(log, []),
    R = try
        try
            error(first)
        catch
            error:first -> log(handler), throw(second)
        after
            log(cleanup)
        end
    catch
        throw:S -> S
    end,
    {R, get(log)}.

chain(0) -> put(log, []), throw(bottom);
chain(6) -> try chain(5) catch throw:bottom -> get(log) end;
chain(N) -> try chain(N - 1) after log(N) end.

deep(N) ->
    put(count, 0),
    Sum = try deep_sum(N) catch throw:S -> S end,
    {Sum, get(count)}.

deep_sum(0) -> throw(0);
deep_sum(N) ->
    try
        try deep_sum(N - 1) after put(count, get(count) + 1) end
    catch
        throw:S -> throw(S + N)
    end.

with_of(X) ->
    put(log, []),
    R = try
        try id(X) of
            1 -> one;
            2 -> throw(two)
        after
            log(cleanup)
        end
    catch
        C:E -> {C, E}
    end,
    {R, get(log)}.

%% Values from before the try are needed by the after block on both ways.
state(X) ->
    A = id({a, X}),
    B = id([X, X]),
    Fine = try id(X) + 1 after put(seen, {A, B}) end,
    First = get(seen),
    Bad = try
        try id(a) + X after put(seen, {B, A}) end
    catch
        error:R -> R
    end,
    {Fine, First, Bad, get(seen), A, B}.

id(X) -> X.
