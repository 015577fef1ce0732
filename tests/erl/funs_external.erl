%% fun M:F/A, apply with lists, calls of computed modules and functions, is_function, fun_info.
-module(funs_external).
-export([start/0, id/1, add/2, zero/0, many/6]).

start() ->
    Add = fun ?MODULE:add/2,
    Module = id(?MODULE),
    Function = id(add),
    [{call, Add(1, 2)},
     {bif, [F(id(-3)) || F <- [fun erlang:abs/1, fun erlang:is_integer/1, fun erlang:is_atom/1]]},
     {computed, (fun Module:Function/2)(3, 4)},
     {equal, {Add =:= fun Module:add/2, Add =:= fun Module:id/1}},
     {apply_fun, {apply(Add, [5, 6]), apply(fun() -> none end, []), apply(fun(X) -> {X} end, id([x]))}},
     {apply_mfa, {apply(Module, Function, [7, 8]), apply(?MODULE, zero, []), apply(Module, many, id([1, 2, 3, 4, 5, 6]))}},
     {apply_bif, {apply(erlang, '+', [id(1), 2]), apply(id(erlang), hd, [[a]]), apply(erlang, id(self), []) =:= self()}},
     {dynamic_call, {Module:Function(9, 10), Module:zero(), Module:id(Module) =:= Module}},
     {erlang_apply, erlang:apply(id(erlang), apply, [Module, Function, [1, 1]])},
     {tail_apply, tail(Module, Function, id([20, 22]))},
     {is_function, [is_function(F, A) || F <- [Add, fun add/2, fun() -> ok end], A <- [0, 2]]},
     {info_external, {erlang:fun_info(Add, module), erlang:fun_info(Add, name), erlang:fun_info(Add, arity),
                      erlang:fun_info(Add, type), erlang:fun_info(Add, env)}},
     {info_local, {erlang:fun_info(fun() -> Module end, arity), erlang:fun_info(fun(_) -> Module end, type),
                   erlang:fun_info(fun() -> {Module, Function} end, env)}},
     {make_fun, (erlang:make_fun(Module, add, 2))(2, 2)},
     {exported, {erlang:function_exported(Module, add, 2), erlang:function_exported(Module, add, 3),
                 erlang:function_exported(Module, tail, 3), erlang:function_exported(no_such_module, f, 0)}},
     {bad_arity_external, caught(fun() -> Add(id(1)) end)},
     {undefined, caught(fun() -> Module:nothing(id(1)) end)}].

add(A, B) -> A + B.

zero() -> 0.

many(A, B, C, D, E, F) -> {F, E, D, C, B, A}.

tail(M, F, Args) -> apply(M, F, Args).

%% The fun of a badarity error is not comparable between systems.
caught(F) ->
    try F() of
        V -> {value, V}
    catch
        error:{badarity, {Fun, Args}} when is_function(Fun) -> {badarity, Args};
        C:R -> {C, R}
    end.

id(X) -> X.
