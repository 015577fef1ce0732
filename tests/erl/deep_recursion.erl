%% A million frames deep: without allocation, with allocation, with collections while the stack is deep.
-module(deep_recursion).
-export([start/0, id/1]).

start() ->
    [{count, count(id(1000000))},
     {build, length(build(id(1000000)))},
     {with_live_values, live(id(300000), id(1))},
     {mutual, a(id(500000))},
     {under_collection, under_collection(id(100000))},
     {wide_frames, wide(id(50000), 1, 2, 3, 4, 5, 6)},
     {append_deep, length(append(build(id(200000)), [x]))},
     {fun_recursion, (fun F(0) -> 0; F(N) -> 1 + F(N - 1) end)(id(300000))},
     {in_process, in_process()},
     {again_and_again, again(id(10), 0)},
     {growing_and_shrinking, [count(N) || N <- [id(10), 100000, 10, 1000, 200000, 1]]}].

count(0) -> 0;
count(N) -> 1 + count(N - 1).

build(0) -> [];
build(N) -> [N | build(N - 1)].

live(0, _) -> 0;
live(N, X) ->
    Y = live(N - 1, N),
    Y + X - N + 1.

a(0) -> a;
a(N) -> element(1, {b(N - 1), N}).

b(0) -> b;
b(N) -> element(2, {N, a(N - 1)}).

under_collection(0) -> 0;
under_collection(N) ->
    T = {N, [N], {N}},
    R = under_collection(N - 1),
    {N, [N], {_}} = T,
    garbage(N rem 3),
    R + element(1, element(3, T)) - N + 1.

garbage(0) -> [];
garbage(N) -> [{N, N} | garbage(N - 1)].

wide(0, A, B, C, D, E, F) -> A + B + C + D + E + F;
wide(N, A, B, C, D, E, F) ->
    R = wide(N - 1, B, C, D, E, F, A),
    S = id(A + B - C),
    T = id(D + E - F),
    R + (S - S) + (T - T) + (A - A) + (B - B) + (C - C) + (F - F).

append([], L) -> L;
append([H | T], L) -> [H | append(T, L)].

in_process() ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), count(id(500000))} end),
    receive {Pid, N} -> N end.

again(0, Acc) -> Acc;
again(N, Acc) -> again(N - 1, Acc + count(50000)).

id(X) -> X.
