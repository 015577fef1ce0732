%% Selective receive: messages that do not match stay in order; timeouts; references as markers; nesting.
-module(receive_selective).
-export([start/0, id/1]).

start() ->
    [{by_tag, by_tag()},
     {remaining_order, remaining()},
     {after_zero_empty, receive X0 -> X0 after 0 -> nothing end},
     {after_zero_found, after_zero_found()},
     {after_zero_not_matching, not_matching()},
     {after_time, receive never -> no after 10 -> timed_out end},
     {after_computed, receive never -> no after id(5) -> timed_out end},
     {after_infinity, after_infinity()},
     {only_after, receive after 1 -> waited end},
     {late_message, late()},
     {flush, flush_all([1, 2, 3])},
     {guards, guards()},
     {bound_variable, bound(id(b))},
     {by_reference, by_reference(id(300))},
     {request_reply, requests(id(200))},
     {priority, priority()},
     {nested, nested()},
     {in_handler, in_handler()},
     {queue_long, queue_long(id(5000))},
     {timeout_errors, [timeout_error(T) || T <- [-1, a, 1.5, 1 bsl 40]]}].

by_tag() ->
    [self() ! {T, V} || {T, V} <- [{a, 1}, {b, 2}, {c, 3}]],
    C = receive {c, X} -> X end,
    A = receive {a, Y} -> Y end,
    B = receive {b, Z} -> Z end,
    {C, A, B}.

remaining() ->
    [self() ! M || M <- [1, x, 2, y, 3]],
    Atoms = [receive A when is_atom(A) -> A end || _ <- [1, 2]],
    {Atoms, flush()}.

after_zero_found() ->
    self() ! here,
    receive X -> {found, X} after 0 -> nothing end.

not_matching() ->
    self() ! unwanted,
    R = receive wanted -> found after 0 -> nothing end,
    {R, flush()}.

after_infinity() ->
    self() ! now,
    receive X -> X after id(infinity) -> never end.

late() ->
    Self = self(),
    spawn(fun() -> receive after 20 -> Self ! late end end),
    receive late -> came after 60000 -> timed_out end.

flush_all(L) ->
    [self() ! X || X <- L],
    flush().

flush() ->
    receive X -> [X | flush()] after 0 -> [] end.

guards() ->
    [self() ! N || N <- [5, 5000, 50000]],
    Big = receive N1 when N1 > 10000 -> N1 end,
    Small = receive N2 when N2 < 10; N2 =:= none -> N2 end,
    {Big, Small, flush()}.

bound(Key) ->
    [self() ! M || M <- [{a, 1}, {b, 2}]],
    R = receive {Key, V} -> V end,
    {R, flush()}.

%% The queue is full of other messages before the reference is made.
by_reference(N) ->
    [self() ! {noise, I} || I <- seq(1, N)],
    Ref = make_ref(),
    Self = self(),
    spawn(fun() -> Self ! {Ref, answer} end),
    Answer = receive {Ref, A} -> A end,
    {Answer, length(flush())}.

requests(N) ->
    Server = spawn(fun server/0),
    Sum = requests(Server, N, 0),
    Server ! stop,
    Sum.

requests(_, 0, Sum) -> Sum;
requests(Server, N, Sum) ->
    Ref = make_ref(),
    Server ! {Ref, self(), N},
    receive {Ref, X} -> requests(Server, N - 1, Sum + X) end.

server() ->
    receive
        {Ref, From, N} -> From ! {Ref, N * 2}, server();
        stop -> ok
    end.

priority() ->
    [self() ! M || M <- [low1, low2, {high, 1}, low3, {high, 2}]],
    next(5).

next(0) -> [];
next(N) ->
    M = receive {high, H} -> {h, H} after 0 -> receive L -> L end end,
    [M | next(N - 1)].

nested() ->
    [self() ! M || M <- [{outer, inner_tag}, {other, 1}, {inner_tag, 2}]],
    R = receive {outer, T} -> receive {T, X} -> {T, X} end end,
    {R, flush()}.

in_handler() ->
    self() ! hello,
    R = try throw(t) catch throw:t -> receive hello -> got end end,
    {R, flush()}.

queue_long(N) ->
    [self() ! I || I <- seq(1, N)],
    Last = receive N -> N end,
    {Last, sum(flush(), 0)}.

timeout_error(T) -> try receive never -> ok after id(T) -> timed_out end catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
