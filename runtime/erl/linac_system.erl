%% Processes of OTP's own modules that somebody looks for by name.
-module(linac_system).
-export([file_server/0, loader/0]).

file_server() -> server(file_server, [], file_server_2).

%% Becomes a gen_server. The name is this process's already, so OTP's way of starting one would not do.
server(Module, Arguments, Name) ->
    put('$ancestors', [whereis(init)]),
    put('$initial_call', {Module, init, 1}),
    {ok, State} = Module:init(Arguments),
    gen_server:enter_loop(Module, [], State, {local, Name}).

%% What OTP's module `erl_prim_loader` asks: scripts give their archives this way. Files are read without it.
loader() ->
    receive
        {From, {set_primary_archive, File, Archive, _, _}} when is_pid(From), is_list(File) ->
            From ! {self(), linac_code:provide_archive(File, Archive)};
        {From, {set_primary_archive, undefined, _, _, _}} when is_pid(From) -> From ! {self(), {ok, []}};
        {From, {get_path, _}} when is_pid(From) -> From ! {self(), {ok, linac_code:path()}};
        {From, purge_archive_cache} when is_pid(From) -> From ! {self(), ok};
        {From, {list_dir, Folder}} when is_pid(From) -> From ! {self(), prim_file:list_dir(Folder)};
        {From, {read_file_info, File}} when is_pid(From) -> From ! {self(), prim_file:read_file_info(File)};
        {From, {read_link_info, File}} when is_pid(From) -> From ! {self(), prim_file:read_link_info(File)};
        {From, {get_cwd, []}} when is_pid(From) -> From ! {self(), prim_file:get_cwd()};
        {From, {get_file, File}} when is_pid(From) ->
            From ! {self(), case prim_file:read_file(File) of {ok, Bytes} -> {ok, Bytes, File}; Error -> Error end};
        {From, _} when is_pid(From) -> From ! {self(), {error, enotsup}};
        _ -> ok
    end,
    loader().
