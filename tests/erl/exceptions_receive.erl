%% Exceptions that leave a receive, arrive as signals during protected code, or are turned into messages; the mailbox
%% afterwards.
-module(exceptions_receive).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{throw_through, through(id([1, stop, 2, 3]))},
     {rest_of_mailbox, flush()},
     {in_clause_body, [in_body(X) || X <- [ok, throw, error]]},
     {in_guard_of_clause, in_guard(id([a, 0, 5]))},
     {rest_2, flush()},
     {try_around, try_around(id(20))},
     {after_zero_raises, caught(fun() -> receive never -> ok after 0 -> error(timeout) end end)},
     {timeout_value_raises, [caught(fun() -> receive never -> ok after id(T) -> timeout end end) || T <- [-1, a, 1.5, 1 bsl 40, []]]},
     {timeout_valid, [receive never -> ok after id(T) -> {timeout, T} end || T <- [0, 1]]},
     {exit_signal_in_try, signal(id(normal_exit), false)},
     {exit_signal_trapped_in_try, signal(id(asked), true)},
     {catch_around_receive, (fun() -> self() ! {go, 7}, catch receive {go, N} -> throw({n, N}) end end)()},
     {nested_receive_throw, (fun() -> self() ! b, self() ! a, R = try receive a -> receive b -> throw(both) end end catch throw:T -> T end, {R, flush()} end)()},
     {loop_with_exceptions, (fun() -> [self() ! I || I <- seq(1, 30)], server(0, 0) end)()},
     {linked_crash_while_catching, linked()},
     {monitor_in_handler, in_handler()},
     {send_raises, [caught(fun() -> id(X) ! hello end) || X <- [no_such_name, 1, [], {a}, <<>>]]},
     {mailbox_kept_over_raise, (fun() -> self() ! keep, catch error(x), receive keep -> kept after 0 -> lost end end)()}].

through(L) ->
    [self() ! X || X <- L],
    try get_all([]) catch throw:A -> A end.

get_all(Acc) -> receive stop -> throw({stopped, Acc}); X -> get_all([X | Acc]) end.

flush() -> receive X -> [X | flush()] after 0 -> [] end.

in_body(X) ->
    self() ! {do, X},
    try receive {do, ok} -> fine; {do, throw} -> throw(t); {do, Y} -> error({e, Y}) end catch C:R -> {C, R} end.

in_guard(L) ->
    [self() ! X || X <- L],
    receive X when 10 div X > 1 -> {got, X} after 0 -> none end.

try_around(0) -> done;
try_around(N) ->
    self() ! {N, N rem 3},
    case try receive {N, 0} -> throw(zero); {N, 1} -> one; {N, X} -> error(X) end catch throw:zero -> zero; error:2 -> two end of
        zero when N rem 3 =:= 0 -> try_around(N - 1);
        one when N rem 3 =:= 1 -> try_around(N - 1);
        two when N rem 3 =:= 2 -> try_around(N - 1)
    end.

signal(Reason, Trap) ->
    Self = self(),
    {P, M} = spawn_monitor(fun() ->
        process_flag(trap_exit, Trap),
        Self ! ready,
        R = try receive {'EXIT', Self, Why} -> throw({told, Why}) end catch throw:T -> T; _:_ -> wrong after Self ! after_block end,
        exit({end_of, R})
    end),
    receive ready -> exit(P, Reason) end,
    receive {'DOWN', M, process, P, Why} -> {Why, receive after_block -> ran after 0 -> skipped end} end.

server(S, E) ->
    receive
        N when is_integer(N) ->
            try if N rem 7 =:= 0 -> throw(skip); N rem 5 =:= 0 -> error(N); true -> N end of V -> server(S + V, E) catch throw:skip -> server(S, E); error:V -> server(S, E + V) end
    after 0 -> {S, E}
    end.

linked() ->
    process_flag(trap_exit, true),
    P = spawn_link(fun() -> catch error(inside), try throw(x) catch throw:x -> exit({then, left}) end end),
    R = receive {'EXIT', P, Why} -> Why end,
    process_flag(trap_exit, false),
    R.

in_handler() ->
    try error(first) catch error:first -> {P, M} = spawn_monitor(fun() -> exit(second) end), receive {'DOWN', M, process, P, R} -> R end end.

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
