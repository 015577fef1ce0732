%% Expressions in try bodies of which the compiler knows that they always raise: their code runs into the handler.
-module(try_never).
-export([start/0, id/1]).

start() ->
    [{size, size_of_atom()}, {element, element_of_list()}, {nested, nested()}, {live, live(id(1), id([2]))},
     {add, add()}, {twice, {live(id(a), id(b)), size_of_atom()}}, {after_, with_after()}, {guard, in_fun(id(foo))}].

id(X) -> X.

size_of_atom() ->
    try map_size(foo), fail
    catch _:{badmap, foo} -> caught
    end.

element_of_list() ->
    try element(1, [a]) of
        _ -> fail
    catch
        throw:_ -> fail;
        error:R -> {caught, R}
    end.

nested() ->
    try
        try hd([]) catch throw:T -> {inner, T} end
    catch
        C:R -> {outer, C, R}
    end.

live(A, B) ->
    X = {A, B},
    try tuple_size(B), length(nil)
    catch error:R -> {X, R}
    end.

add() ->
    try atom + 1
    catch error:badarith:S -> length(S) > 0
    end.

with_after() ->
    try
        try byte_size(1) after put(?MODULE, done) end
    catch
        error:R -> {R, erase(?MODULE)}
    end.

in_fun(X) ->
    F = fun() -> map_size(not_a_map) end,
    try {X, F()} catch error:R -> R end.
