%% What processes say when they crash, and what else goes through the logger.
-module(reports).
-export([start/0]).
-export([init/1, callback_mode/0, handle_event/4, handle_event/2, handle_call/2, handle_call/3, handle_cast/2,
         handle_info/2, start_child/1]).

start() ->
    logger:error("format ~p", [with_arguments]),
    logger:notice("text: äö"),
    logger:info("not shown"),
    logger:warning(#{what => report, value => 1}),
    logger:error([{list, "of"}, {pairs, 2}]),
    error_logger:error_msg("old ~p~n", [error]),
    error_logger:warning_report(warning),
    error_logger:info_report([{a, 1}, {b, "text"}]),
    plain(fun() -> error(foo) end),
    plain(fun() -> throw({thrown, lists:seq(1, 50)}) end),
    plain(fun() -> exit(silent) end),
    plain(fun() -> atom_to_list(element(1, {[]})) end),
    down(proc_lib:spawn(fun() -> exit(bar) end)),
    down(proc_lib:spawn(fun() -> lists:map(fun(X) -> 1 / X end, [1, 0]) end)),
    down(proc_lib:spawn(fun() -> exit(normal) end)),
    servers(),
    statem(),
    events(),
    supervisors(),
    {error, nostart} = proc_lib:start(erlang, exit, [nostart]),
    logger:set_primary_config(level, debug),
    logger:debug("a debug ~p", [message]),
    logger:info(#{a => 1}),
    logger:set_primary_config(level, notice),
    ok = logger:set_module_level(?MODULE, error),
    false = logger:allow(warning, ?MODULE),
    ok = logger:unset_module_level(?MODULE),
    logger:update_formatter_config(default, #{legacy_header => false, single_line => true,
                                              template => [level, " ", msg, "\n"]}),
    logger:warning("one~nline ~p", [{a, b}]),
    ok.

%% Reports of plain processes are written by another process: wait for that.
plain(F) ->
    down(spawn(F)),
    _ = logger_olp:info(logger_proxy),
    ok.

down(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, Pid, _} -> ok end.

servers() ->
    {ok, A} = gen_server:start({local, srv}, ?MODULE, srv, []),
    gen_server:cast(A, crash),
    down(A),
    {ok, B} = gen_server:start(?MODULE, srv, []),
    {'EXIT', {{because, _}, _}} = (catch gen_server:call(B, stop)),
    down(B),
    {ok, C} = gen_server:start(?MODULE, srv, []),
    {'EXIT', {{bad_return_value, _}, _}} = (catch gen_server:call(C, bad)),
    down(C),
    {error, {oops, _}} = gen_server:start(?MODULE, failing, []),
    {ok, D} = gen_server:start(?MODULE, srv, []),
    exit(D, shutdown),
    down(D),
    {ok, E} = gen_server:start(?MODULE, srv, []),
    sys:replace_state(E, fun(N) -> N + 7 end),
    7 = sys:get_state(E),
    ok = sys:suspend(E),
    {'EXIT', {timeout, _}} = (catch gen_server:call(E, get, 20)),
    ok = sys:resume(E),
    7 = gen_server:call(E, get),
    {status, _, {module, gen_server}, [_, running | _]} = sys:get_status(E),
    sys:terminate(E, {bye, "reason"}),
    down(E).

statem() ->
    {ok, S} = gen_statem:start({local, sm}, ?MODULE, sm, []),
    {idle, _} = gen_statem:call(S, get),
    {idle, _} = sys:get_state(S),
    S ! crash,
    down(S).

events() ->
    {ok, E} = gen_event:start({local, ev}),
    ok = gen_event:add_handler(E, ?MODULE, ev),
    ok = gen_event:sync_notify(E, fine),
    ok = gen_event:sync_notify(E, crash),
    [] = gen_event:which_handlers(E),
    ok = gen_event:stop(E).

supervisors() ->
    process_flag(trap_exit, true),
    {ok, Sup} = supervisor:start_link({local, sup}, ?MODULE, sup),
    [{specs, 2}, {active, 2}, {supervisors, 0}, {workers, 2}] = supervisor:count_children(Sup),
    A = whereis(child_a),
    gen_server:cast(child_a, crash),
    down(A),
    2 = length(supervisor:which_children(Sup)),
    gen_server:cast(child_a, crash),
    receive {'EXIT', Sup, shutdown} -> ok end,
    {error, {shutdown, {failed_to_start_child, b, _}}} = supervisor:start_link({local, sup}, ?MODULE, failing_sup),
    process_flag(trap_exit, false).

start_child(Name) -> gen_server:start_link({local, Name}, ?MODULE, srv, []).

init(sm) -> {ok, idle, #{}};
init(ev) -> {ok, []};
init(srv) -> {ok, 0};
init(failing) -> error(oops);
init(sup) ->
    {ok, {#{intensity => 1, period => 5},
          [#{id => a, start => {?MODULE, start_child, [child_a]}},
           #{id => b, start => {?MODULE, start_child, [child_b]}, restart => transient}]}};
init(failing_sup) ->
    {ok, {#{}, [#{id => a, start => {?MODULE, start_child, [child_a]}}, #{id => b, start => {?MODULE, missing, []}}]}}.

callback_mode() -> handle_event_function.

handle_event({call, From}, get, State, Data) -> {keep_state_and_data, [{reply, From, {State, Data}}]};
handle_event(info, crash, idle, _) -> error({boom, [1, 2, 3]}).

handle_event(crash, _) -> error(event);
handle_event(_, State) -> {ok, State}.

handle_call(_, State) -> {ok, State, State}.

handle_call(stop, _, State) -> {stop, {because, stop}, State};
handle_call(bad, _, _) -> bad_return;
handle_call(get, _, State) -> {reply, State, State}.

handle_cast(crash, _) -> error(cast).

handle_info(_, State) -> {noreply, State}.
