%% Integers without bounds: factorials, Fibonacci numbers, modular powers, conversion to text.
-module(bench_bigint).
-export([start/0, run/1]).

start() -> run(5000).

run(N) ->
    F = factorial(N, 1),
    Fib = fib(50000, 0, 1),
    P = power(3, 1 bsl 600 - 1, (1 bsl 521) - 1, 1),
    {length(integer_to_list(F)), Fib rem 1000000007, P rem 1000003, (F div (Fib + 1)) rem 97}.

factorial(0, Acc) -> Acc;
factorial(N, Acc) -> factorial(N - 1, N * Acc).

fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

power(_, 0, _, Acc) -> Acc;
power(B, E, M, Acc) when E band 1 =:= 1 -> power(B * B rem M, E bsr 1, M, Acc * B rem M);
power(B, E, M, Acc) -> power(B * B rem M, E bsr 1, M, Acc).
