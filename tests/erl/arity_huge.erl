%% Functions of very many parameters: calls, tail calls, permutations, funs of many arguments, apply with long lists,
%% closures with many captured values.
-module(arity_huge).
-export([start/0, id/1, f30/30, g40/40, apply_me/25]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{call_30, f30(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, id(30))},
     {rotated, rot(id(7), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)},
     {reversed, rev(id(3), a, 1.5, [c], {d}, <<"e">>, 1 bsl 70, g, h, i, j, k, l, m, n, o, p, q, r, s, t)},
     {applied, apply(?MODULE, f30, seq(1, 30))},
     {applied_40, apply(?MODULE, id(g40), [[N] || N <- seq(1, 40)])},
     {fun_applied, apply(fun ?MODULE:apply_me/25, seq(1, 25))},
     {fun_25, (id(fun(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y) -> [Y, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X] end))(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)},
     {wrong_arity, [caught(fun() -> apply(?MODULE, f30, id(L)) end) || L <- [seq(1, 29), seq(1, 31), []]] =:= [{error, undef} || _ <- [1, 2, 3]]},
     {too_many, [caught(fun() -> apply(?MODULE, f30, seq(1, id(N))) end) || N <- [255, 256, 300]]},
     {too_many_for_fun, [case caught(fun() -> apply(id(fun(A) -> A end), seq(1, N)) end) of {error, {badarity, {_, L}}} -> {badarity, length(L)}; O -> O end || N <- [2, 255, 256]]},
     {spawned, (fun() -> S = self(), spawn(fun() -> S ! {r, apply(?MODULE, g40, seq(1, 40))} end), receive {r, X} -> X end end)()},
     {error_arguments, (fun() -> try f30(x, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30) catch error:function_clause:T -> [{_, N, A, _} | _] = T, {N, length(A), hd(A)} end end)()},
     {over_frames, over(id(5), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)},
     {mixed_floats, floats(id(4), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0)}].

f30(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z, A2, B2, C2, D2) when is_integer(A); is_list(A) ->
    {A, D2, B, C2, C, B2, D, A2, E, Z, F, Y, G, X, H, W, I, V, J, U, K, T, L, S, M, R, N, Q, O, P}.

g40(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z, A2, B2, C2, D2, E2, F2, G2, H2, I2, J2, K2, L2, M2, N2) ->
    Z1 = f30(A, N2, B, M2, C, L2, D, K2, E, J2, F, I2, G, H2, H, G2, I, F2, J, E2, K, D2, L, C2, M, B2, N, A2, O, Z),
    {Z1, P, Q, R, S, T, U, V, W, X, Y}.

apply_me(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y) -> [{A, Y}, {B, X}, {C, W}, {D, V}, {E, U}, {F, T}, {G, S}, {H, R}, {I, Q}, {J, P}, {K, O}, {L, N}, M].

rot(0, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) -> {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T};
rot(Z, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) -> rot(Z - 1, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, A).

rev(0, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) -> {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T};
rev(Z, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T) -> garbage(10), rev(Z - 1, T, S, R, Q, P, O, N, M, L, K, J, I, H, G, F, E, D, C, B, A).

over(0, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O) -> garbage(50), [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O];
over(Z, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O) -> X = over(Z - 1, [A], B, O, C, N, D, M, E, L, F, K, G, J, H, I), garbage(10), [length(X), A, H, O | X].

floats(0, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q) -> {A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q};
floats(Z, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q) -> floats(Z - 1, Q + 0.5, A * 2.0, B - C, C, D, E, F, G, H, I, J, K, L + M, M, N, O, P).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
