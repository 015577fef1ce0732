%% Applications: loading, environments, starting, stopping, crashing.
-module(applications).
-behaviour(application).
-export([start/0]).
-export([start/2, prep_stop/1, stop/1, init/1, handle_call/3, handle_cast/2, terminate/2, start_server/0]).

start() ->
    show(application:which_applications(), [fun({A, _, _}) -> A end]),
    io:format("~p~n", [application:get_env(kernel, logger_level)]),
    io:format("~p~n", [application:get_env(greeter, greeting)]),
    io:format("~p~n", [application:get_env(greeter, greeting, default)]),
    io:format("~p~n", [application:load(nowhere)]),
    io:format("~p~n", [application:load(greeter)]),
    io:format("~p~n", [application:load(greeter)]),
    io:format("~p~n", [application:get_env(greeter, greeting)]),
    ok = application:set_env(greeter, changed, {now, 1}),
    io:format("~p~n", [lists:sort(application:get_all_env(greeter))]),
    io:format("~p~n", [application:get_key(greeter, vsn)]),
    io:format("~p~n", [application:start(greeter)]),
    io:format("~p~n", [application:start(greeter)]),
    io:format("~p~n", [gen_server:call(greeter, greet)]),
    io:format("~p~n", [lists:keymember(greeter, 1, application:which_applications())]),
    io:format("~p~n", [application:get_application(whereis(greeter))]),
    io:format("~p~n", [application:ensure_all_started(failing)]),
    io:format("~p~n", [application:ensure_all_started(library)]),
    io:format("~p~n", [application:stop(library)]),
    io:format("~p~n", [application:stop(greeter)]),
    io:format("~p~n", [application:stop(greeter)]),
    io:format("~p~n", [{whereis(greeter), whereis(greeter_sup)}]),
    io:format("~p~n", [application:unload(greeter)]),
    io:format("~p~n", [application:get_env(greeter, greeting)]),
    io:format("~p~n", [application:ensure_all_started([greeter])]),
    crash(1),
    crash(2),
    io:format("~p~n", [application:start(greeter)]),
    io:format("~p~n", [supervisor:count_children(kernel_safe_sup)]),
    {ok, _} = timer:apply_after(1, erlang, send, [self(), later]),
    receive later -> ok end,
    {ok, Timer} = timer:send_interval(2, tick),
    receive tick -> receive tick -> ok end end,
    {ok, cancel} = timer:cancel(Timer),
    io:format("~p~n", [whereis(timer_server) =/= undefined]),
    io:format("~p~n", [supervisor:count_children(kernel_safe_sup)]),
    io:format("~p~n", [application:stop(greeter)]),
    ok.

show(List, [F]) -> io:format("~p~n", [lists:sort(lists:map(F, List))]).

crash(N) ->
    Ref = monitor(process, greeter),
    Sup = monitor(process, greeter_sup),
    gen_server:cast(greeter, crash),
    receive {'DOWN', Ref, process, _, _} -> ok end,
    case N of
        1 -> supervisor:which_children(greeter_sup), demonitor(Sup, [flush]);
        2 ->
            receive {'DOWN', Sup, process, _, shutdown} -> ok end,
            % The application's master says so later.
            gone()
    end.

gone() ->
    case lists:keymember(greeter, 1, application:which_applications()) of
        true -> timer:sleep(5), gone();
        false -> ok
    end.

start(normal, [argument]) ->
    case supervisor:start_link({local, greeter_sup}, ?MODULE, sup) of
        {ok, Pid} -> {ok, Pid, data}
    end;
start(normal, failing) -> {error, no_reason}.

prep_stop(data) -> io:format("prepares to stop~n"), data.
stop(data) -> io:format("has stopped~n").

start_server() -> gen_server:start_link({local, greeter}, ?MODULE, server, []).

init(sup) ->
    {ok, {#{strategy => one_for_one, intensity => 1, period => 60},
          [#{id => server, start => {?MODULE, start_server, []}}]}};
init(server) ->
    process_flag(trap_exit, true),
    {ok, application:get_env(greeting)}.

handle_call(greet, _, State) -> {reply, State, State}.
handle_cast(crash, _) -> exit(crashed).
terminate(Reason, _) -> io:format("server ends: ~p~n", [Reason]).
