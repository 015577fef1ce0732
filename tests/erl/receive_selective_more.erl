%% Selective receive: order, guards over the queue, nested receives, messages left behind, references made before and
%% after, in funs and in try.
-module(receive_selective_more).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{order, (fun() -> send([a, 1, b, 2, {c}]), R = [receive X when is_integer(X) -> X end, receive Y -> Y end, receive {Z} -> Z end], {R, flush()} end)()},
     {made_ref, [call(echo(), N) || N <- [1, 2]]},
     {ref_with_noise, (fun() -> send(seq(1, 200)), P = echo(), R2 = [call(P, N) || N <- seq(1, 20)], {R2, length(flush())} end)()},
     {ref_in_loop, calls(echo(), 50, [])},
     {ref_from_elsewhere, (fun() -> Ref = make_ref(), self() ! {Ref, early}, receive {Ref, V} -> V after 0 -> none end end)()},
     {two_refs, (fun() -> A = make_ref(), B = make_ref(), self() ! {B, b}, self() ! {A, a}, {receive {A, V3} -> V3 end, receive {B, V4} -> V4 end} end)()},
     {ref_old_message, (fun() -> self() ! old, R5 = make_ref(), self() ! {R5, new}, receive {R5, V5} -> V5 end, flush() end)()},
     {nested, (fun() -> send([x, y, z]), receive y -> receive z -> receive x -> flush() end end end end)()},
     {nested_with_timeout, (fun() -> send([outer]), receive outer -> receive inner -> wrong after 0 -> {timed_out, flush()} end end end)()},
     {in_fun, (fun() -> send([{1, a}, {2, b}, {3, c}]), F = fun(K) -> receive {K, V6} -> V6 after 0 -> none end end, [F(2), F(4), F(1), F(3)] end)()},
     {in_try, (fun() -> send([bad, good]), [try receive bad -> error(bad); good -> good end catch error:bad -> caught end || _ <- [1, 2]] end)()},
     {bound_pattern, (fun() -> K7 = id({key, 1}), send([{{key, 2}, a}, {K7, b}]), {receive {K7, V7} -> V7 end, flush()} end)()},
     {big_patterns, (fun() -> send([#{a => 1}, <<1, 2>>, [1 | 2], 1.5, 1 bsl 70]), [receive M when M =:= 1 bsl 70 -> big end, receive 1.5 -> float end, receive [_ | 2] -> improper end, receive <<1, T/binary>> -> T end, receive #{a := W} -> W end] end)()},
     {guard_false, (fun() -> send([1, 2, 3]), {receive Q when Q > 5 -> Q after 0 -> none end, flush()} end)()},
     {many_skipped, (fun() -> send(seq(1, 500)), {receive 500 -> last end, receive 1 -> first end, length(flush())} end)()},
     {reply_order, (fun() -> P8 = echo(), [P8 ! {call, self(), N, N} || N <- seq(1, 30)], [receive {N, V8} -> V8 end || N <- lists:reverse(seq(1, 30), [])] =:= lists:reverse(seq(1, 30), []) end)()},
     {producer_consumer, (fun() -> S = self(), spawn(fun() -> [S ! {item, N} || N <- seq(1, 100)], S ! done end), consume(0) end)()},
     {recursion_in_receive, (fun() -> send([1, 2, stop, 3]), {nest(), flush()} end)()},
     {monitor_reply, [begin {P9, M9} = spawn_monitor(fun() -> exit({answer, N}) end), receive {'DOWN', M9, process, P9, {answer, V9}} -> V9 end end || N <- [1, 2]]}].

send(L) -> [self() ! X || X <- L].

flush() -> receive X -> [X | flush()] after 0 -> [] end.

echo() -> spawn_link(fun() -> echo_loop() end).
echo_loop() -> receive {call, From, Ref, X} -> From ! {Ref, X}, echo_loop() end.

call(P, X) ->
    Ref = make_ref(),
    P ! {call, self(), Ref, X},
    receive {Ref, Y} -> {reply, Y} end.

calls(_, 0, Acc) -> length(Acc);
calls(P, N, Acc) ->
    Ref = monitor(process, P),
    self() ! {noise, N},
    P ! {call, self(), Ref, N},
    receive {Ref, N} -> demonitor(Ref, [flush]), receive {noise, N} -> calls(P, N - 1, [N | Acc]) end; {'DOWN', Ref, _, _, _} -> down end.

consume(S) -> receive {item, N} when N rem 2 =:= 0 -> consume(S + N); {item, N} -> consume(S - N); done -> S end.

nest() -> receive stop -> []; X -> [X | nest()] end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
