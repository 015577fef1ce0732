%% Who owns a table, who may use it, and what becomes of it.
-module(ets_owners).
-export([start/0, id/1]).

start() ->
    [{death, death()}, {heirs, heirs()}, {gifts, gifts()}, {protection, protection()}, {reuse, reuse()}, {fixing, fixing()}, {killed, killed()},
     {options, options()}, {large, large()}].

%% Runs F in a process that waits; gives its pid and what F gave.
owner(F) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), F()}, loop() end),
    receive {Pid, R} -> {Pid, R} end.

loop() ->
    receive
        {do, From, F} -> From ! {self(), try F() catch C:R -> {C, R} end}, loop();
        stop -> ok
    end.

in(Pid, F) ->
    Pid ! {do, self(), F},
    receive {Pid, R} -> R end.

stop(Pid) -> finish(Pid, fun() -> Pid ! stop end).
kill(Pid) -> finish(Pid, fun() -> exit(Pid, kill) end).

finish(Pid, F) ->
    Ref = monitor(process, Pid),
    F(),
    receive {'DOWN', Ref, process, Pid, _} -> ok end.

death() ->
    {P, T} = owner(fun() -> T = ets:new(owned, [named_table, public]), ets:insert(T, {1, 2}), {T, ets:new(x, [])} end),
    {_, Tid} = T,
    A = {ets:lookup(owned, 1), ets:info(Tid, owner) =:= P},
    stop(P),
    {A, ets:info(owned), ets:info(Tid), ets:whereis(owned), try ets:lookup(Tid, 1) catch C:R -> {C, R} end}.

heirs() ->
    Self = self(),
    {P, T} = owner(fun() -> T = ets:new(inherited, [{heir, Self, some_data}]), ets:insert(T, {1, 2}), T end),
    A = {ets:info(T, heir) =:= Self, ets:info(T, owner) =:= P},
    kill(P),
    B = receive {'ETS-TRANSFER', T, P, some_data} -> transferred after 5000 -> nothing end,
    C = {ets:lookup(T, 1), ets:info(T, owner) =:= Self, ets:insert(T, {3, 4}), ets:info(T, heir) =:= Self},
    %% The heir is dead: the table goes.
    {H, _} = owner(fun() -> ok end),
    {P2, T2} = owner(fun() -> ets:new(x, [{heir, H, d}]) end),
    stop(H),
    stop(P2),
    %% Named tables say their name; without data nothing is said.
    {P3, T3} = owner(fun() -> ets:new(named_heir, [named_table, {heir, Self, [d]}]) end),
    kill(P3),
    D = receive {'ETS-TRANSFER', T3, P3, [d]} -> T3 after 5000 -> nothing end,
    ets:setopts(T3, {heir, none}),
    {A, B, C, ets:info(T2), D, ets:info(T3, heir)}.

gifts() ->
    {P, _} = owner(fun() -> ok end),
    T = ets:new(gift, []),
    ets:insert(T, {a, b}),
    Self = self(),
    A = ets:give_away(T, P, {for, you}),
    B = in(P, fun() -> receive {'ETS-TRANSFER', T, Self, {for, you}} -> ets:insert(T, {c, d}) after 5000 -> nothing end end),
    C = try ets:insert(T, {e, f}) catch C1:R1 -> {C1, R1} end,
    D = in(P, fun() -> ets:give_away(T, Self, back) end),
    E = receive {'ETS-TRANSFER', T, P, back} -> lists:sort(ets:tab2list(T)) after 5000 -> nothing end,
    ets:give_away(T, P, again),
    kill(P),
    {A, B, C, D, E, ets:info(T), try ets:give_away(T, self(), x) catch C2:R2 -> {C2, R2} end}.

