%% The process named `code_server`, and what OTP's module `code` calls in the module of that name.
%%
%% Which modules there are, where they came from and where they are looked for is kept by the runtime, which finds
%% and loads modules without asking anybody; so this process only puts requests in order, and has `-on_load` functions
%% run: who wants a module meanwhile waits for its function's end.
-module(code_server).
-export([start/0, start_link/1, call/1, on_demand/3, is_loaded/1, is_sticky/1, get_mode/0, absname/1, error_msg/2, info_msg/2]).

start() ->
    process_flag(trap_exit, true),
    loop().

start_link(_) -> {ok, whereis(code_server)}.

call(Request) ->
    Ref = monitor(process, code_server),
    code_server ! {code_call, self(), Request},
    receive
        {code_server, Reply} ->
            demonitor(Ref, [flush]),
            Reply;
        {'DOWN', Ref, process, _, _} ->
            exit({'DOWN', code_server, Request})
    end.

%% A call of a function whose module has an `-on_load` function that has not run.
on_demand(Module, Function, Arguments) ->
    case call({load_on_demand, Module}) of
        {module, Module} -> apply(Module, Function, Arguments);
        _ -> linac_code:undefined(Module, Function, Arguments)
    end.

is_loaded(Module) -> linac_code:file(Module).
is_sticky(Module) -> call({is_sticky, Module}).
get_mode() -> interactive.
absname(File) -> filename:absname(File).

error_msg(Format, Args) -> message(error, error, Format, Args).
info_msg(Format, Args) -> message(info, info_msg, Format, Args).

