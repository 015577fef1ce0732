%% Funs: closures made, passed and called; composition and church-style iteration.
-module(bench_funs).
-export([start/0, run/1]).

start() -> run(1500000).

run(N) ->
    Add = fun(K) -> fun(X) -> X + K end end,
    Twice = fun(F) -> fun(X) -> F(F(X)) end end,
    loop(N, Add, Twice, 0).

loop(0, _, _, Acc) -> Acc;
loop(N, Add, Twice, Acc) ->
    F = Twice(Add(N band 7)),
    loop(N - 1, Add, Twice, F(Acc) band 16#ffffff).