protection() ->
    [begin
         {P, T} = owner(fun() -> T = ets:new(x, [Protection]), ets:insert(T, {1, 2}), T end),
         R = [try F(T) catch C:E -> {C, E} end || F <- [
             fun(X) -> ets:lookup(X, 1) end, fun(X) -> ets:insert(X, {2, 3}) end, fun(X) -> ets:info(X, size) end, fun(X) -> ets:tab2list(X) =/= [] end,
             fun(X) -> ets:delete(X, 2) end, fun(X) -> ets:first(X) end, fun(X) -> ets:update_element(X, 1, {2, z}) end, fun(X) -> ets:safe_fixtable(X, true) end,
             fun(X) -> ets:setopts(X, {protection, public}) end, fun(X) -> ets:give_away(X, self(), x) end, fun(X) -> ets:select_delete(X, [{{'_', '_'}, [], [true]}]) end]],
         Changed = in(P, fun() -> ets:setopts(T, [{protection, public}]) end),
         {Protection, R, Changed, ets:insert(T, {5, 5}), ets:delete(T)}
     end || Protection <- [public, protected, private]].

%% A name is free as soon as the end of its table's owner is known.
reuse() ->
    [begin
         {P, N} = owner(fun() -> ets:new(again_and_again, [named_table]) end),
         kill(P),
         ets:new(N, [named_table]),
         ets:delete(N)
     end || _ <- lists:seq(1, 50)] =:= lists:duplicate(50, true).

fixing() ->
    T = ets:new(t, [public]),
    ets:insert(T, [{I, I} || I <- lists:seq(1, 10)]),
    {P, _} = owner(fun() -> ets:safe_fixtable(T, true), ets:safe_fixtable(T, true), ets:delete(T, 3) end),
    ets:safe_fixtable(T, true),
    {_, Fixers} = ets:info(T, safe_fixed_monotonic_time),
    A = {lists:sort([{F =:= self(), N} || {F, N} <- Fixers]), ets:info(T, fixed), ets:next(T, 3) =/= 3},
    kill(P),
    {_, [{Me, 1}]} = ets:info(T, safe_fixed),
    ets:safe_fixtable(T, false),
    {A, Me =:= self(), ets:info(T, fixed), ets:info(T, size), try ets:next(T, 3) catch C:R -> {C, R} end}.

%% Processes killed in the middle of long operations leave the table usable.
killed() ->
    T = ets:new(t, [public]),
    ets:insert(T, [{I, I} || I <- lists:seq(1, 20000)]),
    Work = [fun() -> ets:select(T, [{{'$1', '$2'}, [{'>', '$1', '$2'}], ['$_']}]) end,
            fun() -> ets:select_count(T, [{{'$1', '$2'}, [{'=:=', '$1', '$2'}], [true]}]) end,
            fun() -> ets:select_replace(T, [{{'$1', '$2'}, [], [{{'$1', '$2'}}]}]) end,
            fun() -> ets:match(T, {'_', none}) end],
    [begin
         P = spawn(fun() -> forever(lists:nth(I rem 4 + 1, Work)) end),
         receive after 1 + I rem 3 -> ok end,
         kill(P)
     end || I <- lists:seq(1, 24)],
    {ets:info(T, size), ets:info(T, fixed), ets:info(T, safe_fixed), ets:insert(T, {x, y}), ets:select_count(T, [{'_', [], [true]}])}.

forever(F) -> F(), forever(F).

options() ->
    T = ets:new(t, [private]),
    A = [ets:setopts(T, O) || O <- [{heir, self(), x}, [{heir, none}], [{protection, public}, {heir, none}], []]],
    {A, ets:info(T, protection), ets:info(T, heir)}.

%% The end of a process with large tables.
large() ->
    [begin
         {P, T} = owner(fun() -> T = ets:new(large, [Type, named_table]), ets:insert(T, [{I, {I}} || I <- lists:seq(1, id(30000))]), T end),
         N = ets:info(T, size),
         kill(P),
         {N, ets:info(T)}
     end || Type <- [set, ordered_set]].

id(X) -> X.
