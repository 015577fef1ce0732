%% Records: reading and updating fields of a state that goes through a loop.
-module(bench_records).
-export([start/0, run/1]).

-record(account, {id, balance = 0, deposits = 0, withdrawals = 0, history = []}).

start() -> run(3000000).

run(N) ->
    #account{balance = B, deposits = D, withdrawals = W} = loop(N, #account{id = 1}),
    {B, D, W}.

loop(0, A) -> A;
loop(N, A) when N rem 3 =:= 0 -> loop(N - 1, withdraw(A, N band 15));
loop(N, A) -> loop(N - 1, deposit(A, N band 31)).

deposit(#account{balance = B, deposits = D} = A, Sum) -> A#account{balance = B + Sum, deposits = D + 1}.

withdraw(#account{balance = B} = A, Sum) when B < Sum -> A;
withdraw(#account{balance = B, withdrawals = W} = A, Sum) -> A#account{balance = B - Sum, withdrawals = W + 1}.
