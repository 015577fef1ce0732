%% A process gives way at the entry of a function with a large frame and gets a message meanwhile. The message must
%% not take the room that the entry has made for the frame.
-module(entry_room).
-export([start/0, large/1, pair/1]).

start() ->
    Me = self(),
    Pids = [spawn_link(fun() -> receiver(Me) end) || _ <- [1, 2, 3, 4]],
    [receive {done, Pid} -> ok end || Pid <- Pids].

receiver(Parent) ->
    Me = self(),
    Sender = spawn_link(fun() -> sender(Me) end),
    rounds(50, Sender),
    Sender ! stop,
    Parent ! {done, Me}.

rounds(0, _) -> ok;
rounds(N, Sender) ->
    Sender ! {go, N},
    repeat(9000 + N rem 17, 0),
    receive {msg, N, Tuple} -> check(Tuple, 1) end,
    rounds(N - 1, Sender).

check(Tuple, I) when I > tuple_size(Tuple) -> ok;
check(Tuple, I) ->
    I = element(I, Tuple),
    check(Tuple, I + 1).

repeat(0, Sum) -> Sum;
repeat(K, Sum) ->
    Add = entry_room:large(K),
    repeat(K - 1, Sum + Add).

large(K) ->
    A1 = K + 1, A2 = K + 2, A3 = K + 3, A4 = K + 4, A5 = K + 5, A6 = K + 6, A7 = K + 7, A8 = K + 8, A9 = K + 9,
    A10 = K + 10, A11 = K + 11, A12 = K + 12, A13 = K + 13, A14 = K + 14, A15 = K + 15, A16 = K + 16, A17 = K + 17,
    A18 = K + 18, A19 = K + 19, A20 = K + 20, A21 = K + 21, A22 = K + 22, A23 = K + 23, A24 = K + 24, A25 = K + 25,
    A26 = K + 26, A27 = K + 27, A28 = K + 28, A29 = K + 29, A30 = K + 30, A31 = K + 31, A32 = K + 32, A33 = K + 33,
    A34 = K + 34, A35 = K + 35, A36 = K + 36, A37 = K + 37, A38 = K + 38, A39 = K + 39, A40 = K + 40, A41 = K + 41,
    A42 = K + 42, A43 = K + 43, A44 = K + 44, A45 = K + 45, A46 = K + 46, A47 = K + 47, A48 = K + 48, A49 = K + 49,
    A50 = K + 50, A51 = K + 51, A52 = K + 52, A53 = K + 53, A54 = K + 54, A55 = K + 55, A56 = K + 56, A57 = K + 57,
    A58 = K + 58, A59 = K + 59, A60 = K + 60,
    {_, Y} = entry_room:pair(K),
    Sum =
        A1 + A2 + A3 + A4 + A5 + A6 + A7 + A8 + A9 + A10 + A11 + A12 + A13 + A14 + A15 + A16 + A17 + A18 + A19 +
        A20 + A21 + A22 + A23 + A24 + A25 + A26 + A27 + A28 + A29 + A30 + A31 + A32 + A33 + A34 + A35 + A36 + A37 +
        A38 + A39 + A40 + A41 + A42 + A43 + A44 + A45 + A46 + A47 + A48 + A49 + A50 + A51 + A52 + A53 + A54 + A55 +
        A56 + A57 + A58 + A59 + A60,
    Sum = 60 * K + 1830,
    Sum + Y.

pair(K) -> {K, K + 1}.

sender(To) ->
    receive
        {go, N} ->
            To ! {msg, N, list_to_tuple(lists:seq(1, 40 + N rem 18))},
            sender(To);
        stop -> ok
    end.
