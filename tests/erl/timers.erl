%% send_after, start_timer, cancel_timer, read_timer and the order of receive timeouts.
-module(timers).
-export([start/0, id/1]).

start() ->
    [{send_after, begin erlang:send_after(5, self(), hello), receive hello -> came end end},
     {start_timer, start_timer()},
     {zero, begin erlang:send_after(0, self(), at_once), receive at_once -> came end end},
     {ordered, ordered()},
     {cancel, cancel()},
     {cancel_twice, cancel_twice()},
     {cancel_late, cancel_late()},
     {read, read()},
     {to_name, to_name()},
     {to_dead, to_dead()},
     {sleepers, sleepers(id(200))},
     {not_early, not_early(id(30))},
     {errors, [caught(F) || F <- [fun() -> erlang:send_after(id(-1), self(), x) end,
                                  fun() -> erlang:send_after(id(a), self(), x) end,
                                  fun() -> erlang:start_timer(1, id("pid"), x) end,
                                  fun() -> erlang:cancel_timer(id(x)) end]]}].

start_timer() ->
    Ref = erlang:start_timer(5, self(), payload),
    receive {timeout, Ref, What} -> What end.

ordered() ->
    [erlang:send_after(T, self(), {timer, T}) || T <- [60, 20, 40]],
    [receive {timer, T} -> T end || _ <- [1, 2, 3]].

cancel() ->
    Ref = erlang:send_after(60000, self(), never),
    Left = erlang:cancel_timer(Ref),
    {is_integer(Left), Left > 50000, receive never -> got after 20 -> nothing end}.

cancel_twice() ->
    Ref = erlang:start_timer(60000, self(), x),
    erlang:cancel_timer(Ref),
    erlang:cancel_timer(Ref).

cancel_late() ->
    Ref = erlang:send_after(1, self(), done),
    receive done -> erlang:cancel_timer(Ref) end.

read() ->
    Ref = erlang:send_after(60000, self(), x),
    Left = erlang:read_timer(Ref),
    erlang:cancel_timer(Ref),
    {Left > 50000, erlang:read_timer(Ref)}.

to_name() ->
    register(timer_target, self()),
    erlang:send_after(1, timer_target, via_name),
    R = receive X -> X end,
    unregister(timer_target),
    R.

to_dead() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    T = erlang:send_after(1, Pid, x),
    receive after 10 -> ok end,
    erlang:cancel_timer(T).

sleepers(N) ->
    Self = self(),
    Pids = [spawn(fun() -> receive after I rem 20 -> Self ! {self(), I} end end) || I <- seq(1, N)],
    sum([receive {P, I} -> I end || P <- Pids], 0).

not_early(Ms) ->
    Start = erlang:monotonic_time(microsecond),
    receive after Ms -> ok end,
    erlang:monotonic_time(microsecond) - Start >= Ms * 1000.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
