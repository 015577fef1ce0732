%% Floats in tight loops: the Mandelbrot set.
-module(bench_mandel).
-export([start/0, run/1]).

start() -> run(250).

run(N) -> rows(0, N, 0).

rows(N, N, Sum) -> Sum;
rows(Y, N, Sum) -> rows(Y + 1, N, Sum + row(0, Y, N, 0)).

row(N, _, N, Sum) -> Sum;
row(X, Y, N, Sum) ->
    CR = X * 3.0 / N - 2.0,
    CI = Y * 2.0 / N - 1.0,
    row(X + 1, Y, N, Sum + escape(0.0, 0.0, CR, CI, 0)).

escape(_, _, _, _, 100) -> 100;
escape(R, I, CR, CI, K) ->
    R2 = R * R,
    I2 = I * I,
    if
        R2 + I2 > 4.0 -> K;
        true -> escape(R2 - I2 + CR, 2.0 * R * I + CI, CR, CI, K + 1)
    end.
