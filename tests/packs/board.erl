%% What only AtomVM has.
-module(board).
-export([start/0]).
start() ->
    [undefined(fun() -> atomvm:platform() end), undefined(fun() -> esp:restart() end),
     undefined(fun() -> gpio:set_level(1, high) end)].

undefined(F) ->
    try F() of _ -> defined
    catch error:undef:Stack ->
        [{Module, Function, Arguments, _} | _] = Stack,
        {undef, {Module, Function, length(Arguments)}}
    end.
