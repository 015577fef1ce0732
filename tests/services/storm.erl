%% Supervised servers are killed at random while clients call them, and at the end everything is accounted for: replies,
%% notices of deaths, children, processes, tables, and what the servers counted. STORM_SECONDS says how long (5).
-module(storm).
-behaviour(gen_server).
-export([start/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).
-export([start_server/1, start_any/0, start_sup/2]).

-define(NAMED, [one_1, one_2, one_3, one_4, rest_1, rest_2, rest_3, rest_4]).
-define(ANY, 8).
-define(ACCOUNTS, 8).

start() ->
    % Thousands of deaths are not for reading.
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    Time = list_to_integer(os:getenv("STORM_SECONDS", "5")) * 1000,
    ets:new(bank, [public, named_table]),
    ets:insert(bank, [{N, 0, 0} || N <- lists:seq(1, ?ACCOUNTS)]),
    Processes = settled(fun processes/0),
    Tables = settled(fun ets:all/0),
    {ok, Top} = start_sup(storm_sup, top),
    [{ok, _} = supervisor:start_child(storm_any, []) || _ <- lists:seq(1, ?ANY)],
    Before = length(processes()),
    Clients = [worker(fun client/1, #{}) || _ <- lists:seq(1, 6)],
    Watchers = [worker(fun watcher/1, #{}) || _ <- lists:seq(1, 3)],
    Killers = [worker(fun killer/1, #{}) || _ <- lists:seq(1, 2)],
    timer:sleep(Time),
    Killed = collect(Killers),
    Called = collect(Clients),
    Watched = collect(Watchers),
    check("somebody was killed", maps:get(killed, Killed, 0) > 100),
    check("every kind of call was made", [K || K <- [reply, noproc, died], not is_map_key(K, Called)]),
    check("no reply was lost", maps:get(timeout, Called, 0)),
    check("nothing came unasked", maps:get(stray, Called, 0) + maps:get(stray, Watched, 0)),
    check("every death was told once", maps:get(watched, Watched) - maps:get(told, Watched)),
    check("every link was told once", maps:get(linked, Watched) - maps:get(cut, Watched)),
    % A supervisor that answers has dealt with all deaths.
    check("children", [lists:keyfind(active, 1, supervisor:count_children(S))
                       || S <- [storm_sup, storm_one, storm_rest, storm_any]]),
    check("names", [N || N <- ?NAMED, not is_pid(whereis(N))]),
    check("servers answer", lists:usort([gen_server:call(S, ping) || S <- servers()])),
    check("counts are conserved", lists:usort([In + Out || {_, In, Out} <- ets:tab2list(bank)])),
    check("as many steps as replies",
          lists:sum([In || {_, In, _} <- ets:tab2list(bank)]) >= maps:get(reply, Called)),
    check("tables of the dead are gone", length(ets:all()) - length(Tables) - length(servers())),
    check("processes", length(settled(fun processes/0)) - Before),
    check("links of supervisors", [length(element(2, process_info(whereis(S), links)))
                                   || S <- [storm_sup, storm_one, storm_rest, storm_any]]),
    check("monitors of supervisors", [element(2, process_info(whereis(S), monitors))
                                      || S <- [storm_sup, storm_one, storm_rest, storm_any]]),
    check("watchers of servers", lists:usort([element(2, process_info(S, monitored_by)) || S <- servers()])),
    unlink(Top),
    exit(Top, shutdown),
    gone(Top),
    check("nobody is left", settled(fun processes/0) -- Processes),
    check("no table is left", settled(fun ets:all/0) -- Tables),
    check("own messages", process_info(self(), messages)),
    check("own monitors", process_info(self(), monitors)),
    io:format(standard_error, "killed ~p, calls ~p, watched ~p~n", [Killed, Called, Watched]),
    ok.

check(What, Value) -> io:format("~ts: ~p~n", [What, Value]).

%% A list that has stopped changing, without the order.
settled(F) ->
    A = lists:sort(F()),
    timer:sleep(200),
    case lists:sort(F()) of
        A -> A;
        _ -> settled(F)
    end.

gone(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, _} -> ok end.

servers() -> [whereis(N) || N <- ?NAMED] ++ [Pid || {_, Pid, _, _} <- supervisor:which_children(storm_any), is_pid(Pid)].

victims() ->
    [P || N <- ?NAMED, P <- [whereis(N)], is_pid(P)] ++ [P || {_, P, _, _} <- supervisor:which_children(storm_any), is_pid(P)].

any(List) -> lists:nth(rand:uniform(length(List)), List).

%% Workers: a function from counts to counts, again and again until asked to stop.
worker(F, Counts) ->
    Parent = self(),
    spawn_link(fun() -> work(Parent, F, Counts) end).

work(Parent, F, Counts) ->
    receive
        {stop, Parent} -> Parent ! {self(), finish(Counts)}
    after 0 -> work(Parent, F, F(Counts))
    end.

collect(Pids) ->
    [Pid ! {stop, self()} || Pid <- Pids],
    lists:foldl(fun(Pid, Sum) ->
                    Counts = receive {Pid, C} -> C end,
                    receive {'EXIT', Pid, normal} -> ok end,
                    maps:fold(fun add/3, Sum, Counts)
                end, #{}, Pids).

add(Key, N, Counts) -> Counts#{Key => maps:get(Key, Counts, 0) + N}.

%% What is left over in a worker's mailbox when all is done. A watcher first waits for what is owed to it.
finish(#{open := Open, links := Links} = Counts) when map_size(Open) + map_size(Links) > 0 ->
    [exit(P, kill) || P <- maps:values(Open) ++ maps:keys(Links)],
    finish(notices(Counts, 1000));
finish(Counts) ->
    {message_queue_len, N} = process_info(self(), message_queue_len),
    add(stray, N, maps:without([open, links], Counts)).

client(Counts) ->
    Server = any(?NAMED ++ [any]),
    try gen_server:call(case Server of any -> pick_any(); _ -> Server end, {step, rand:uniform(?ACCOUNTS)}, 20000) of
        ok -> add(reply, 1, Counts)
    catch
        exit:{noproc, _} -> add(noproc, 1, Counts);
        exit:{timeout, _} -> add(timeout, 1, Counts);
        exit:{_, {gen_server, call, _}} -> add(died, 1, Counts)
    end.

%% Asking the supervisor is asking somebody who may be busy with deaths.
pick_any() ->
    case [P || {_, P, _, _} <- supervisor:which_children(storm_any), is_pid(P)] of
        [] -> one_1;
        Pids -> any(Pids)
    end.

killer(Counts) ->
    case victims() of
        [] -> Counts;
        Victims ->
            exit(any(Victims), any([kill, kill, shutdown, crash])),
            timer:sleep(rand:uniform(3) - 1),
            add(killed, 1, Counts)
    end.

%% Watches servers, and is linked to some.
watcher(Counts0) ->
    process_flag(trap_exit, true),
    Counts = notices(Counts0, rand:uniform(3) - 1),
    case victims() of
        [] -> Counts;
        Victims ->
            Pid = any(Victims),
            case rand:uniform(3) of
                1 ->
                    Links = maps:get(links, Counts, #{}),
                    case is_map_key(Pid, Links) of
                        true -> Counts;
                        false ->
                            link(Pid),
                            add(linked, 1, Counts#{links => Links#{Pid => true}})
                    end;
                2 ->
                    Ref = monitor(process, Pid),
                    add(watched, 1, Counts#{open => (maps:get(open, Counts, #{}))#{Ref => Pid}});
                3 ->
                    demonitor(monitor(process, Pid), [flush]),
                    Counts
            end
    end.

notices(Counts, Wait) ->
    #{open := Open, links := Links} = maps:merge(#{open => #{}, links => #{}}, Counts),
    receive
        {'DOWN', Ref, process, Pid, _} when map_get(Ref, Open) =:= Pid ->
            notices(add(told, 1, Counts#{open => maps:remove(Ref, Open)}), 0);
        {'EXIT', Pid, _} when is_map_key(Pid, Links) ->
            notices(add(cut, 1, Counts#{links => maps:remove(Pid, Links)}), 0)
    after Wait -> Counts#{open => Open, links => Links}
    end.

%% The tree.
start_sup(Name, What) -> supervisor:start_link({local, Name}, ?MODULE, {sup, What}).
start_server(Name) -> gen_server:start_link({local, Name}, ?MODULE, server, []).
start_any() -> gen_server:start_link(?MODULE, server, []).

init(server) ->
    Table = ets:new(own, [private]),
    ets:insert(Table, {steps, 0}),
    {ok, Table};
init({sup, What}) ->
    Flags = #{intensity => 1000000, period => 1},
    case What of
        top ->
            {ok, {Flags, [sup_spec(storm_one, {one, one_for_one}), sup_spec(storm_rest, {rest, rest_for_one}),
                          sup_spec(storm_any, any)]}};
        {Prefix, Strategy} ->
            Names = [list_to_atom(atom_to_list(Prefix) ++ "_" ++ integer_to_list(N)) || N <- lists:seq(1, 4)],
            {ok, {Flags#{strategy => Strategy}, [#{id => N, start => {?MODULE, start_server, [N]}} || N <- Names]}};
        any ->
            {ok, {Flags#{strategy => simple_one_for_one}, [#{id => any, start => {?MODULE, start_any, []}}]}}
    end.

sup_spec(Name, What) -> #{id => Name, start => {?MODULE, start_sup, [Name, What]}, type => supervisor}.

%% One step: an account's two sides change together, and a table of the server's own.
handle_call({step, Account}, _, Table) ->
    ets:update_counter(Table, steps, 1),
    ets:update_counter(bank, Account, [{2, 1}, {3, -1}]),
    {reply, ok, Table};
handle_call(ping, _, Table) -> {reply, pong, Table}.

handle_cast(_, Table) -> {noreply, Table}.
handle_info(_, Table) -> {noreply, Table}.
