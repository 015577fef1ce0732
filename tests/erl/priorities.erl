%% Priorities of processes: setting, asking, wrong ones, and that none of them starves low ones for ever.
-module(priorities).
-export([start/0, id/1]).

start() ->
    [{first, process_info(self(), priority)},
     {set, [process_flag(priority, P) || P <- [high, max, low, normal]]},
     {now, process_info(self(), priority)},
     {wrong, [caught(fun() -> process_flag(priority, id(P)) end) || P <- [highest, 1, "low"]]},
     {spawned, [spawned(P) || P <- [low, normal, high, max]]},
     {spawned_wrong, [caught(fun() -> spawn_opt(fun() -> ok end, [{priority, id(P)}]) end) || P <- [urgent, 3]]},
     {plain_children_are_normal, begin
                                     process_flag(priority, high),
                                     Child = ask(spawn(fun served/0)),
                                     {Child, process_flag(priority, normal)}
                                 end},
     {changed_by_itself, ask(spawn(fun() -> process_flag(priority, low), served() end))},
     {low_is_not_starved, low_is_not_starved(8)},
     {all_take_part, all_take_part()},
     {ring, ring([low, normal, high, max, normal, low], 200)}].

id(X) -> X.

seq(0) -> [];
seq(N) -> [N | seq(N - 1)].

sum([]) -> 0;
sum([N | Ns]) -> N + sum(Ns).

caught(F) ->
    try F() of V -> {value, V} catch C:R -> {C, R} end.

served() ->
    receive {From, priority} -> From ! {priority, process_info(self(), priority)} end.

ask(Pid) ->
    Pid ! {self(), priority},
    receive {priority, P} -> P end.

spawned(P) ->
    ask(spawn_opt(fun served/0, [{priority, P}])).

%% Normal processes that never wait, and a low one that has some work to do.
low_is_not_starved(Busy) ->
    Pids = [spawn(fun() -> busy(0) end) || _ <- seq(Busy)],
    Self = self(),
    spawn_opt(fun() -> Self ! {done, count(10000, 0)} end, [{priority, low}]),
    Result = receive {done, N} -> N end,
    [exit(P, kill) || P <- Pids],
    Result.

busy(N) -> busy(N + 1).

count(0, Sum) -> Sum;
count(N, Sum) -> count(N - 1, Sum + 1).

all_take_part() ->
    Self = self(),
    Pids = [spawn_opt(fun() -> Self ! {self(), count(200, 0)} end, [{priority, P}])
            || _ <- seq(50), P <- [low, normal, high, max]],
    sum([receive {Pid, N} -> N end || Pid <- Pids]).

%% A token passes through processes of all priorities.
ring(Priorities, Rounds) ->
    Self = self(),
    First = stations(Priorities, Self),
    Sum = turn(Rounds, First, 0),
    First ! stop,
    receive stop -> Sum end.

stations([], Next) -> Next;
stations([P | Ps], Next) -> stations(Ps, spawn_opt(fun() -> pass(Next) end, [{priority, P}])).

turn(0, _, Sum) -> Sum;
turn(N, First, Sum) ->
    First ! {token, Sum},
    receive {token, New} -> turn(N - 1, First, New) end.

pass(Next) ->
    receive
        {token, N} -> Next ! {token, N + 1}, pass(Next);
        stop -> Next ! stop
    end.
