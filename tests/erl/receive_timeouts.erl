%% Timeouts: zero, computed, in loops, with messages that do not match, infinity, after clauses that bind, timers that
%% race with messages.
-module(receive_timeouts).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{zero_empty, receive _ -> m after 0 -> none end},
     {zero_with_message, (fun() -> self() ! m, receive m -> got after 0 -> none end end)()},
     {zero_with_other, (fun() -> self() ! other, {receive m -> got after 0 -> none end, receive other -> other end} end)()},
     {short, receive m -> m after 5 -> timeout end},
     {computed, [receive m -> m after id(T) * 2 -> T end || T <- [0, 1, 2]]},
     {no_clauses, [receive after id(T) -> T end || T <- [0, 1, 3]]},
     {infinity_with_message, (fun() -> self() ! m, receive m -> got after infinity -> never end end)()},
     {infinity_variable, (fun() -> self() ! m, T1 = id(infinity), receive m -> got after T1 -> never end end)()},
     {wakes_up, (fun() -> S = self(), spawn(fun() -> receive after 10 -> S ! late end end), receive late -> late after 60000 -> timeout end end)()},
     {other_messages_do_not_wake, (fun() -> S2 = self(), P = spawn_link(fun() -> noise(S2) end), R = receive never -> wrong after 30 -> timeout end, unlink(P), exit(P, kill), {R, length(flush()) > 0} end)()},
     {loop, loop(20, 0)},
     {restarted, (fun() -> self() ! {tick, 1}, self() ! {tick, 2}, ticks([]) end)()},
     {values_live, live(id(1), id([2]), id(1 bsl 70))},
     {in_after, receive m -> m after 0 -> receive m -> m after 1 -> {twice, id(x)} end end},
     {send_after, (fun() -> R3 = erlang:send_after(5, self(), timer), receive timer -> {fired, erlang:cancel_timer(R3)} after 60000 -> lost end end)()},
     {start_timer, (fun() -> R4 = erlang:start_timer(1, self(), {msg, [1]}), receive {timeout, R4, M} -> M after 60000 -> lost end end)()},
     {timer_order, (fun() -> [erlang:send_after(T, self(), {t, T}) || T <- [60, 0, 30]], [receive {t, T} -> T end || _ <- [1, 2, 3]] end)()},
     {bad_timeouts, [caught(fun() -> receive never -> m after id(T) -> t end end) || T <- [-1, a, 0.5, 1 bsl 32, 1 bsl 64, "1", undefined]]},
     {timeouts_of_many, (fun() -> S5 = self(), [spawn(fun() -> receive after N rem 7 -> S5 ! {woke, N} end end) || N <- seq(1, 60)], sum(60, 0) end)()}].

noise(To) -> To ! noise, receive after 2 -> noise(To) end.

flush() -> receive X -> [X | flush()] after 0 -> [] end.

loop(0, N) -> N;
loop(I, N) -> self() ! I, receive I when I rem 2 =:= 0 -> loop(I - 1, N + 1) after 1 -> receive I -> loop(I - 1, N) end end.

ticks(Acc) -> receive {tick, N} -> ticks([N | Acc]) after 10 -> Acc end.

live(A, B, C) -> D = {A, B}, receive m -> m after 2 -> garbage(50), {A, B, C, D} end.

sum(0, S) -> S;
sum(N, S) -> receive {woke, K} -> sum(N - 1, S + K) after 60000 -> lost end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
