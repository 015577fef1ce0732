%% Local and remote calls, argument order, values live across calls. No funs, no exceptions.
-module(calls).
-export([start/0, id/1, sub/2, pick/5, swap/3, tak/3, ack/2]).

start() ->
    [{local, inc(41)},
     {nested, inc(inc(inc(0)))},
     {remote, calls:sub(10, 3)},
     {swapped_arguments, swapped(id(10), id(3))},
     {rotated, rotated(id(a), id(b), id(c), id(d), id(e))},
     {live_across, live_across(id(5))},
     {sum_of_calls, inc(1) + calls:sub(5, 2) * inc(inc(3))},
     {tak, tak(id(8), 4, 2)},
     {ackermann, ack(2, id(5))},
     {unused_results, unused_results(id(3))},
     {same_argument_twice, pick(id(x), x, x, x, id(x))},
     {cycle, swap(id(1), id(2), id(5))}].

inc(X) -> X + 1.

sub(A, B) -> A - B.

swapped(A, B) -> {sub(A, B), sub(B, A), sub(A, A)}.

rotated(A, B, C, D, E) ->
    {pick(B, C, D, E, A), pick(E, D, C, B, A), pick(A, A, E, E, C)}.

pick(A, B, C, D, E) -> {E, D, C, B, A}.

live_across(X) ->
    A = inc(X),
    B = inc(A),
    C = sub(B, id(X)),
    D = inc(id(C)),
    {X, A, B, C, D, inc(X)}.

unused_results(X) ->
    inc(X),
    sub(X, X),
    pick(X, 1, 2, 3, 4),
    X.

swap(A, B, 0) -> {A, B};
swap(A, B, N) -> swap(B, A, N - 1).

tak(X, Y, Z) when X =< Y -> Z;
tak(X, Y, Z) -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y)).

ack(0, N) -> N + 1;
ack(M, 0) -> ack(M - 1, 1);
ack(M, N) -> ack(M - 1, ack(M, N - 1)).

id(X) -> X.
