%% Functions of 6 to 24 arguments: more than any machine has argument registers; locally, remotely, as funs.
-module(long_arguments).
-export([start/0, id/1, f6/6, f8/8, f10/10, f20/20, loop12/12]).

start() ->
    [{six, f6(id(1), 2, 3, 4, 5, id(6))},
     {eight, ?MODULE:f8(id(1), 2, 3, 4, 5, 6, 7, id(8))},
     {ten, f10(id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8), id(9), id(10))},
     {twenty, f20(id(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, id(20))},
     {reversed, reversed(id(1), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)},
     {loop, loop12(id(1000), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0)},
     {rotate, rotate(id(25), a, b, c, d, e, f, g, h, i, j)},
     {apply, apply(?MODULE, f10, id([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))},
     {as_fun, (id(fun f10/10))(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)},
     {closure, closure(id(1), id(2), id(3))},
     {live_across, live(id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8), id(9), id(10))},
     {collected, collected({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, id(20))},
     {recursion, deep(id(1000), 1, 2, 3, 4, 5, 6, 7, 8, 9)},
     {clause_failure, try only(id(1), 2, 3, 4, 5, 6, 7, 8, 9, 11) catch error:R:Trace -> {R, element(2, hd(Trace)), element(3, hd(Trace))} end},
     {maximum, length(tuple_to_list(f24(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, id(24))))}].

f6(A, B, C, D, E, F) -> {F, E, D, C, B, A}.

f8(A, B, C, D, E, F, G, H) -> {H, G, F, E, D, C, B, A}.

f10(A, B, C, D, E, F, G, H, I, J) -> {J, I, H, G, F, E, D, C, B, A}.

f20(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) ->
    {T, S, R, Q, P, O, N, M, L, K, J, I, H, G, F, E, D, C, B, A}.

f24(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X) ->
    {X, W, V, U, T, S, R, Q, P, O, N, M, L, K, J, I, H, G, F, E, D, C, B, A}.

reversed(A, B, C, D, E, F, G, H, I, J, K, L) -> straight(L, K, J, I, H, G, F, E, D, C, B, A).

straight(A, B, C, D, E, F, G, H, I, J, K, L) -> {A, B, C, D, E, F, G, H, I, J, K, L}.

loop12(0, A, B, C, D, E, F, G, H, I, J, Acc) -> {A, B, C, D, E, F, G, H, I, J, Acc};
loop12(N, A, B, C, D, E, F, G, H, I, J, Acc) -> loop12(N - 1, B, C, D, E, F, G, H, I, J, A, Acc + A + J).

rotate(0, A, B, C, D, E, F, G, H, I, J) -> [A, B, C, D, E, F, G, H, I, J];
rotate(N, A, B, C, D, E, F, G, H, I, J) -> rotate(N - 1, J, A, B, C, D, E, F, G, H, I).

closure(X, Y, Z) ->
    F = fun(A, B, C, D, E, G, H) -> {A, B, C, D, E, G, H, X, Y, Z} end,
    F(id(a), b, c, d, e, g, id(h)).

live(A, B, C, D, E, F, G, H, I, J) ->
    S = id(A + B + C),
    T = id(D + E + F),
    U = id(G + H + I + J),
    {A, B, C, D, E, F, G, H, I, J, S, T, U}.

collected(A, B, C, D, E, F, G, H, I, J, K, L, 0) -> {A, B, C, D, E, F, G, H, I, J, K, L};
collected(A, B, C, D, E, F, G, H, I, J, K, L, N) ->
    garbage(1000),
    collected(B, C, D, E, F, G, H, I, J, K, L, A, N - 1).

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

deep(0, A, B, C, D, E, F, G, H, I) -> A + B + C + D + E + F + G + H + I;
deep(N, A, B, C, D, E, F, G, H, I) -> 1 + deep(N - 1, I, A, B, C, D, E, F, G, H).

only(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) -> ok.

id(X) -> X.
