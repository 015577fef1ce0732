%% Terms of every shape go through a message and come back equal; the receiver outlives the sender.
-module(messages_copied).
-export([start/0, id/1]).

start() ->
    Echo = spawn(fun echo/0),
    R = [{terms, [round_trip(Echo, T) || T <- terms()]},
         {funs, (send_back(Echo, fun(X) -> X + length(terms()) end))(1) - length(terms())},
         {pid, send_back(Echo, self()) =:= self()},
         {reference, reference(Echo)},
         {shared_subterm, shared(Echo)},
         {large_list, length(send_back(Echo, seq(1, 100000)))},
         {large_tuple, tuple_size(send_back(Echo, erlang:make_tuple(50000, {a, [b]})))},
         {large_binary, byte_size(send_back(Echo, binary(id(100000))))},
         {large_integer, send_back(Echo, 1 bsl id(20000)) =:= 1 bsl id(20000)},
         {map, map_size(send_back(Echo, maps:from_list([{I, {I}} || I <- seq(1, 500)])))},
         {sender_dead, sender_dead()},
         {literal, send_back(Echo, literal()) =:= literal()},
         {many, many(Echo, id(500))}],
    Echo ! stop,
    R.

terms() ->
    [id(1), -1, 1 bsl 65, -(1 bsl 200), 1.5, a, [], [1], [1 | 2], {}, {1, {2, {3}}}, <<>>, <<1, 2, 3>>, <<5:3>>,
     #{}, #{a => #{b => [c]}}, "string", [[[[]]]], {[], {}, <<>>, #{}}].

round_trip(Echo, T) -> send_back(Echo, T) =:= T.

send_back(Echo, T) ->
    Echo ! {self(), T},
    receive {Echo, Back} -> Back end.

echo() ->
    receive
        {From, T} -> From ! {self(), T}, echo();
        stop -> ok
    end.

reference(Echo) ->
    Ref = make_ref(),
    {send_back(Echo, Ref) =:= Ref, send_back(Echo, Ref) =:= make_ref()}.

shared(Echo) ->
    Inner = seq(1, id(100)),
    {A, B, C} = send_back(Echo, {Inner, [Inner], Inner}),
    {A =:= Inner, B =:= [C], length(C)}.

%% The message refers to data made by a process that is gone.
sender_dead() ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), [{I, id([I])} || I <- seq(1, 5000)]} end),
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    seq(1, 50000),
    receive {Pid, L} -> {length(L), sum([X || {X, [_]} <- L], 0)} end.

literal() -> {a, "literal", [1, 2, {3}], #{k => <<"a binary of some length, long enough to be shared by reference......">>}}.

many(_, 0) -> ok;
many(Echo, N) ->
    T = {N, [N], {N, integer_to_list(N)}},
    T = send_back(Echo, T),
    many(Echo, N - 1).

binary(N) -> list_to_binary(bytes(N)).

bytes(0) -> [];
bytes(N) -> [N band 255 | bytes(N - 1)].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
