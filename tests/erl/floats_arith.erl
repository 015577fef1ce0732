%% Floating-point arithmetic, mixed with integers, chains that a compiler keeps unboxed, and special values.
-module(floats_arith).
-export([start/0, id/1]).

start() ->
    A = id(1.5),
    B = id(-2.25),
    I = id(3),
    [{basic, {A + B, A - B, A * B, A / B, -A, +B}},
     {mixed, {A + I, I - A, A * I, I / A, I / 2, 6 / id(3)}},
     {constants, {A + 1, A * 2, A / 4, 1 / A, A - 0.5, A * -1.0}},
     {division_of_integers, {id(7) / id(2), id(6) / id(2), id(-1) / id(3)}},
     {big_integers, {id(1 bsl 70) * 1.0, id(1 bsl 70) / 2, 1.0 + (1 bsl id(80)), (1 bsl id(100)) / (1 bsl id(99))}},
     {chain, (A * B + A / B - (B - A) * 2.0) / (A + 0.125)},
     {polynomial, horner([1.0, -2.0, 0.5, 3.0], id(1.25), 0.0)},
     {minus_zero, {id(0.0) =:= -id(0.0), -id(0.0) == 0, 1.0 * id(0), id(0.0) * -1.0 == 0.0}},
     {tiny, {id(1.0e-300) * 1.0e-20, id(5.0e-324) / 2 == 0.0, id(2.2250738585072014e-308) / 4}},
     {precision, {id(0.1) + id(0.2), id(0.1) * 3, 1.0e16 + id(1.0), id(9007199254740993) * 1.0}},
     {abs, {abs(B), abs(A), abs(id(-0.0))}},
     {newton, newton(id(2.0), id(1.0), 20)},
     {sum, sum(id(1000), 0.0)},
     {harmonic, harmonic(id(1000), 0.0)},
     {mandelbrot, [mandel(X, Y) || {X, Y} <- [{0.0, 0.0}, {-0.75, 0.1}, {0.3, 0.5}, {1.0, 1.0}, {-1.25, 0.02}]]},
     {min_max, {min(A, B), max(A, B), max(A, I), min(B, I)}},
     {live_across_calls, across(A, B)},
     {many, many(id(1.0), id(2.0), id(3.0), id(4.0), id(5.0), id(6.0), id(7.0), id(8.0))}].

horner([], _, Acc) -> Acc;
horner([C | Rest], X, Acc) -> horner(Rest, X, Acc * X + C).

newton(_, X, 0) -> X;
newton(S, X, N) -> newton(S, (X + S / X) / 2, N - 1).

sum(0, Acc) -> Acc;
sum(N, Acc) -> sum(N - 1, Acc + N * 0.5).

harmonic(0, Acc) -> Acc;
harmonic(N, Acc) -> harmonic(N - 1, Acc + 1 / N).

mandel(X, Y) -> mandel(X, Y, 0.0, 0.0, 0).

mandel(_, _, _, _, 100) -> inside;
mandel(X, Y, Zr, Zi, N) when Zr * Zr + Zi * Zi > 4.0 -> {N, X > Y};
mandel(X, Y, Zr, Zi, N) -> mandel(X, Y, Zr * Zr - Zi * Zi + X, 2 * Zr * Zi + Y, N + 1).

across(A, B) ->
    C = A * B,
    D = id(C) + A,
    E = id(D) - B,
    {A, B, C, D, E, C * D - E}.

many(A, B, C, D, E, F, G, H) ->
    S = A + B * C - D / E + F * G - H,
    T = (A - B) * (C - D) * (E - F) * (G - H),
    {S, T, S * T, A * H + B * G + C * F + D * E}.

id(X) -> X.
