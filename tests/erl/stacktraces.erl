%% Stack traces: functions with arity or arguments, and lines, top down; frames of tail calls are gone.
-module(stacktraces).
-export([start/0, id/1, outer/1, tail/1, remote/1]).

start() ->
    [{error, trace(fun() -> outer(error) end)},
     {badmatch, trace(fun() -> outer(badmatch) end)},
     {function_clause, trace(fun() -> outer(clause) end)},
     {badarith, trace(fun() -> outer(badarith) end)},
     {bif, trace(fun() -> outer(bif) end)},
     {tail, trace(fun() -> tail(error) end)},
     {remote, trace(fun() -> ?MODULE:remote(throw) end)},
     {undef, trace(fun() -> outer(undef) end)},
     {in_fun, trace(fun() -> call(fun(X) -> X + id(a) end) end)},
     {exit, trace(fun() -> outer(exit) end)},
     {repeated_frames, length([deep || {?MODULE, deep, 1, _} <- raw(fun() -> deep(id(100)) end)])},
     {with_arguments, with_arguments()},
     {case_clause, trace(fun() -> outer(case_clause) end)}].

outer(What) ->
    X = inner(What, id(1)),
    {X}.

inner(error, _) ->
    error(on_purpose);
inner(badmatch, N) ->
    2 = id(N),
    ok;
inner(clause, N) ->
    [only_two(N)];
inner(badarith, N) ->
    [N + id(a)];
inner(bif, N) ->
    [atom_to_list(N)];
inner(throw, N) ->
    {N, throw(ball)};
inner(undef, N) ->
    {N, stacktraces:nothing_here(N)};
inner(exit, _) ->
    exit(leaving);
inner(case_clause, N) ->
    case id(N) of
        7 -> seven
    end.

only_two(2) -> two.

tail(What) -> tail_inner(id(What)).

tail_inner(What) -> inner(What, id(1)).

remote(What) ->
    {?MODULE:outer(What)}.

call(F) ->
    {F(id(1))}.

deep(0) -> error(bottom);
deep(N) -> 1 + deep(N - 1).

with_arguments() ->
    try
        error(reason, [first, {second}])
    catch
        error:reason:Trace ->
            [{M, F, Args, _} | _] = Trace,
            {M, F, Args}
    end.

raw(F) ->
    try F() catch _:_:Trace -> Trace end.

%% Frames of this module above start/0 and without the funs start/0 makes, whose names the compiler chooses.
trace(F) ->
    [{Function, Arity, line(Location)} || {?MODULE, Function, Arity, Location} <- raw(F), known(Function)].

known(F) -> lists:member(F, [outer, inner, only_two, tail, tail_inner, remote, call, deep, nothing_here]).

line(Location) ->
    case lists:keyfind(line, 1, Location) of
        {line, Line} -> Line;
        false -> none
    end.

id(X) -> X.
