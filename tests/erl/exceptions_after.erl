%% Exceptions inside of after blocks, returns from them, nesting, order of effects, and what becomes of the first
%% exception.
-module(exceptions_after).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{order, [logged(fun() -> ordered(id(W)) end) || W <- [value, throw, error, exit]]},
     {after_raises, [caught(fun() -> raises(id(A), id(B)) end) || A <- [value, throw, error], B <- [value, throw, exit]]},
     {after_value_dropped, dropped(id(1))},
     {nested_afters, logged(fun() -> nested(id(3)) end)},
     {after_with_catch, logged(fun() -> after_catches(id(x)) end)},
     {after_in_handler, logged(fun() -> in_handler(id(first)) end)},
     {after_sees_variables, [sees(id(N)) || N <- [1, 0]]},
     {of_section_unprotected, logged(fun() -> of_section(id(ok)) end)},
     {handler_raises, logged(fun() -> handler_raises(id(y)) end)},
     {recursion, logged(fun() -> catch deep(id(5)) end)},
     {stacktrace_kept, kept_trace(id(4))},
     {exit_in_after, (fun() -> {P, M} = spawn_monitor(fun() -> try id(1) after exit(from_after) end end), receive {'DOWN', M, process, P, R} -> R end end)()},
     {killed_skips_after, killed()},
     {receive_in_after, (fun() -> self() ! m, try throw(t) catch throw:X -> {X, in_after()} end end)()},
     {old_catch, logged(fun() -> catch (try error(e) after log(cleanup) end), done end)},
     {value_then_after, logged(fun() -> X = try log(body), 1 of V -> log(of_part), V + 1 after log(aft) end, log(X) end)}].

log(X) -> put(log, [X | get(log)]), X.

logged(F) ->
    put(log, []),
    R = try F() catch C:E -> {C, E} end,
    {R, lists:reverse(erase(log), [])}.

act(value) -> value;
act(throw) -> throw(ball);
act(error) -> error(fault);
act(exit) -> exit(leave).

ordered(W) -> try log({body, act(W)}) of _ -> log(of_part) catch throw:T -> log({caught, T}) after log(aft) end.

raises(A, B) -> try act(A) after act(B) end.

dropped(X) -> try X after {not_the_result, X} end.

nested(0) -> error(bottom);
nested(N) -> try nested(N - 1) after log(N) end.

after_catches(X) -> try throw(X) after log({inner, (catch exit(swallowed)), try exit(in) catch exit:E -> E end}) end.

in_handler(X) -> try throw(X) catch throw:Y -> try throw({second, Y}) after log(inner_after) end after log(outer_after) end.

sees(N) ->
    A = {N, [N]},
    B = [A],
    try 10 div N, {ok, A} catch error:badarith -> {failed, B} after put(seen, {A, B}), garbage(100) end,
    erase(seen).

of_section(X) -> try X of ok -> log(of_part), throw(not_caught_here) catch throw:_ -> log(wrong) after log(aft) end.

handler_raises(X) -> try throw(X) catch throw:_ -> log(handler), error(from_handler) after log(aft) end.

deep(0) -> throw(ground);
deep(N) -> try 1 + deep(N - 1) catch error:_ -> wrong after log({level, N}) end.

kept_trace(N) ->
    try try fail(N) after garbage(200) end catch error:R:T -> {R, [F || {M, F, _, _} <- T, M =:= ?MODULE, F =:= fail]} end.

fail(0) -> error(deep);
fail(N) -> [fail(N - 1)].

killed() ->
    Self = self(),
    {P, M} = spawn_monitor(fun() -> try Self ! ready, receive never -> ok end after Self ! after_ran end end),
    receive ready -> exit(P, kill) end,
    receive {'DOWN', M, process, P, R} -> {R, receive after_ran -> ran after 0 -> skipped end} end.

in_after() -> try ok after receive m -> put(got, m) end end, erase(got).

caught(F) -> try F() catch C:R -> {C, R} end.

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
