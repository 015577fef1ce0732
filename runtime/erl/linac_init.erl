%% The process named `init`: answers what OTP's module `init` asks it, and stops the system.
-module(linac_init).
-export([start/0]).

start() ->
    process_flag(trap_exit, true),
    loop(#{script => {[], []}, configs => #{}}).

loop(State) ->
    receive
        {stop, Reason} -> stop(Reason);
        {From, Request} when is_pid(From) ->
            case answer(Request, State) of
                {reply, Answer, State1} ->
                    From ! {init, Answer},
                    loop(State1);
                none -> loop(State)
            end;
        {io_request, _, _, _} = Request ->
            user ! Request,
            loop(State);
        _ -> loop(State)
    end.

answer(get_plain_arguments, S) -> {reply, linac_code:arguments(), S};
answer(get_arguments, S) -> {reply, flags(), S};
answer({get_argument, Name}, S) ->
    {reply, case [Values || {Flag, Values} <- flags(), Flag =:= Name] of
                [] -> error;
                Found -> {ok, Found}
            end, S};
answer(get_status, S) -> {reply, {started, started}, S};
answer(script_id, S) -> {reply, {"linac", linac_code:release()}, S};
answer(get_script_name, S) -> {reply, maps:get(script, S), S};
answer({set_script_name, Name}, S) -> {reply, ok, S#{script := Name}};
answer(fetch_loaded, S) -> {reply, [], S};
answer({ensure_loaded, _}, S) -> {reply, not_allowed, S};
answer({make_permanent, _, _}, S) -> {reply, {error, {make_permanent, "no boot script"}}, S};
answer({notify_when_started, _}, S) -> {reply, started, S};
answer({get_configfd, Id}, S) -> {reply, maps:get(Id, maps:get(configs, S), none), S};
answer({set_configfd, Id, Config}, #{configs := Configs} = S) ->
    {reply, ok, S#{configs := Configs#{Id => Config}}};
answer(_, _) -> none.

flags() ->
    Home = case linac_code:variable("HOME") of
               false -> [];
               Value -> [{home, [Value]}]
           end,
    Root = case linac_code:root() of
               none -> [];
               Folder -> [{root, [Folder]}]
           end,
    Root ++ [{progname, ["erl"]}] ++ Home ++ [{noshell, []}, {noinput, []}].

stop({stop, Status}) -> halt(Status);
stop(_) -> halt(0).
