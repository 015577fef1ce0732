%% A node of its own: names, locks, groups and calls that work without distribution, and what is said of other nodes.
-module(alone).
-behaviour(gen_server).
-export([start/0]).
-export([init/1, handle_call/3, handle_cast/2]).

start() ->
    show({node(), nodes(), is_alive()}),
    {ok, Server} = gen_server:start({global, name}, ?MODULE, state, []),
    show(gen_server:call({global, name}, request)),
    show(global:whereis_name(name) =:= Server),
    show(global:registered_names()),
    show(gen_server:start({global, name}, ?MODULE, state, []) =:= {error, {already_started, Server}}),
    show(global:trans({lock, self()}, fun() -> inside end)),
    exit(Server, kill),
    show(wait(fun() -> global:whereis_name(name) =:= undefined end)),
    show(rpc:call(node(), erlang, abs, [-3])),
    show(rpc:multicall([node(), a@b], erlang, abs, [-3])),
    show(rpc:block_call(node(), erlang, abs, [-4])),
    show(rpc:call(a@b, erlang, abs, [-3])),
    show(erpc:call(node(), fun() -> 7 end)),
    show(catch erpc:call(a@b, fun() -> 7 end)),
    {ok, _} = pg:start_link(),
    show([pg:join(group, self()), pg:get_members(group) =:= [self()], pg:which_groups()]),
    show(erlang:monitor_node(node(), true)),
    show(catch_error(fun() -> erlang:monitor_node(a@b, true) end)),
    show(net_kernel:monitor_nodes(true, [nodedown_reason])),
    show([process_flag(monitor_nodes, On) || On <- [true, true, false, false]]),
    Request = erlang:spawn_request(a@b, erlang, abs, [1], [{reply_tag, tag}]),
    show(receive {tag, Request, Kind, Why} -> {Kind, Why} end),
    Other = erlang:spawn_request(a@b, erlang, abs, [1], [{reply, wrong}]),
    show(receive {spawn_reply, Other, error, Bad} -> Bad end),
    {Pid, Ref} = spawn_monitor(a@b, erlang, abs, [1]),
    show(receive {'DOWN', Ref, process, Pid, Reason} -> Reason end),
    show({name, a@b} ! message),
    show(erlang:send({name, a@b}, message, [noconnect])),
    show(catch_error(fun() -> gen_server:call({name, a@b}, message) end)),
    {ok, Table} = dets:open_file(table, [{file, "/dev/shm/linac-" ++ os:getpid() ++ ".dets"}]),
    ok = dets:insert(Table, [{a, 1}, {b, 2}]),
    show(dets:lookup(Table, b)),
    File = dets:info(Table, filename),
    ok = dets:close(Table),
    ok = file:delete(File),
    show(lists:sort([N || {N, _, _, _} <- supervisor:which_children(kernel_safe_sup)])),
    show([N || N <- [application_controller, code_server, erl_signal_server, file_server_2, global_name_server,
                     init, kernel_safe_sup, kernel_sup, logger, rex, standard_error, user], whereis(N) =:= undefined]),
    ok.

show(Term) -> io:format("~p~n", [Term]).

catch_error(F) -> try F() catch Class:Reason -> {Class, Reason} end.

wait(F) ->
    case F() of
        true -> true;
        false -> timer:sleep(2), wait(F)
    end.

init(State) -> {ok, State}.
handle_call(Request, _, State) -> {reply, {Request, State}, State}.
handle_cast(_, State) -> {noreply, State}.