message(Level, Tag, Format, Args) ->
    logger ! {log, Level, Format, Args,
              #{pid => self(), gl => group_leader(), time => os:system_time(microsecond),
                error_logger => #{tag => Tag}}},
    ok.

loop() ->
    receive
        {code_call, From, Request} ->
            answer(From, Request),
            case Request of
                stop -> ok;
                _ -> loop()
            end;
        {'DOWN', Ref, process, _, Result} ->
            on_load_ended(Ref, Result),
            loop();
        {system, {To, Tag}, get_status} ->
            To ! {Tag, {status, self(), {module, code_server}, [get(), running, self(), [], []]}},
            loop();
        _ -> loop()
    end.

answer(From, Request) ->
    case get({on_load, wanted(Request)}) of
        undefined ->
            try handle(Request) of
                {on_load, Module, File} -> run_on_load(Module, File, From, Request);
                Reply -> From ! {code_server, Reply}
            catch
                error:Reason -> From ! {code_server, {error, Reason}}
            end;
        {From, _, _, _} ->
            %% The function calls its own module from outside: it would wait for itself.
            From ! {code_server, {error, deadlock}};
        {Runner, Ref, File, Waiting} ->
            put({on_load, wanted(Request)}, {Runner, Ref, File, [{From, Request} | Waiting]})
    end.

%% The module that a request would load.
wanted({get_object_code_for_loading, Module}) -> Module;
wanted({load_on_demand, Module}) -> Module;
wanted({load_module, _, Module, _, _, _}) -> Module;
wanted(_) -> none.

run_on_load(Module, File, From, Request) ->
    {Runner, Ref} = spawn_monitor(fun() -> exit(erlang:call_on_load_function(Module)) end),
    put({on_load, Module}, {Runner, Ref, File, [{From, Request}]}),
    put(Ref, Module).

on_load_ended(Ref, Result) ->
    case erase(Ref) of
        undefined -> ok;
        Module ->
            {_, _, File, Waiting} = erase({on_load, Module}),
            Keep = Result =:= ok,
            erlang:finish_after_on_load(Module, Keep),
            Reply = case Keep of
                        true ->
                            linac_code:set_file(Module, File),
                            {module, Module};
                        false ->
                            failed_on_load(Module, Result),
                            {error, on_load_failure}
                    end,
            {Loader, First} = lists_last(Waiting),
            Loader ! {code_server, Reply},
            _ = [case {Request, Reply} of
                     %% Another version is to be loaded, whatever came of this one.
                     {{load_module, _, _, _, _, _}, _} when Request =/= First -> answer(From, Request);
                     _ -> From ! {code_server, Reply}
                 end || {From, Request} <- reverse(Waiting, []), {From, Request} =/= {Loader, First}],
            ok
    end.

lists_last([X]) -> X;
lists_last([_ | Xs]) -> lists_last(Xs).

reverse([X | Xs], Done) -> reverse(Xs, [X | Done]);
reverse([], Done) -> Done.

failed_on_load(Module, Result) ->
    Format = "The on_load function for module ~s returned:~n~P\n",
    Arguments = [Module, Result, 10],
    %% Not from this process: starting the logger takes modules. Without OTP's libraries the answer must do.
    spawn(fun() -> try message(warning, warning_msg, Format, Arguments) catch error:_ -> ok end end).

%% Loading.
handle({get_object_code_for_loading, Module}) -> linac_code:load(Module);
handle({load_on_demand, Module}) -> linac_code:load(Module);
handle({get_object_code, Module}) ->
    case linac_code:object_code(Module) of
        {Bytes, File} -> {Module, Bytes, File};
        error -> error
    end;
handle({load_module, Prepared, Module, File, Purge, EnsureLoaded}) ->
    case EnsureLoaded andalso erlang:module_loaded(Module) of
        true -> {module, Module};
        false ->
            case sticky(Module) of
                true ->
                    error_msg("Can't load module '~w' that resides in sticky dir\n", [Module]),
                    {error, sticky_directory};
                false ->
                    _ = Purge andalso purge(Module),
                    finish(Prepared, Module, File)
            end
    end;
handle({load_ok, Prepared, Module, File, _}) -> finish(Prepared, Module, File);
handle({load_error, _, _}) -> ok;
handle({finish_loading, Prepared, EnsureLoaded}) -> finish_all(Prepared, EnsureLoaded);
handle({delete, Module}) ->
    case catch erlang:delete_module(Module) of
        true ->
            linac_code:forget_file(Module),
            true;
        _ -> false
    end;
handle({purge, Module}) -> purge(Module);
handle({soft_purge, Module}) -> soft_purge(Module);
%% What is known.
handle(all_loaded) -> linac_code:files();
handle({is_loaded, Module}) -> linac_code:file(Module);
handle({is_sticky, Module}) -> sticky(Module);
handle({stick_mod, Module}) -> put({sticky, Module}, true), true;
handle({unstick_mod, Module}) -> put({sticky, Module}, false), true;
handle({stick_dir, Folder}) -> stick(Folder, true);
handle({unstick_dir, Folder}) -> stick(Folder, false);
handle({dir, What}) -> folder(What);
%% The search path.
handle(get_path) -> linac_code:path();
handle({set_path, Path}) -> set_path(Path);
handle({set_path, Path, _}) -> set_path(Path);
handle({add_path, Where, Folder}) -> add_path(Where, Folder);
handle({add_path, Where, Folder, _}) -> add_path(Where, Folder);
handle({add_paths, Where, Folders}) -> add_paths(Where, Folders);
handle({add_paths, Where, Folders, _}) -> add_paths(Where, Folders);
handle({del_path, Name}) -> del_path(Name);
handle({del_paths, Names}) -> lists:foreach(fun del_path/1, Names);
handle({replace_path, Name, Folder}) -> replace_path(Name, Folder);
handle({replace_path, Name, Folder, _}) -> replace_path(Name, Folder);
handle({where_is_file, File}) -> linac_code:where(File);
handle(clear_cache) -> ok;
handle(stop) -> stopped;
handle(Other) ->
    error_msg(" ** Codeserver*** ignoring ~w~n ", [Other]),
    {error, badarg}.

finish(Prepared, Module, File) ->
    case erlang:finish_loading([Prepared]) of
        ok ->
            linac_code:set_file(Module, File),
            {module, Module};
        {on_load, [Module]} -> {on_load, Module, File};
        {Error, [Module]} ->
            error_msg("Loading of ~ts failed: ~p\n", [File, Error]),
            {error, Error}
    end.

finish_all(Prepared0, EnsureLoaded) ->
    Prepared = [P || {M, _} = P <- Prepared0, not (EnsureLoaded andalso erlang:module_loaded(M))],
    case [{M, sticky_directory} || {M, _} <- Prepared, sticky(M)] of
        [] ->
            case erlang:finish_loading([P || {_, {P, _}} <- Prepared]) of
                ok -> lists:foreach(fun({M, {_, File}}) -> linac_code:set_file(M, File) end, Prepared);
                {Reason, Modules} -> {error, [{M, Reason} || M <- Modules]}
            end;
        Sticky -> {error, Sticky}
    end.

%% True if a process had to be killed.
purge(Module) ->
    case erlang:check_old_code(Module) of
        false -> false;
        true ->
            Used = in_use(Module),
            erlang:purge_module(Module),
            Used
    end.

soft_purge(Module) ->
    case erlang:check_old_code(Module) of
        false -> true;
        true -> not in_use(Module) andalso erlang:purge_module(Module)
    end.

in_use(Module) ->
    lists:any(fun(P) -> erlang:check_process_code(P, Module) =:= true end, processes()).

%% Modules of the system's own folders are not replaced by accident.

%% Found out when first needed: it takes an installation.
sticky_folders() ->
    case get(sticky) of
        undefined ->
            put(sticky, [E || A <- [kernel, stdlib, compiler], {ok, E} <- [ebin(A)]]),
            get(sticky);
        Folders -> Folders
    end.

sticky(Module) ->
    case get({sticky, Module}) of
        undefined ->
            case linac_code:file(Module) of
                {file, File} when is_list(File) -> lists:member(filename:dirname(File), sticky_folders());
                {file, preloaded} -> true;
                _ -> false
            end;
        Set -> Set
    end.

stick(Folder, How) ->
    case linac_code:kind(Folder) of
        directory ->
            Rest = lists:delete(Folder, sticky_folders()),
            put(sticky, if How -> [Folder | Rest]; true -> Rest end),
            ok;
        _ -> error
    end.

%% Folders of libraries.

folder(root_dir) -> linac_code:root();
folder(lib_dir) -> filename:append(linac_code:root(), "lib");
folder(compiler_dir) -> folder({lib_dir, compiler});
folder({lib_dir, Name}) ->
    case ebin(Name) of
        {ok, Ebin} ->
            case filename:basename(Ebin) of
                "ebin" -> filename:dirname(Ebin);
                _ -> Ebin
            end;
        error -> {error, bad_name}
    end;
folder({priv_dir, Name}) -> folder({lib_dir, Name, priv});
folder({lib_dir, Name, Below}) ->
    case folder({lib_dir, Name}) of
        {error, _} = Error -> Error;
        Folder -> filename:append(Folder, atom_to_list(Below))
    end;
folder(_) -> {error, bad_name}.

ebin(Name) ->
    Text = if is_atom(Name) -> atom_to_list(Name); true -> Name end,
    first(fun(Folder) -> library(Folder) =:= Text end, linac_code:path()).

first(F, [X | Xs]) ->
    case F(X) of
        true -> {ok, X};
        false -> first(F, Xs)
    end;
first(_, []) -> error.

%% Name of the library that a folder belongs to.
library(Folder) ->
    Library = case lists:reverse(filename:split(Folder)) of
                  ["ebin", Parent | _] -> Parent;
                  [Last | _] -> Last;
                  [] -> ""
              end,
    without_version(lists:reverse(Library), Library).

without_version([$- | Name], _) -> lists:reverse(Name);
without_version([_ | Rest], Library) -> without_version(Rest, Library);
without_version([], Library) -> Library.

set_path(Path) ->
    case lists:all(fun(Folder) -> is_list(Folder) end, Path) of
        true -> linac_code:set_path([to_list(Folder) || Folder <- Path]), true;
        false -> {error, bad_directory}
    end.

add_path(Where, Folder) ->
    case is_list(Folder) andalso linac_code:kind(Folder) of
        directory ->
            Rest = lists:delete(Folder, linac_code:path()),
            linac_code:set_path(case Where of first -> [Folder | Rest]; last -> Rest ++ [Folder] end),
            true;
        _ -> {error, bad_directory}
    end.

add_paths(first, Folders) -> lists:foreach(fun(F) -> add_path(first, F) end, lists:reverse(Folders));
add_paths(last, Folders) -> lists:foreach(fun(F) -> add_path(last, F) end, Folders).

del_path(Name0) ->
    Name = to_list(Name0),
    Path = linac_code:path(),
    case first(fun(Folder) -> Folder =:= Name orelse library(Folder) =:= Name end, Path) of
        {ok, Folder} -> linac_code:set_path(lists:delete(Folder, Path)), true;
        error -> false
    end.

replace_path(Name0, Folder) ->
    Name = to_list(Name0),
    case linac_code:kind(Folder) of
        directory ->
            Path = linac_code:path(),
            New = case first(fun(F) -> library(F) =:= Name end, Path) of
                      {ok, Old} -> [if F =:= Old -> Folder; true -> F end || F <- Path];
                      error -> Path ++ [Folder]
                  end,
            linac_code:set_path(New),
            true;
        _ -> {error, bad_directory}
    end.

to_list(X) when is_atom(X) -> atom_to_list(X);
to_list(X) -> X.
