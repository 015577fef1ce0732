%% Processes that hibernate: what is called after, arguments, the stack and handlers that are gone, dictionary and
%% links that stay, repeated hibernation.
-module(hibernation).
-export([start/0, id/1, woken/2, count/2, in_try/1, once/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{woken, (fun() -> P = start_one(x), P ! {self(), hello}, get_it() end)()},
     {message_already_there, (fun() -> S = self(), spawn(fun() -> self() ! {S, early}, erlang:hibernate(?MODULE, woken, [big(), early_arg]) end), get_it() end)()},
     {counter, (fun() -> P2 = spawn(fun() -> erlang:hibernate(?MODULE, count, [0, self()]) end), [begin P2 ! {add, N, self()}, get_it() end || N <- [1, 2, 3, 1 bsl 70]] end)()},
     {stack_gone, (fun() -> {P3, M3} = spawn_monitor(fun() -> try erlang:hibernate(?MODULE, in_try, [a]) catch throw:_ -> exit(caught_by_old_frame) end end), P3 ! go, receive {'DOWN', M3, process, P3, R3} -> element(1, R3) end end)()},
     {dictionary_stays, (fun() -> S4 = self(), P4 = spawn(fun() -> put(k, {v, [1]}), erlang:hibernate(?MODULE, once, [S4]) end), P4 ! go, get_it() end)()},
     {returns_normally, (fun() -> {P5, M5} = spawn_monitor(fun() -> erlang:hibernate(?MODULE, id, [done]) end), P5 ! go, receive {'DOWN', M5, process, P5, R5} -> R5 end end)()},
     {exit_while_hibernating, (fun() -> {P6, M6} = spawn_monitor(fun() -> erlang:hibernate(?MODULE, woken, [1, 2]) end), exit(P6, stop_it), receive {'DOWN', M6, process, P6, R6} -> R6 end end)()},
     {undefined_function, (fun() -> {P7, M7} = spawn_monitor(fun() -> erlang:hibernate(?MODULE, nothing, [1]) end), P7 ! go, receive {'DOWN', M7, process, P7, {R7, [{M, F, A, _} | _]}} -> {R7, M, F, A} end end)()},
     {errors, [caught(fun() -> erlang:hibernate(id(M0), id(F0), id(A0)) end) || {M0, F0, A0} <- [{1, f, []}, {m, 1, []}, {m, f, a}, {m, f, [a | b]}]]},
     {seen_from_outside, (fun() -> P8 = start_one(y), wait_for(P8, 200), R8 = process_info(P8, current_function), P8 ! {self(), z}, {R8, get_it()} end)()},
     {many, (fun() -> Ps = [start_one(N) || N <- seq(1, 30)], [P9 ! {self(), N} || {P9, N} <- zip(Ps, seq(1, 30))], length([get_it() || _ <- Ps]) end)()}].

start_one(X) -> spawn(fun() -> L = big(), erlang:hibernate(?MODULE, woken, [L, {arg, X}]) end).

big() -> [{N, [N]} || N <- seq(1, 20)].

woken(L, X) -> receive {From, M} -> From ! {it, {M, X, length(L), erlang:phash2(L)}} end.

count(N, Pid) -> receive {add, K, From} -> From ! {it, {N + K, Pid =:= self()}}, erlang:hibernate(?MODULE, count, [N + K, Pid]) end.

in_try(A) -> receive go -> throw({after_wake, A}) end.

once(To) -> receive go -> To ! {it, get(k)} end.

get_it() -> receive {it, X} -> X after 60000 -> nothing end.

wait_for(_, 0) -> gave_up;
wait_for(P, N) -> case process_info(P, current_function) of {current_function, {erlang, hibernate, 3}} -> ok; _ -> receive after 5 -> wait_for(P, N - 1) end end.

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
