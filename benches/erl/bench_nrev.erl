%% Naive reverse: list cells, one heap test per element, collections of short-lived data.
-module(bench_nrev).
-export([start/0, run/1]).

start() -> run(150000).

run(N) -> repeat(N, seq(1, 30), []).

repeat(0, _, Result) -> sum(Result, 0);
repeat(N, L, _) -> repeat(N - 1, L, nrev(L)).

nrev([]) -> [];
nrev([H | T]) -> append(nrev(T), [H]).

append([], L) -> L;
append([H | T], L) -> [H | append(T, L)].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).
