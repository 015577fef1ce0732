%% Many values live at once, integers, floats and terms mixed, over calls and without calls; move cycles.
-module(register_pressure).
-export([start/0, id/1, perm/9]).

start() ->
    [{straight, straight(id(3), id(5))},
     {over_calls, over_calls(id(2))},
     {expression_tree, tree(id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8))},
     {floats, floats(id(1.5), id(2.5), id(3.5), id(4.5), id(5.5))},
     {mixed, mixed(id(7), id(0.5), id([a]), id({b}))},
     {cycles, perm(id(10), 1, 2, 3, 4, 5, 6, 7, 8)},
     {branches, [branches(X, X + 1, X + 2, X + 3, X + 4, X + 5) || X <- [0, 1, 2, 3]]},
     {destructure, destructure(id({1, {2, 3, [4, 5, {6, 7}]}, 8, [9, 10 | 11]}))},
     {loop, loop(id(1000), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
     {wide_result, wide(id(1))},
     {big_and_small, big(id(1 bsl 62), id(3))},
     {matrix, multiply({id(1), 2, 3, 4, 5, 6, 7, 8, 9}, {9, 8, 7, 6, 5, 4, 3, 2, id(1)})}].

straight(A, B) ->
    C = A + B, D = C * A, E = D - B, F = E + C, G = F * 2, H = G - D, I = H + A, J = I * B, K = J - C, L = K + D,
    M = L - E, N = M + F, O = N - G, P = O + H, Q = P - I, R = Q + J, S = R - K, T = S + L,
    {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T}.

over_calls(X) ->
    A = id(X), B = id(A + 1), C = id(B + 1), D = id(C + 1), E = id(D + 1), F = id(E + 1), G = id(F + 1), H = id(G + 1),
    I = id(H + 1), J = id(I + 1), K = id(J + 1), L = id(K + 1), M = id(L + 1), N = id(M + 1), O = id(N + 1), P = id(O + 1),
    [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P | id([X])].

tree(A, B, C, D, E, F, G, H) ->
    ((((A + B) * (C + D)) - ((E + F) * (G + H))) * (((A - C) * (B - D)) - ((E - G) * (F - H)))) +
        ((((A * E) + (B * F)) * ((C * G) + (D * H))) - (((A bxor H) bor (B band G)) * ((C bsl 2) + (D bsr 1)))).

floats(A, B, C, D, E) ->
    P = A * B + C, Q = C * D - E, R = A / B + D, S = (P - Q) * (R + A), T = P * Q * R,
    U = (A + B + C + D + E) / 5, V = S - T + U, W = V * V - U,
    {P, Q, R, S, T, U, V, W}.

mixed(I, F, L, T) ->
    A = I * 3,
    B = F + A,
    C = [B | L],
    D = {T, A},
    E = I bsl 60,
    G = B * F,
    H = [D, C],
    J = E + A,
    {I, F, L, T, A, B, C, D, E, G, H, J, length(C), tuple_size(D)}.

perm(0, A, B, C, D, E, F, G, H) -> {A, B, C, D, E, F, G, H};
perm(N, A, B, C, D, E, F, G, H) when N rem 3 =:= 0 -> perm(N - 1, B, A, D, C, F, E, H, G);
perm(N, A, B, C, D, E, F, G, H) when N rem 3 =:= 1 -> perm(N - 1, C, A, B, F, D, E, H, G);
perm(N, A, B, C, D, E, F, G, H) -> perm(N - 1, H, G, F, E, D, C, B, A).

branches(A, B, C, D, E, F) ->
    {P, Q} = case A of 0 -> {B, C}; 1 -> {D, B}; 2 -> {F, E}; _ -> {A, A} end,
    R = if P > Q -> P - Q; P < Q -> Q * 2; true -> E + F end,
    S = case {P, R} of {X, X} -> same; {X, Y} when X < Y -> Y - X; _ -> id(P) end,
    {A, B, C, D, E, F, P, Q, R, S}.

destructure({A, {B, C, [D, E, {F, G}]}, H, [I, J | K]}) ->
    {K, J, I, H, G, F, E, D, C, B, A, A + B + C + D + E + F + G + H + I + J + K}.

loop(0, A, B, C, D, E, F, G, H, I, J) -> [A, B, C, D, E, F, G, H, I, J];
loop(N, A, B, C, D, E, F, G, H, I, J) ->
    loop(N - 1, (A + B) band 1023, (B + C) band 1023, C bxor D, D bxor A, (E + N) band 4095, F, H, G, (I * 3) band 8191, J + 1).

wide(X) ->
    {a, X, [X], {X}, X + 1, [X, X], {X, X}, X * 2, [X | X], {X, [X]}, X - 1, [[X]], {{X}}, -X, [X, {X}], {X, X, X}, X bsl 3}.

big(A, B) ->
    C = A * B, D = C * A, E = D - C, F = E * B, G = F div C, H = F rem A,
    {A, B, C, D, E, F, G, H, C band D, C bor E, E bxor F}.

multiply({A, B, C, D, E, F, G, H, I}, {J, K, L, M, N, O, P, Q, R}) ->
    {A * J + B * M + C * P, A * K + B * N + C * Q, A * L + B * O + C * R,
     D * J + E * M + F * P, D * K + E * N + F * Q, D * L + E * O + F * R,
     G * J + H * M + I * P, G * K + H * N + I * Q, G * L + H * O + I * R}.

id(X) -> X.
