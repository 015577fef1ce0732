%% Float loop: one pixel column of the Mandelbrot set, floats that live only in loop variables.
-module(bench_float).
-export([start/0, run/1]).

start() -> run(800).

run(N) -> rows(N, N, 0).

rows(_, 0, Inside) -> Inside;
rows(N, Y, Inside) -> rows(N, Y - 1, columns(N, N, Y * 3.0 / N - 1.5, Inside)).

columns(_, 0, _, Inside) -> Inside;
columns(N, X, Ci, Inside) -> columns(N, X - 1, Ci, Inside + point(X * 3.0 / N - 2.0, Ci, 0.0, 0.0, 100)).

point(_, _, _, _, 0) -> 1;
point(Cr, Ci, Zr, Zi, N) ->
    R2 = Zr * Zr,
    I2 = Zi * Zi,
    case R2 + I2 > 4.0 of
        true -> 0;
        false -> point(Cr, Ci, R2 - I2 + Cr, 2.0 * Zr * Zi + Ci, N - 1)
    end.
