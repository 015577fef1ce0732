%% Chains of float arithmetic that stay unboxed: mixed with integers and bignums, over calls, in loops, with exceptions
%% in the middle, and every value live at once.
-module(floats_in_registers).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{poly, [poly(id(X)) || X <- [0.0, 1.5, -2.25, 3, -4, 1 bsl 60, 1.0e100]]},
     {mixed_kinds, [mixed(id(A), id(B)) || A <- [1, 1.5, 1 bsl 62], B <- [2, -0.25, -(1 bsl 70)]]},
     {loop, loop(id(1000), 0.0, 1.0)},
     {int_then_float, sum([1, 2, 3.5, 4, 1 bsl 64, 0.25], 0)},
     {newton, newton(id(2.0), 1.0, 30)},
     {many_live, many(id(1.5), id(2.5), id(3.5), id(4.5), id(5.5), id(6.5), id(7.5), id(8.5))},
     {over_calls, over_calls(id(1.25))},
     {errors, [caught(fun() -> poly(id(X)) end) || X <- [a, [], {1.0}, 1.0e200]]},
     {error_late, [caught(fun() -> late(id(A), id(B)) end) || {A, B} <- [{1.0, 2.0}, {1.0, 0.0}, {1.0, 0}, {1.0e308, 1.0e-10}, {1.0, x}]]},
     {in_try, [in_try(id(A), id(B)) || {A, B} <- [{1.0, 4.0}, {1.0, 0.0}, {1.0e150, 1.0e-200}]]},
     {compared, [compared(id(A), id(B)) || {A, B} <- [{1.0, 2.0}, {2.5, 2.5}, {3.0, -3.0}, {1, 1.0}]]},
     {negate, [neg(id(X)) || X <- [1.5, -1.5, 3, -(1 bsl 60)]]},
     {stored, stored(id(0.1), id(0.2))},
     {converted_once, once(id(3))},
     {big_conversion, [caught(fun() -> id(B) * 1.0 end) || B <- [1 bsl 1023, (1 bsl 1024) - 1, 1 bsl 1024, -(1 bsl 1024)]]},
     {matrix, matrix({1.0, 2.0, 3.0, 4.0}, {0.5, -0.5, 0.25, 1.0}, id(8))},
     {exit_in_middle, caught(fun() -> X = id(1.5) * 2.0, Y = id(fun() -> exit({stop, X}) end), X + Y() * 2.0 end)}].

poly(X) -> ((X * 2.0 + 1.0) * X - 3.0) * X + 0.5.

mixed(A, B) -> {A + B * 0.5, A * 2 - B, (A + 0.5) * (B - 0.5), A / B}.

loop(0, A, B) -> {A, B};
loop(N, A, B) when A > 10.0 -> loop(N - 1, A - 9.75, B + 0.5);
loop(N, A, B) -> loop(N - 1, A + B * 0.125, B).

sum([], A) -> A;
sum([X | T], A) -> sum(T, A + X).

newton(_, X, 0) -> X;
newton(A, X, N) -> newton(A, (X + A / X) / 2, N - 1).

many(A, B, C, D, E, F, G, H) ->
    P = A * B, Q = C * D, R = E * F, S = G * H,
    T = A + C, U = B + D, V = E + G, W = F + H,
    X = P - Q, Y = R - S, Z = T * U,
    {P + Q + R + S, T + U + V + W, X * Y - Z, (P / T) + (Q / U) - (R / V) * (S / W), A, H, [X, Y, Z]}.

over_calls(X) ->
    A = X * 3.0,
    garbage(200),
    B = A + X,
    C = id(B) * A,
    garbage(200),
    {A, B, C, A * B - C}.

late(A, B) -> X = A * 2.0 + 1.0, Y = X / B, Y * Y + X.

in_try(A, B) ->
    S = A + B,
    P = S * 2.0,
    try
        D = A / B,
        {ok, D * P}
    catch
        error:badarith -> {failed, S, P, S * (P - 1)}
    end.

compared(A, B) ->
    C = A * 2, D = B * 2,
    if C < D -> {less, C}; C == D, A =:= B -> {same, D}; C == D -> {equal, D}; true -> {greater, C - D} end.

neg(X) -> {-X, 0 - X, -X * 1.0}.

stored(A, B) ->
    C = A + B,
    put(f, C),
    L = [C, {C}],
    D = C * get(f),
    {C, L, D, erase(f), C == 0.3}.

once(I) -> F = float(I), {F, F * I, I * I, F / I, trunc(F) + I, round(F * 1.5)}.

matrix(M, _, 0) -> M;
matrix({A, B, C, D}, {E, F, G, H} = N, K) -> matrix({A * E + B * G, A * F + B * H, C * E + D * G, C * F + D * H}, N, K - 1).

caught(F) -> try F() catch C:R -> {C, R} end.

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
