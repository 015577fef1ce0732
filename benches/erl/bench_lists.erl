%% Lists through the functions of `lists`: map, filter, fold, zip, reverse, append, member.
-module(bench_lists).
-export([start/0, run/1]).

start() -> run(400).

run(N) -> rounds(N, lists:seq(1, 2000), 0).

rounds(0, _, Sum) -> Sum;
rounds(N, List, Sum) ->
    Squares = lists:map(fun(X) -> X * X end, List),
    Even = lists:filter(fun(X) -> X band 1 =:= 0 end, Squares),
    Total = lists:foldl(fun(X, Acc) -> X + Acc end, 0, Even),
    Pairs = lists:zip(List, lists:reverse(List)),
    Found = case lists:keyfind(7, 2, Pairs) of {A, _} -> A; false -> 0 end,
    Member = lists:member(N, lists:append([Even, List])),
    rounds(N - 1, List, (Sum + Total + Found + length([Member])) rem 1000003).
