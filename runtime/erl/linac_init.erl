%% The process named `init`: answers what OTP's module `init` asks it, and stops the system.
-module(linac_init).
-export([start/0, script/0]).

start() ->
    process_flag(trap_exit, true),
    loop(#{script => {[], []}, configs => #{}}).

%% Runs the script that the arguments name. A call that is no tail call, so that the traces that `escript` prints end
%% outside of it, as it expects.
script() ->
    escript:start(),
    ok.

loop(State) ->
    receive
        {stop, _} when is_map_key(stopping, State) -> loop(State);
        {stop, Reason} ->
            % In a process of its own: what is stopped may still ask things here.
            spawn(fun() -> stop(Reason) end),
            loop(State#{stopping => true});
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
answer(get_status, #{stopping := true} = S) -> {reply, {stopping, started}, S};
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
    Root ++ [{progname, ["erl"]}] ++ Home ++ [{noshell, []}, {noinput, []}] ++ grouped(linac_code:flags()).

%% Each flag with the words behind it.
grouped([[$- | Name] | Words]) ->
    {Values, Rest} = values(Words, []),
    [{list_to_atom(Name), Values} | grouped(Rest)];
grouped([_ | Words]) -> grouped(Words);
grouped([]) -> [].

values([[$- | _] | _] = Words, Values) -> {backwards(Values, []), Words};
values([Word | Words], Values) -> values(Words, [Word | Values]);
values([], Values) -> {backwards(Values, []), []}.

backwards([X | Xs], Done) -> backwards(Xs, [X | Done]);
backwards([], Done) -> Done.

%% Stops the applications, the last one started first, lets the logger write what it has, and ends.
stop(Reason) ->
    Names = registered(),
    [shut_down(whereis(Name)) || Name <- [application_controller], lists:member(Name, Names)],
    _ = lists:member(logger, Names) andalso linac_service:flush(),
    case Reason of
        {stop, Status} -> halt(Status);
        _ -> halt(0)
    end.

%% A process of OTP's that ends when its parent does: the parent has ended long ago, so this speaks for it.
shut_down(Pid) ->
    Ref = monitor(process, Pid),
    {dictionary, Entries} = process_info(Pid, dictionary),
    {'$ancestors', [Parent | _]} = lists:keyfind('$ancestors', 1, Entries),
    Pid ! {'EXIT', Parent, shutdown},
    receive {'DOWN', Ref, process, Pid, _} -> ok end.
