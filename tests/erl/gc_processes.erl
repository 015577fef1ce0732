%% Collections in processes with full mailboxes, with big process dictionaries, and while others send.
-module(gc_processes).
-export([start/0, id/1]).

start() ->
    [{mailbox, mailbox(id(5000))},
     {matched_late, matched_late(id(500))},
     {bombarded, bombarded(id(4), id(500))},
     {dictionary, dictionary(id(500))},
     {small_heaps, small_heaps(id(300))},
     {selective, selective(id(300))},
     {waiting, waiting()},
     {binaries, binaries(id(300))},
     {after_exit, after_exit(id(100))}].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

mailbox(N) ->
    [self() ! {msg, I, [I, {I}]} || I <- seq(1, N)],
    garbage(50000),
    sum([receive {msg, I, [I, {I}]} -> I end || I <- seq(1, N)], 0).

matched_late(N) ->
    [self() ! {skipped, I, {I}} || I <- seq(1, N)],
    Self = self(),
    spawn(fun() -> garbage(1000), Self ! {wanted, [a, b]} end),
    R = receive {wanted, X} -> X end,
    garbage(20000),
    {R, length(drain())}.

drain() -> receive {skipped, I, {I}} -> [I | drain()] after 0 -> [] end.

bombarded(Senders, Each) ->
    Self = self(),
    [spawn(fun() -> send_some(Self, S, Each) end) || S <- seq(1, Senders)],
    collect(Senders * Each, 0).

send_some(_, _, 0) -> ok;
send_some(To, S, N) -> To ! {from, S, [N, {S, N}]}, send_some(To, S, N - 1).

collect(0, Sum) -> Sum;
collect(N, Sum) ->
    receive {from, S, [I, {S, I}]} -> id({I, [S]}), collect(N - 1, Sum + I * S) end.

dictionary(N) ->
    [put({d, I}, {I, [I]}) || I <- seq(1, N)],
    garbage(30000),
    sum([element(1, erase({d, I})) || I <- seq(1, N)], 0).

small_heaps(N) ->
    Self = self(),
    Pids = [spawn(fun() -> L = seq(1, 100), garbage(200), Self ! {self(), sum(L, I)} end) || I <- seq(1, N)],
    sum([receive {P, X} -> X end || P <- Pids], 0).

selective(0) -> done;
selective(N) ->
    Ref = make_ref(),
    self() ! {noise, N, [N]},
    self() ! {Ref, {N, [N]}},
    garbage(100),
    {N, [N]} = receive {Ref, T} -> T end,
    receive {noise, N, [N]} -> ok end,
    selective(N - 1).

waiting() ->
    Self = self(),
    Pid = spawn(fun() ->
        State = {state, seq(1, 50)},
        garbage(1000),
        receive {Self, X} -> garbage(1000), Self ! {self(), {X, State}} end
    end),
    garbage(5000),
    Pid ! {Self, [question]},
    receive {Pid, {X, {state, L}}} -> {X, length(L)} end.

binaries(0) -> done;
binaries(N) ->
    B = list_to_binary([N band 255 || _ <- seq(1, 100)]),
    self() ! {b, B},
    garbage(50),
    receive {b, B} -> 100 = byte_size(B) end,
    binaries(N - 1).

after_exit(N) ->
    Refs = [element(2, spawn_monitor(fun() -> exit({I, seq(1, I)}) end)) || I <- seq(1, N)],
    garbage(10000),
    sum([receive {'DOWN', R, _, _, {I, L}} when length(L) =:= I -> I end || R <- Refs], 0).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
