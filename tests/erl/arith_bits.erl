%% band, bor, bxor and bnot treat integers as infinitely sign-extended two's complement.
-module(arith_bits).
-export([start/0, id/1, all/2]).

start() ->
    [{cross, [all(A, B) || A <- values(), B <- values()]},
     {masks, [{X band 255, X band -256, X bor 1, X bxor -1, X band 16#FFFFFFFF} || X <- values()]},
     {complement, [bnot X || X <- values()]},
     {twice, [X || X <- values(), bnot (bnot X) =/= X]},
     {de_morgan, [{A, B} || A <- values(), B <- values(), bnot (A band B) =/= (bnot A) bor (bnot B)]},
     {popcount, [popcount(X, 0) || X <- [id(0), 255, (1 bsl 59) - 1, (1 bsl 64) - 1, 16#123456789ABCDEF0123]]}].

all(A, B) -> {A band B, A bor B, A bxor B}.

popcount(0, N) -> N;
popcount(X, N) -> popcount(X band (X - 1), N + 1).

values() ->
    [id(0), -1, 16#0F0F, -16#0F0F, (1 bsl id(59)) - 1, -(1 bsl id(59)), 16#FEDCBA9876543210, -16#FEDCBA9876543210,
     (1 bsl id(100)) + 1].

id(X) -> X.
