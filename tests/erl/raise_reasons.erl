%% The reason term of every exception the instructions and operators raise themselves.
-module(raise_reasons).
-export([start/0, id/1]).

start() ->
    [{badmatch, caught(fun() -> {ok, _} = id({error, 1}) end)},
     {badmatch_list, caught(fun() -> [_ | _] = id([]) end)},
     {case_clause, caught(fun() -> case id(3) of 1 -> a; 2 -> b end end)},
     {case_clause_term, caught(fun() -> case id({x, [y]}) of [] -> a end end)},
     {if_clause, caught(fun() -> X = id(3), if X =:= 1 -> a; X > 5 -> b end end)},
     {function_clause, caught(fun() -> only_a(id(b)) end)},
     {try_clause, caught(fun() -> try id(5) of 6 -> six catch throw:_ -> no end end)},
     {badarith, [caught(F) || F <- [fun() -> id(a) + 1 end, fun() -> 1 - id([]) end, fun() -> id({}) * 2 end,
                                    fun() -> id(1) div id(0) end, fun() -> id(1) rem id(0) end,
                                    fun() -> id(1) div id(1.0) end, fun() -> id(1) / id(0) end,
                                    fun() -> id(1.0) / id(0.0) end, fun() -> id(1.5) band 1 end,
                                    fun() -> bnot id(1.5) end, fun() -> id(1) bsl id(a) end,
                                    fun() -> -id(a) end, fun() -> id(1.0e308) * id(10.0) end,
                                    fun() -> id(1 bsl 2000) * 1.0 end]]},
     {badarg, [caught(F) || F <- [fun() -> hd(id([])) end, fun() -> tl(id([])) end, fun() -> element(3, id({1, 2})) end,
                                  fun() -> length(id([1 | 2])) end, fun() -> atom_to_list(id(1)) end,
                                  fun() -> list_to_integer(id("x1")) end, fun() -> id([1 | 2]) ++ [3] end,
                                  fun() -> [1] -- id(a) end, fun() -> integer_to_list(id(a)) end,
                                  fun() -> list_to_existing_atom(id("no_such_atom_here_at_all")) end,
                                  fun() -> id(a) and true end, fun() -> not id(1) end, fun() -> abs(id(a)) end,
                                  fun() -> round(id(a)) end, fun() -> byte_size(id([])) end]]},
     {short_circuit, {caught(fun() -> id(1) andalso true end), caught(fun() -> id(a) orelse true end)}},
     {badmap, {caught(fun() -> (id(x))#{a => 1} end), caught(fun() -> map_get(a, id(x)) end)}},
     {badkey, {caught(fun() -> (id(#{}))#{a := 1} end), caught(fun() -> map_get(a, id(#{})) end)}},
     {badfun, caught(fun() -> (id(x))() end)},
     {undef, caught(fun() -> no_module:no_function() end)},
     {system_limit, caught(fun() -> list_to_atom(long(id(300))) end)},
     {own, caught(fun() -> error({my, [reason]}) end)},
     {throw, caught(fun() -> throw(#{a => 1}) end)},
     {nocatch, nocatch()}].

only_a(a) -> ok.

long(0) -> [];
long(N) -> [$a | long(N - 1)].

nocatch() ->
    {_, Ref} = spawn_monitor(fun() -> throw(uncaught) end),
    receive
        {'DOWN', Ref, process, _, {Reason, [_ | _]}} -> Reason
    end.

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
