%% Processes that are suspended and resumed, by several others, while they wait, run or exit; messages and signals in
%% between.
-module(suspended).
-export([start/0, id/1, child/1, spin/2]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{quiet, (fun() -> P = child(), erlang:suspend_process(P), P ! {self(), hi}, A = get_reply(20), erlang:resume_process(P), {A, get_reply(60000), stop(P)} end)()},
     {counted, (fun() -> P2 = child(), [erlang:suspend_process(P2) || _ <- [1, 2, 3]], P2 ! {self(), x}, erlang:resume_process(P2), A2 = get_reply(10), erlang:resume_process(P2), B2 = get_reply(10), erlang:resume_process(P2), {A2, B2, get_reply(60000), stop(P2)} end)()},
     {too_often, (fun() -> P3 = child(), erlang:suspend_process(P3), erlang:resume_process(P3), R3 = caught(fun() -> erlang:resume_process(P3) end), stop(P3), R3 end)()},
     {unless, (fun() -> P4 = child(), R4 = [erlang:suspend_process(P4, [unless_suspending]) || _ <- [1, 2]], erlang:resume_process(P4), {R4, stop(P4)} end)()},
     {by_two, (fun() -> P5 = child(), S = self(), Q5 = spawn(fun() -> erlang:suspend_process(P5), S ! q_done, receive go -> erlang:resume_process(P5), S ! q_resumed end end), receive q_done -> ok end, erlang:suspend_process(P5), P5 ! {self(), m}, erlang:resume_process(P5), A5 = get_reply(10), Q5 ! go, receive q_resumed -> ok end, {A5, get_reply(60000), stop(P5)} end)()},
     {running, (fun() -> C = atomics:new(1, []), P6 = spawn(?MODULE, spin, [C, self()]), wait_progress(C), erlang:suspend_process(P6), A6 = atomics:get(C, 1), receive after 20 -> ok end, B6 = atomics:get(C, 1), erlang:resume_process(P6), wait_more(C, B6), exit(P6, kill), A6 =:= B6 end)()},
     {killed, (fun() -> {P7, M7} = spawn_monitor(?MODULE, child, [x]), erlang:suspend_process(P7), exit(P7, kill), receive {'DOWN', M7, process, P7, R7} -> R7 after 60000 -> none end end)()},
     {exit_signal, (fun() -> {P8, M8} = spawn_monitor(?MODULE, child, [x]), erlang:suspend_process(P8), exit(P8, bye), A8 = receive {'DOWN', M8, process, P8, _} -> died after 20 -> waits end, catch erlang:resume_process(P8), {A8, case A8 of died -> bye; waits -> receive {'DOWN', M8, process, P8, R8} -> R8 after 60000 -> none end end} end)()},
     {status, (fun() -> P9 = child(), erlang:suspend_process(P9), A9 = process_info(P9, status), erlang:resume_process(P9), {A9, stop(P9)} end)()},
     {errors, [caught(fun() -> erlang:suspend_process(id(X)) end) || X <- [self(), a, 1]] ++ [caught(fun() -> erlang:resume_process(id(X)) end) || X <- [self(), a]]},
     {many, (fun() -> Ps = [child() || _ <- seq(1, 20)], [erlang:suspend_process(P10) || P10 <- Ps], [P10 ! {self(), N} || {P10, N} <- zip(Ps, seq(1, 20))], A10 = get_reply(10), [erlang:resume_process(P10) || P10 <- Ps], {A10, lists:sum([get_reply(60000) || _ <- Ps]), length([stop(P10) || P10 <- Ps])} end)()}].

child() -> spawn(?MODULE, child, [x]).
child(_) -> receive {From, X} -> From ! {reply, X}, child(x) end.

spin(C, X) -> atomics:add(C, 1, 1), spin(C, X).

wait_progress(C) -> case atomics:get(C, 1) of 0 -> receive after 1 -> wait_progress(C) end; _ -> ok end.
wait_more(C, N) -> case atomics:get(C, 1) of N -> receive after 1 -> wait_more(C, N) end; _ -> ok end.

get_reply(T) -> receive {reply, X} -> X after T -> none end.

stop(P) -> exit(P, kill).

zip([A | T], [B | U]) -> [{A, B} | zip(T, U)];
zip([], []) -> [].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
