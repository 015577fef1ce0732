%% Signals from one process to another arrive in the order in which they were sent, whatever kind they are and however
%% the processes are scheduled. Senders give up the processor at random places; results do not depend on where.
-module(signal_order).
-export([start/0, id/1]).

start() ->
    process_flag(trap_exit, true),
    [{messages, messages(id(6), id(200))},
     {messages_and_exits, mixed(id(4), id(120))},
     {exit_after_messages, [last_words(id(30), How) || How <- [link, monitor, both]]},
     {unlink_then_exit, rounds(id(30), fun unlinked/1)},
     {demonitor_then_exit, rounds(id(30), fun demonitored/1)},
     {kill_then_ask, rounds(id(30), fun kill_then_ask/1)},
     {kill_then_monitor, rounds(id(30), fun kill_then_monitor/1)},
     {monitor_then_kill, rounds(id(30), fun monitor_then_kill/1)},
     {link_then_exit, rounds(id(30), fun link_then_exit/1)},
     {messages_then_info, rounds(id(20), fun messages_then_info/1)},
     {through_a_relay, relay(id(3), id(150))},
     {everybody, everybody(id(5), id(40))}].

%% Many senders: each one's messages come in their order.
messages(Senders, N) ->
    Self = self(),
    Pids = [spawn(fun() -> numbers(Self, 1, N, I) end) || I <- seq(1, Senders)],
    [] = count(Pids, N, #{}),
    ordered.

numbers(_, I, N, _) when I > N -> ok;
numbers(To, I, N, Seed) ->
    To ! {self(), I},
    numbers(To, I + 1, N, pause(Seed)).

%% Gives the senders that are not through; fails if a number is missing or early.
count([], _, _) -> [];
count(Pids, N, Seen) ->
    receive
        {Pid, I} when is_pid(Pid) ->
            I = maps:get(Pid, Seen, 0) + 1,
            case I of
                N -> count(Pids -- [Pid], N, Seen);
                _ -> count(Pids, N, Seen#{Pid => I})
            end
    end.

%% Messages and exit signals in turn: a trapping process sees both kinds in one order.
mixed(Senders, N) ->
    Self = self(),
    Pids = [spawn(fun() -> mixture(Self, 1, N, I * 7) end) || I <- seq(1, Senders)],
    [] = collect(Pids, N, #{}),
    ordered.

mixture(_, I, N, _) when I > N -> ok;
mixture(To, I, N, Seed) ->
    case Seed rem 3 of
        0 -> exit(To, {self(), I});
        _ -> To ! {self(), I}
    end,
    mixture(To, I + 1, N, pause(Seed)).

collect([], _, _) -> [];
collect(Pids, N, Seen) ->
    {Pid, I} =
        receive
            {'EXIT', From, {From, _} = What} -> What;
            {From, _} = What when is_pid(From) -> What
        end,
    I = maps:get(Pid, Seen, 0) + 1,
    case I of
        N -> collect(Pids -- [Pid], N, Seen);
        _ -> collect(Pids, N, Seen#{Pid => I})
    end.

%% The end of a process is heard of after all its messages.
last_words(N, How) ->
    Self = self(),
    Pid = spawn(fun() -> receive go -> numbers(Self, 1, N, N), exit(through) end end),
    Signals = watch(Pid, How),
    Pid ! go,
    {How, last(Pid, 1, N, Signals)}.

watch(Pid, link) -> link(Pid), 1;
watch(Pid, monitor) -> monitor(process, Pid), 1;
watch(Pid, both) -> link(Pid), monitor(process, Pid), 2.

last(_, I, N, 0) when I > N -> all;
last(Pid, I, N, Signals) ->
    receive
        {Pid, I} -> last(Pid, I + 1, N, Signals);
        {'EXIT', Pid, through} when I > N -> last(Pid, I, N, Signals - 1);
        {'DOWN', _, process, Pid, through} when I > N -> last(Pid, I, N, Signals - 1);
        Other -> {early, Other}
    end.

%% What was undone before the end leaves no trace.
unlinked(Seed) ->
    Pid = spawn_link(fun() -> receive stop -> exit(noise) end end),
    pause(Seed),
    unlink(Pid),
    after_the_end(Pid).

demonitored(Seed) ->
    {Pid, Ref} = spawn_monitor(fun() -> receive stop -> exit(noise) end end),
    pause(Seed),
    true = demonitor(Ref),
    after_the_end(Pid).

after_the_end(Pid) ->
    Ref = monitor(process, Pid),
    Pid ! stop,
    receive {'DOWN', Ref, process, Pid, noise} -> ok end,
    receive
        {'EXIT', Pid, _} -> heard;
        {'DOWN', _, process, Pid, _} -> heard
    after 0 -> quiet
    end.

%% A question comes after the signal that kills.
kill_then_ask(Seed) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    pause(Seed),
    exit(Pid, kill),
    is_process_alive(Pid).

kill_then_monitor(Seed) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    pause(Seed),
    exit(Pid, kill),
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, Why} when Why =:= killed; Why =:= noproc -> gone end.

monitor_then_kill(Seed) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    Ref = monitor(process, Pid),
    pause(Seed),
    Pid ! nothing,
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.

link_then_exit(Seed) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    link(Pid),
    pause(Seed),
    exit(Pid, {because, Seed}),
    receive {'EXIT', Pid, {because, Seed}} -> linked end.

%% Information about a process shows what was sent to it before.
messages_then_info(Seed) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    Sent = [begin pause(Seed + I), Pid ! {I}, {I} end || I <- seq(1, 10)],
    {messages, Got} = process_info(Pid, messages),
    exit(Pid, kill),
    Got =:= Sent.

%% Order from hop to hop: what passes through a process in between stays in order.
relay(Senders, N) ->
    Self = self(),
    Relay = spawn(fun() -> pass_on(Self) end),
    Pids = [spawn(fun() -> numbers(Relay, 1, N, I) end) || I <- seq(1, Senders)],
    [] = count(Pids, N, #{}),
    exit(Relay, kill),
    ordered.

pass_on(To) -> receive X -> To ! X, pass_on(To) end.

%% All send to all, mixed, and each asserts the order of everybody else.
everybody(Count, N) ->
    Self = self(),
    Pids = [spawn_link(fun() -> one(Self, I, N) end) || I <- seq(1, Count)],
    [receive {ready, Pid} -> ok end || Pid <- Pids],
    [Pid ! {peers, Pids -- [Pid]} || Pid <- Pids],
    [receive {done, Pid} -> ok end || Pid <- Pids],
    [receive {'EXIT', Pid, Why} -> Why end || Pid <- Pids].

one(Parent, Seed, N) ->
    process_flag(trap_exit, true),
    Parent ! {ready, self()},
    receive {peers, Peers} -> ok end,
    send_all(Peers, 1, N, Seed),
    [] = collect(Peers, N, #{}),
    Parent ! {done, self()}.

send_all(_, I, N, _) when I > N -> ok;
send_all(Peers, I, N, Seed) ->
    [case (Seed + I) rem 4 of
         1 -> exit(Peer, {self(), I});
         _ -> Peer ! {self(), I}
     end || Peer <- Peers],
    send_all(Peers, I + 1, N, pause(Seed)).

rounds(N, F) -> unique([F(I) || I <- seq(1, N)]).

unique([X | Xs]) -> [X | unique([Y || Y <- Xs, Y =/= X])];
unique([]) -> [].

%% The next number of a sequence; now and then the processor is given up on the way.
pause(Seed) ->
    Next = (Seed * 1103515245 + 12345) band 16#7FFFFFFF,
    case (Next bsr 16) rem 5 of
        0 -> erlang:yield();
        1 -> spin((Next bsr 8) rem 300);
        _ -> ok
    end,
    Next.

spin(0) -> ok;
spin(N) -> spin(N - 1).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
