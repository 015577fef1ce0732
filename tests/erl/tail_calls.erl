%% Tail calls run in constant space: to itself, to others, to another module, with permuted arguments.
-module(tail_calls).
-export([start/0, id/1, remote_loop/2, even/1, odd/1, with_frame/2]).

start() ->
    [{count, count(id(1000000), 0)},
     {mutual, {even(id(100001)), even(id(100000))}},
     {remote, remote_loop(id(200000), 0)},
     {permuted, permute(id(300001), a, b, c)},
     {frame_dropped, with_frame(id(100000), 0)},
     {state_machine, state_a(id(99999), 0)},
     {accumulating, length(build(id(50000), []))},
     {arity_changes, shrink(id(1), 2, 3, 4)}].

count(0, Acc) -> Acc;
count(N, Acc) -> count(N - 1, Acc + 1).

even(0) -> true;
even(N) -> odd(N - 1).

odd(0) -> false;
odd(N) -> even(N - 1).

remote_loop(0, Acc) -> Acc;
remote_loop(N, Acc) -> tail_calls:remote_loop(N - 1, Acc + 2).

permute(0, A, B, C) -> {A, B, C};
permute(N, A, B, C) -> permute(N - 1, B, C, A).

with_frame(0, Acc) ->
    Acc;
with_frame(N, Acc) ->
    A = id(N),
    B = id(Acc),
    with_frame(A - 1, B + A).

state_a(0, Acc) -> {a, Acc};
state_a(N, Acc) -> state_b(N - 1, Acc, 1).

state_b(0, Acc, _) -> {b, Acc};
state_b(N, Acc, Step) -> state_c(N - 1, {Acc, Step}).

state_c(0, Acc) -> {c, Acc};
state_c(N, {Acc, Step}) -> state_a(N - 1, Acc + Step).

build(0, Acc) -> Acc;
build(N, Acc) -> build(N - 1, [N | Acc]).

shrink(A, B, C, D) -> shrink(A + D, B, C).
shrink(A, B, C) -> shrink(A, B + C).
shrink(A, B) -> id({A, B}).

id(X) -> X.
