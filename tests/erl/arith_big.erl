%% Integers of many words: factorials, powers, long division, roots, printing and reading.
-module(arith_big).
-export([start/0, id/1]).

start() ->
    F100 = factorial(id(100), 1),
    F99 = factorial(id(99), 1),
    Pow = power(id(7), 300),
    [{factorial, F100},
     {quotient, F100 div F99},
     {remainder, F100 rem (F99 + 1)},
     {power, Pow},
     {fibonacci, fib(id(400), 0, 1)},
     {digits, {length(integer_to_list(F100)), length(integer_to_list(Pow))}},
     {read_back, list_to_integer(integer_to_list(Pow)) =:= Pow},
     {difference, (Pow + 1) * (Pow - 1) - Pow * Pow},
     {isqrt, isqrt(F100)},
     {gcd, gcd(F100, Pow * 13)},
     {modular_power, mod_power(id(123456789), 98765432109876543210, (1 bsl 89) - 1)},
     {mersenne, lucas_lehmer(id(127))},
     {negative, {-Pow div 1000000007, -Pow rem 1000000007, Pow div -1000000007, Pow rem -1000000007}},
     {shrinks_to_small, (1 bsl id(80)) - ((1 bsl id(80)) - 42)},
     {is_integer, {is_integer(Pow), is_float(Pow), is_number(Pow)}},
     {knuth_d, [division(A, B) || {A, B} <- hard_divisions()]}].

factorial(0, Acc) -> Acc;
factorial(N, Acc) -> factorial(N - 1, Acc * N).

power(_, 0) -> 1;
power(X, N) when N rem 2 =:= 1 -> X * power(X, N - 1);
power(X, N) -> Y = power(X, N div 2), Y * Y.

fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

isqrt(N) -> isqrt(N, N).
isqrt(N, X) ->
    case (X + N div X) div 2 of
        Y when Y >= X -> X;
        Y -> isqrt(N, Y)
    end.

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

mod_power(_, 0, _) -> 1;
mod_power(X, N, M) when N rem 2 =:= 1 -> X * mod_power(X, N - 1, M) rem M;
mod_power(X, N, M) -> Y = mod_power(X, N div 2, M), Y * Y rem M.

lucas_lehmer(P) -> lucas_lehmer(4, P - 2, (1 bsl P) - 1).
lucas_lehmer(S, 0, _) -> S =:= 0;
lucas_lehmer(S, N, M) -> lucas_lehmer((S * S - 2) rem M, N - 1, M).

%% Quotient digits that a schoolbook division guesses too high.
hard_divisions() ->
    [{(1 bsl id(192)) - 1, (1 bsl 128) - 1},
     {(1 bsl id(191)) + ((1 bsl 127) - 1), (1 bsl 127) + 1},
     {((1 bsl id(64)) - 1) bsl 128, ((1 bsl 64) - 1) bsl 64 + ((1 bsl 64) - 1)},
     {-(1 bsl id(192)), (1 bsl 64) + 1}].

division(A, B) ->
    Q = A div B,
    R = A rem B,
    {Q, R, Q * B + R =:= A}.

id(X) -> X.
