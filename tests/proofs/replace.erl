%% Replaces the module `worker` again and again while processes run in it. In every other round the process in the old
%% version goes over to the new one and must live on; otherwise it stays, and must be killed by the purge.
-module(replace).
-export([main/1]).
-include("versions.hrl").

main([Rounds]) ->
    load(?V1),
    rounds(list_to_integer(Rounds), start(), 1),
    ok.

rounds(0, {Pid, _}, _) ->
    exit(Pid, kill),
    true = erlang:delete_module(worker),
    true = erlang:purge_module(worker);
rounds(N, {Pid, Ref} = Worker, Version) ->
    works(Pid, Version),
    Fun = worker:pair(N),
    Next = 3 - Version,
    load(case Next of 1 -> ?V1; 2 -> ?V2 end),
    Next = worker:version(),
    %% The old version goes on, and stands in the way of a third one.
    works(Pid, Version),
    {error, not_purged} = erlang:load_module(worker, ?V1),
    true = erlang:check_process_code(Pid, worker),
    %% A fun of the old version works until that is purged, and does not keep it.
    {N, 1, Version} = Fun(1),
    false = erlang:check_process_code(self(), worker),
    case N rem 4 < 2 of
        true ->
            Pid ! {self(), upgrade},
            receive {Pid, upgraded} -> ok end,
            works(Pid, Next),
            false = erlang:check_process_code(Pid, worker),
            true = erlang:purge_module(worker),
            works(Pid, Next),
            {badfun, Fun} = try Fun(1) catch error:Reason -> Reason end,
            rounds(N - 1, Worker, Next);
        false ->
            true = erlang:purge_module(worker),
            receive {'DOWN', Ref, process, Pid, killed} -> ok end,
            rounds(N - 1, start(), Next)
    end.

start() ->
    {Pid, Ref} = spawn_monitor(worker, loop, [none]),
    {Pid, Ref}.

works(Pid, Version) ->
    Pid ! {self(), work, 3},
    receive {Pid, Version, [{3, _, Version}, {2, _, Version}, {1, _, Version}]} -> ok end.

load(Binary) ->
    {module, worker} = erlang:load_module(worker, Binary).
