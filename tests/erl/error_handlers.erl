%% Calls of functions that are not there: a module's own handler, a process's handler.
-module(error_handlers).
-export([start/0]).
-export([undefined_function/3, undefined_lambda/3, '$handle_undefined_function'/2, halting/1]).

start() ->
    [{own, own()}, {process, by_process()}, {no_module, no_module()}, {halt, [halting(X) || X <- [a, [x], -1, 1.0]]}].

own() -> [error_handlers:missing(), error_handlers:missing(1, [2]), apply(error_handlers, other, [x])].

'$handle_undefined_function'(F, As) -> {handled, F, As}.

%% The handler of a process comes before the module's own.
by_process() ->
    {Pid, Ref} = spawn_monitor(fun() ->
        error_handler = process_flag(error_handler, ?MODULE),
        exit([error_handlers:missing(1), nowhere:f(2), {error_handler, ?MODULE} =:= process_info(self(), error_handler)])
    end),
    receive {'DOWN', Ref, process, Pid, Reason} -> Reason end.

undefined_function(M, F, As) -> {undefined, M, F, As}.
undefined_lambda(M, F, As) -> {lambda, M, F, As}.

no_module() -> try nowhere:f(1) catch error:undef:St -> {M, F, A, _} = hd(St), {undef, M, F, A} end.

halting(X) -> try halt(0, X) catch error:badarg -> badarg end.
