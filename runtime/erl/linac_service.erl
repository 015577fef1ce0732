%% Starts OTP's own system services when somebody looks for them, and waits for them.
-module(linac_service).
-export([start/1, wait/4, forward/0, finish/1, flush/0]).

%% The runtime has this process start a service. It is there, as far as others can see, when the process ends.
start(Name) ->
    try service(Name)
    catch
        Class:Reason:Stack -> complain(Name, Class, Reason, Stack)
    end.

service(kernel) ->
    leave(logger_server:start_link()),
    Own = lists:keyreplace(mod, 1, description("kernel.app"), {mod, {linac_kernel, []}}),
    leave(application_controller:start({application, kernel, Own})),
    ok = application:start_boot(kernel, permanent),
    ok = application:start_boot(stdlib, permanent);
service(global) ->
    leave(global:start_link()),
    leave(global_group:start_link());
service(rex) ->
    leave(rpc:start_link());
service(inet_db) ->
    %% Without inet_config, which asks a port for the name of the host.
    leave(gen_server:start_link({local, inet_db}, inet_db, [], [])).

%% The service goes on without this process.
leave({ok, Pid}) -> unlink(Pid);
leave({ok, Pid, _}) -> unlink(Pid).

description(File) ->
    {ok, Bytes} = prim_file:read_file(linac_code:where(File)),
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Bytes)),
    {ok, {application, _, Keys}} = erl_parse:parse_term(Tokens),
    Keys.

complain(Name, Class, Reason, Stack) ->
    Text = try io_lib:format("~ts: ~tp ~tp", [Class, Reason, Stack])
           catch _:_ -> "OTP's libraries are not there"
           end,
    erlang:display_string(stderr, lists:flatten(["linac: no ", atom_to_list(Name), ": ", Text, $\n])).

%% Makes a call when the process that starts a service has ended.
wait(Starter, Module, Function, Arguments) ->
    Ref = monitor(process, Starter),
    receive
        {'DOWN', Ref, process, _, _} -> apply(Module, Function, Arguments)
    end.

%% Sends messages for those who cannot wait, in their order.
forward() ->
    receive
        {forward, Name, Message} ->
            try erlang:send(Name, Message)
            catch error:badarg -> lost
            end;
        {sync, From, Ref} -> From ! Ref;
        _ -> ok
    end,
    forward().

%% The first process has ended: the run ends as soon as everything has been written. If it has asked for the system to
%% be stopped, `init` ends the run.
finish(Logged) ->
    case lists:member(init, registered()) andalso stopping() of
        true -> receive after infinity -> ok end;
        false ->
            try Logged andalso flush()
            catch _:_ -> ok
            end,
            linac_service:written()
    end.

stopping() ->
    init ! {self(), get_status},
    receive
        {init, {stopping, _}} -> true;
        {init, _} -> false
    after 1000 -> false
    end.

%% Waits until the logger has written what it was given so far, if that takes no more than a few seconds.
flush() ->
    {Pid, Ref} = spawn_monitor(fun flush_all/0),
    receive
        {'DOWN', Ref, process, Pid, _} -> ok
    after 5000 -> exit(Pid, kill), timeout
    end.

flush_all() ->
    process_flag(trap_exit, true),
    Ref = make_ref(),
    linac_forward ! {sync, self(), Ref},
    receive Ref -> ok end,
    %% What came before the proxy had started went to the server.
    catch sys:get_state(logger),
    case whereis(logger_proxy) of
        undefined -> ok;
        Proxy -> catch logger_olp:info(Proxy)
    end,
    [catch Module:filesync(Id) || #{id := Id, module := Module} <- logger:get_handler_config(),
                                  erlang:function_exported(Module, filesync, 1)],
    exit(normal).
