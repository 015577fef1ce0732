%% Processes of OTP's own modules that somebody looks for by name.
-module(linac_system).
-export([file_server/0]).

file_server() -> server(file_server, [], file_server_2).

%% Becomes a gen_server. The name is this process's already, so OTP's way of starting one would not do.
server(Module, Arguments, Name) ->
    put('$ancestors', [whereis(init)]),
    put('$initial_call', {Module, init, 1}),
    {ok, State} = Module:init(Arguments),
    gen_server:enter_loop(Module, [], State, {local, Name}).
