%% Times a kernel inside of the system that runs it, so that starting the system is not measured.
%%
%% main([Module, Repetitions]) runs Module:start() that often and shows {bench, Module, Result, [Microseconds]}.
-module(bench_timer).
-export([main/1]).

main([ModuleText, RepetitionsText]) ->
    Module = list_to_atom(ModuleText),
    Result = Module:start(),
    Times = repeat(Module, Result, list_to_integer(RepetitionsText)),
    erlang:display({bench, Module, Result, Times}),
    ok.

%% The first run, which also loads and warms up, is not in the list.
repeat(_, _, 0) ->
    [];
repeat(Module, Result, N) ->
    Start = erlang:monotonic_time(microsecond),
    Result = Module:start(),
    Time = erlang:monotonic_time(microsecond) - Start,
    [Time | repeat(Module, Result, N - 1)].
