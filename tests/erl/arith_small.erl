%% Integer arithmetic that stays within small integers, with variables and with constants.
-module(arith_small).
-export([start/0, id/1, constants/1, pair/2]).

start() ->
    [{constants, [constants(X) || X <- [0, 1, -1, 7, -7, 255, 256, -1000, 65535]]},
     {pairs, [pair(A, B) || A <- [1, -1, 17, -17, 1000], B <- [1, -1, 5, -5]]},
     {sum, sum(id(1000), 0)},
     {product, product(id(12), 1)},
     {gcd, gcd(id(1071), id(462))},
     {collatz, collatz(id(27), 0)},
     {digits, digits(id(1234567890), 0)},
     {negate, {-id(5), -id(-5), -id(0), +id(3)}},
     {abs, {abs(id(5)), abs(id(-5)), abs(id(0))}},
     {min_max, {min(id(3), id(4)), max(id(3), id(4)), min(id(-3), id(-4)), max(id(a), id(1))}},
     {expression, expression(id(3), id(4), id(5))}].

constants(X) ->
    {X + 1, X - 1, 1 - X, X + 1000000, X * 2, X * 3, X * 8, X * -4, X div 2, X div 3, X div -8, X rem 2,
     X rem 10, X rem -16, X band 255, X bor 256, X bxor 15, bnot X, X bsl 4, X bsr 2, X - X, X bxor X}.

pair(A, B) ->
    {A + B, A - B, A * B, A div B, A rem B, A band B, A bor B, A bxor B}.

sum(0, Acc) -> Acc;
sum(N, Acc) -> sum(N - 1, Acc + N).

product(0, Acc) -> Acc;
product(N, Acc) -> product(N - 1, N * Acc).

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

collatz(1, Steps) -> Steps;
collatz(N, Steps) when N band 1 =:= 0 -> collatz(N bsr 1, Steps + 1);
collatz(N, Steps) -> collatz(3 * N + 1, Steps + 1).

digits(0, Acc) -> Acc;
digits(N, Acc) -> digits(N div 10, Acc + N rem 10).

expression(A, B, C) -> (A + B) * C - (A - B) * (B - C) div (A band C) + (C bsl A) bxor (B bor 9).

id(X) -> X.
