%% What errors say about their causes: error/2 and error/3 with arguments and options, names that cannot be given.
-module(errors_explained).
-export([start/0, id/1]).

start() ->
    Self = self(),
    Dead = dead(),
    Other = spawn(fun() -> receive stop -> ok end end),
    R = [{error3, [top(fun() -> erlang:error(id(boom), id(A), id(O)) end)
                   || {A, O} <- [{[1, 2], [{error_info, #{cause => x, module => ?MODULE}}]}, {none, [{error_info, #{module => ?MODULE}}]}, {none, []}, {[a], []}, {none, [{foo, 1}]},
                                 {none, [{error_info, 1}]}, {foo, []}, {[a | b], []}, {[a], [{error_info, #{}}, {error_info, #{a => b}}]}, {[a | b], [{error_info, #{}}]}]]},
         {error2, [top(fun() -> erlang:error(id(boom), id(A)) end) || A <- [[1], none, foo, [], [a | b]]]},
         {register, [{F, top(fun() -> register(id(N), id(P)) end)}
                     || {F, N, P} <- [{dead, explained, Dead}, {first, explained, Self}, {again, explained, Self}, {second, explained_2, Self}, {taken, explained, Other}, {other, explained_3, Other},
                                      {other_again, explained_4, Other}, {undefined, undefined, Self}, {no_name, {x}, Self}, {no_process, explained_5, x}]]},
         {unregister, [top(fun() -> unregister(id(N)) end) || N <- [explained, explained, explained_3, 1]]}],
    exit(Other, kill),
    R.

id(X) -> X.

dead() ->
    {P, R} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', R, process, P, _} -> P end.

%% The first entry of the trace: a function of this module by its arguments or arity only; pids by name.
top(F) ->
    try F()
    catch
        C:E:S ->
            case hd(S) of
                {?MODULE, _, A, L} -> {C, E, A, lists:keydelete(file, 1, lists:keydelete(line, 1, L))};
                {M, N, A, L} -> {C, E, M, N, [if is_pid(X) -> pid; true -> X end || X <- A], L}
            end
    end.
