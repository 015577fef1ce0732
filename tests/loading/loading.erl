%% What `-on_load` functions and OTP's `code` say to each other. The other modules of this folder lie beside this one.
-module(loading).
-export([main/1]).

main(_) ->
    show(kept, fun() -> [{kept:state(), kept:state()}, erlang:module_loaded(kept)] end),
    show(refused, fun() -> refused:f() end),
    show(refused_again, fun() -> code:ensure_loaded(refused) end),
    show(refused_loaded, fun() -> erlang:module_loaded(refused) end),
    show(raising, fun() -> code:load_file(raising) end),
    show(deadlock, fun() -> {own_call:result(), own_call:f()} end),
    show(waiting, fun waiting/0),
    show(prepared, fun prepared/0),
    show(replaced, fun replaced/0),
    show(failed_replacement, fun failed_replacement/0),
    show(together, fun together/0),
    show(atomically, fun atomically/0),
    show(ensured, fun() -> code:ensure_modules_loaded([kept, refused, plain]) end),
    show(wrong, fun() -> [catch_reason(fun() -> erlang:call_on_load_function(plain) end),
                          catch_reason(fun() -> erlang:finish_after_on_load(plain, true) end),
                          catch_reason(fun() -> erlang:has_prepared_code_on_load(make_ref()) end)] end),
    show(spared, fun spared/0),
    ok.

show(Name, F) ->
    Result = try F() of Value -> Value catch Class:Reason -> {Class, Reason} end,
    io:format("~p: ~0p~n", [Name, Result]).

catch_reason(F) ->
    try F() of Value -> {value, Value} catch error:Reason -> Reason end.

%% Everybody waits for the function's end.
waiting() ->
    register(tester, self()),
    Pids = [spawn(fun() -> tester ! {self(), slow:f(N)} end) || N <- [1, 2, 3]],
    Loader = receive {slow, Pid} -> Pid end,
    Early = receive {_, _} -> early after 50 -> nobody end,
    Loaded = erlang:module_loaded(slow),
    Loader ! go,
    Late = [receive {Pid, Value} -> Value end || Pid <- Pids],
    unregister(tester),
    {Early, Loaded, Late, erlang:module_loaded(slow)}.

prepared() ->
    {Module, Bytes, File} = code:get_object_code(prepared),
    Prepared = erlang:prepare_loading(Module, Bytes),
    Has = erlang:has_prepared_code_on_load(Prepared),
    Finished = erlang:finish_loading([Prepared]),
    Before = erlang:module_loaded(Module),
    Value = erlang:call_on_load_function(Module),
    Between = erlang:module_loaded(Module),
    erlang:finish_after_on_load(Module, true),
    {Has, Finished, Before, Value, Between, erlang:module_loaded(Module), Module:f(),
     filename:basename(File)}.

%% The version before stays while the function runs, and is old after.
replaced() ->
    {Module, Bytes, File} = code:get_object_code(kept),
    First = kept:state(),
    {module, kept} = code:load_binary(Module, File, Bytes),
    [First, kept:state(), erlang:check_old_code(kept), code:soft_purge(kept), erlang:check_old_code(kept)].

failed_replacement() ->
    {kept, Bytes, File} = code:get_object_code(kept),
    put(fail, true),
    persistent_term:put(kept_fails, true),
    Failed = code:load_binary(kept, File, Bytes),
    persistent_term:erase(kept_fails),
    [Failed, is_list(code:which(kept)), is_integer(kept:state()), erlang:check_old_code(kept)].

together() ->
    Prepare = fun(Module) ->
                  {Module, Bytes, _} = code:get_object_code(Module),
                  erlang:prepare_loading(Module, Bytes)
              end,
    catch_reason(fun() -> erlang:finish_loading([Prepare(kept), Prepare(plain)]) end).

atomically() ->
    Code = fun(Module) -> {Module, Bytes, File} = code:get_object_code(Module), {Module, File, Bytes} end,
    {ok, Prepared} = code:prepare_loading([Code(plain)]),
    [code:atomic_load([Code(plain), Code(kept)]), code:atomic_load([Code(plain), Code(plain)]),
     code:finish_loading(Prepared), plain:f(), code:atomic_load([plain]), code:purge(plain), code:atomic_load([plain]),
     code:delete(plain), erlang:module_loaded(plain), code:soft_purge(plain)].

%% Processes that a function has started live on if it was kept.
spared() ->
    Pid = kept:helper(),
    Pid ! {self(), ping},
    receive {Pid, Answer} -> Answer after 5000 -> timeout end.
