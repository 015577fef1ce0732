%% Replaces the module `counter` while a process runs in it.
%%
%% Both compiled versions are part of this module: build.sh makes versions.hrl, which defines V1 and V2
%% as the bytes of reload_v1/counter.beam and reload_v2/counter.beam.
-module(reload).
-export([start/0]).
-include("versions.hrl").

start() ->
    load(?V1),
    Pid = spawn(counter, loop, [0]),
    erlang:display({version, counter:version(), tick(Pid)}),

    %% New calls reach the second version; the process goes on in the first one.
    load(?V2),
    erlang:display({version, counter:version(), tick(Pid)}),
    true = erlang:check_process_code(Pid, counter),

    %% After a call by name the process is in the second version, and the first one can go.
    Pid ! {upgrade, self()},
    receive
        upgraded -> ok
    end,
    erlang:display({upgraded, tick(Pid)}),
    false = erlang:check_process_code(Pid, counter),
    true = erlang:purge_module(counter),
    Pid ! stop,
    ok.

load(Binary) ->
    {module, counter} = erlang:load_module(counter, Binary).

tick(Pid) ->
    Pid ! {tick, self()},
    receive
        {count, Count} -> Count
    end.
