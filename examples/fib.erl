%% Doubly recursive Fibonacci: nothing but calls, comparisons and additions.
-module(fib).
-export([start/0, fib/1]).

start() ->
    erlang:display({fib, 30, fib(30)}),
    ok.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
