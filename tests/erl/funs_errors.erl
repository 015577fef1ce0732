%% Calling what is not a fun, with the wrong number of arguments, or a function that does not exist.
-module(funs_errors).
-export([start/0, id/1]).

start() ->
    [{badfun, [caught(fun() -> (id(V))(1) end) || V <- [a, 1, {m, f}, [], [f], 1.5]]},
     {badarity, [caught(fun() -> call(F, Args) end) || F <- [fun() -> 0 end, fun(X) -> X end, fun(X, Y) -> X + Y end],
                                                       Args <- [[], [1], [1, 2]]]},
     {undef, caught(fun() -> ?MODULE:missing(id(1)) end)},
     {undef_arity, caught(fun() -> apply(?MODULE, id, [1, 2]) end)},
     {undef_module, caught(fun() -> no_such_module:f(id(x)) end)},
     {undef_fun, caught(fun() -> (fun no_such_module:f/1)(id(x)) end)},
     {not_exported, caught(fun() -> apply(?MODULE, hidden, []) end)},
     {bad_module, [caught(fun() -> apply(id(M), f, []) end) || M <- [1, {?MODULE}, [], [m]]]},
     {bad_function, [caught(fun() -> apply(erlang, id(F), []) end) || F <- [1, {}]]},
     {bad_arguments, [caught(fun() -> apply(erlang, self, id(A)) end) || A <- [a, [1 | 2]]]},
     {bad_arguments_fun, [caught(fun() -> apply(fun() -> ok end, id(A)) end) || A <- [a, [1 | 2]]]},
     {function_clause, caught(fun() -> (fun(a) -> ok end)(id(b)) end)},
     {argument_order, order()}].

%% The fun expression is evaluated before its arguments, and both before the call fails.
order() ->
    put(order, []),
    R = caught(fun() -> (step(not_a_fun))(step(first), step(second)) end),
    {R, lists:reverse(get(order))}.

step(X) -> put(order, [X | get(order)]), X.

call(F, []) -> F();
call(F, [A]) -> F(A);
call(F, [A, B]) -> F(A, B).

hidden() -> secret.

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        error:{badarity, {Fun, Args}} when is_function(Fun) -> {badarity, Args};
        C:R -> {C, R}
    end.

id(X) -> X.
