%% The application kernel as this system starts it: OTP's own supervisor with those of its processes that are
%% neither services of the runtime nor need what is not there.
-module(linac_kernel).
-behaviour(supervisor).
-export([start/2, stop/1, config_change/3, init/1, absent/0]).

start(_, []) ->
    ok = logger:internal_init_logger(),
    %% Since OTP 26. (The module is loaded by the call.)
    _ = os:type(),
    _ = [ok = os:internal_init_cmd_shell() || erlang:function_exported(os, internal_init_cmd_shell, 0)],
    case supervisor:start_link({local, kernel_sup}, ?MODULE, []) of
        {ok, Pid} ->
            ok = logger:add_handlers(kernel),
            {ok, Pid, []};
        Error -> Error
    end.

stop(_) -> ok.

config_change(Changed, New, Removed) -> kernel:config_change(Changed, New, Removed).

init([]) ->
    {ok, {Flags, Children}} = kernel:init([]),
    {ok, {Flags, [own(Child) || Child <- Children]}}.

%% Those that are started with it; others have started, or will, when somebody looks for them.
own(#{id := Id} = Child) ->
    case lists:member(Id, [erl_signal_server, kernel_safe_sup, logger_sup, timer_server]) of
        true -> Child;
        false -> Child#{start := {?MODULE, absent, []}}
    end.

absent() -> ignore.
