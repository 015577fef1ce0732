%% Float arithmetic to the last bit: sums in different orders, fused operations that must not be fused, subnormals,
%% cancellation, integer mixes, functions of math.
-module(float_arith_exact).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{not_fused, [fma(id(A), id(B), id(C)) || {A, B, C} <- [{1.0000000000000002, 1.0000000000000002, -1.0000000000000004}, {0.1, 10.0, -1.0}, {1.0e16, 1.0000000000000002, -1.0e16}, {3.0, 0.1, -0.3}]]},
     {order_matters, [{(A + B) + C, A + (B + C)} || {A, B, C} <- [{id(1.0e16), 1.0, -1.0e16}, {id(0.1), 0.2, 0.3}, {id(1.0), 1.0e-16, 1.0e-16}]]},
     {cancellation, [id(1.0000001) - 1.0, (id(1.0e8) + 1.0e-8) - 1.0e8, id(0.3) - 0.1 - 0.2]},
     {subnormal, [id(2.2250738585072014e-308) / N || N <- [2, 3, 1024, 1.0e10, 4503599627370496]]},
     {subnormal_sum, [id(5.0e-324) + 5.0e-324, id(1.0e-310) * 3, id(1.0e-300) * 1.0e-20]},
     {division, [id(A) / id(B) || {A, B} <- [{1.0, 3.0}, {2, 3}, {1.0e308, 3}, {5.0e-324, 2}, {1 bsl 62, 3}, {-7, 2.0}]]},
     {sums, [sum(id(L)) || L <- [[0.1, 0.2, 0.3, 0.4], [0.1 || _ <- seq(1, 10)], [1.0 / N || N <- seq(1, 50)], [1, 0.5, 1 bsl 60]]]},
     {products, [prod(id(L)) || L <- [[1.1 || _ <- seq(1, 20)], [0.9 || _ <- seq(1, 50)], [N * 0.5 || N <- seq(1, 20)]]]},
     {horner, [horner(id(X), [1, -2.5, 3, 0.125]) || X <- [0.5, -1.5, 3, 1.0e5]]},
     {mandelbrot, [mandel(X / 10, Y / 10, 0.0, 0.0, 0) || X <- [-20, -15, -7, 0, 3], Y <- [-10, -3, 0, 5]]},
     {sqrt, [math:sqrt(id(X)) || X <- [0, 1, 2, 2.0, 1.0e300, 1 bsl 64, 5.0e-324]]},
     {pow, [math:pow(id(A), id(B)) || {A, B} <- [{2, 10}, {2.0, 0.5}, {-2, 3}, {10, -2}, {0, 0}, {1.5, 100}]]},
     {floor_ceil, [{math:floor(id(X)), math:ceil(X), floor(X), ceil(X)} || X <- [0.5, -0.5, 2.0, -2.5, 1.0e15]]},
     {fmod, [math:fmod(id(A), id(B)) || {A, B} <- [{5.5, 2}, {-5.5, 2}, {5.5, -2}, {1.0e300, 7.0}]]},
     {compare, [{A < B, A == B, A > B} || {A, B} <- [{id(0.1) + 0.2, 0.3}, {id(1.0e16) + 1, 1.0e16}, {id(0.5) * 2, 1}, {id(1) / 3 * 3, 1}]]},
     {logistic, logistic(id(0.4), 100)},
     {newton, newton(id(2), 1.0)},
     {int_float_loop, mixed(id(50), 1, 1.0)}].

fma(A, B, C) -> {A * B + C, C + A * B, A * B - -C}.

sum(L) -> sum(L, 0).
sum([], S) -> S;
sum([H | T], S) -> sum(T, S + H).

prod([]) -> 1;
prod([H | T]) -> H * prod(T).

horner(X, L) -> horner(X, L, 0.0).
horner(_, [], A) -> A;
horner(X, [H | T], A) -> horner(X, T, A * X + H).

mandel(_, _, A, B, N) when A * A + B * B > 4.0 -> N;
mandel(_, _, _, _, 60) -> inside;
mandel(X, Y, A, B, N) -> mandel(X, Y, A * A - B * B + X, 2 * A * B + Y, N + 1).

logistic(X, 0) -> X;
logistic(X, N) -> logistic(3.9 * X * (1 - X), N - 1).

newton(A, X) -> Y = (X + A / X) / 2, if abs(Y - X) < 1.0e-15 -> Y; true -> newton(A, Y) end.

mixed(0, I, F) -> {I, F};
mixed(N, I, F) -> mixed(N - 1, I * 3 + N, F / 3 + I).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
