%% Stack traces through functions so small, or called so rarely, that a compiler may copy them to where they are called:
%% the frames, their order and their lines are those of the functions as they are written.
-module(stacktraces_small).
-export([start/0, id/1]).

start() ->
    [{leaf, trace(fun() -> leaf(id(a)) end)},
     {nested, trace(fun() -> nested(id(a)) end)},
     {tail_in_nested, trace(fun() -> {tail_in_nested(id(a))} end)},
     {last, trace(fun() -> last(id(a)) end)},
     {last_of_last, trace(fun() -> {last_of_last(id(a))} end)},
     {clause, trace(fun() -> clauses(id(a)) end)},
     {caught, caught(id(a))},
     {own_handler, trace(fun() -> own_handler(id(a)) end)},
     {again, trace(fun() -> again(id(a)) end)},
     {loop, trace(fun() -> looping(id([1, 2, a, 3])) end)},
     {bif, trace(fun() -> by_bif(id(a)) end)},
     {calling, trace(fun() -> calling(id(a)) end)},
     {deep, trace(fun() -> one(id(a)) end)},
     {ping, trace(fun() -> ping(id(5)) end)},
     {here, here()},
     {recursion, trace(fun() -> {down(id(100))} end)},
     {odd_recursion, trace(fun() -> {down(id(101))} end)},
     {two_calls, trace(fun() -> {left(id(20))} end)},
     {mutual, trace(fun() -> {up(id(20))} end)},
     {mutual_odd, trace(fun() -> {up(id(21))} end)}].

%% Frames of one call after another are one entry.
down(-1) -> ok;
down(0) -> error(bottom);
down(N) ->
    {down(N - 1),
     N}.

%% These are not: the calls are two.
left(-1) -> ok;
left(0) -> error(bottom);
left(N) when N rem 2 =:= 0 -> {left(N - 1), N};
left(N) -> [left(N - 1), N].

up(-1) -> ok;
up(0) -> error(bottom);
up(N) -> {other(N - 1)}.

other(-1) -> ok;
other(0) -> error(bottom);
other(N) -> [up(N - 1)].

leaf(X) ->
    Y = add(X),
    {Y}.

add(X) ->
    X + 1.

nested(X) ->
    [middle(X)].

middle(X) ->
    {add(X),
     inner}.

%% add/1 takes the frame of to_add/1.
tail_in_nested(X) ->
    [to_add(X)].

to_add(X) ->
    add(X).

%% to_add/1 and add/1 take the frame of last/1.
last(X) ->
    to_add(X).

last_of_last(X) ->
    id(X),
    last(X).

clauses(X) ->
    [clause(X, id(2))].

clause(1, _) -> one.

caught(X) ->
    try
        [add(X)]
    catch
        error:badarith:Trace -> frames(Trace)
    end.

own_handler(X) ->
    id(X),
    guarded(X).

guarded(X) ->
    try add(X)
    catch error:badarith -> [add(X)]
    end.

again(X) ->
    {reraise(X)}.

reraise(X) ->
    try [add(X)]
    catch Class:Reason:Trace -> erlang:raise(Class, Reason, Trace)
    end.

looping(L) ->
    [total(L, 0)].

total([H | T], N) ->
    total(T, H + N);
total([], N) ->
    N.

by_bif(X) ->
    [to_list(X)].

to_list(X) ->
    atom_to_list({X}).

%% A call in a copied body that stays a call.
calling(X) ->
    {through(X)}.

through(X) ->
    [?MODULE:id(X),
     far(X, 1, 2, 3)].

far(X, A, B, C) ->
    case id(X) of
        1 -> [A, B, C, id(A), id(B), id(C), {id(A), id(B), id(C)}, [id(A) | id(B)]];
        2 -> [A, B, C, id(A), id(B), id(C), {id(A), id(B), id(C)}, [id(A) | id(B)], x];
        3 -> [A, B, C, id(A), id(B), id(C), {id(A), id(B), id(C)}, [id(A) | id(B)], y]
    end.

one(X) -> {two(X)}.
two(X) -> {three(X)}.
three(X) -> {four(X)}.
four(X) -> {five(X)}.
five(X) -> {six(X)}.
six(X) -> {add(X)}.

ping(0) -> error(bottom);
ping(N) -> pong(N - 1).

pong(0) -> error(pong);
pong(N) -> ping(N - 1).

here() ->
    {place(id(1))}.

place(_) ->
    {current_function, F} = process_info(self(), current_function),
    {current_stacktrace, Trace} = process_info(self(), current_stacktrace),
    {F, frames(Trace)}.

frames(Trace) ->
    [{F, A, line(Location)} || {?MODULE, F, A, Location} <- Trace, known(F)].

trace(F) ->
    try F() of
        Value -> {value, Value}
    catch
        Class:_:Trace -> {Class, frames(Trace)}
    end.

known(F) -> not lists:member(F, [start, trace]) andalso hd(atom_to_list(F)) =/= $-.

line(Location) ->
    case lists:keyfind(line, 1, Location) of
        {line, Line} -> Line;
        false -> none
    end.

id(X) -> X.
