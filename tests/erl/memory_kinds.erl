%% erlang:memory: its kinds, how they hang together, and that what a program makes shows in them.
-module(memory_kinds).
-export([start/0, id/1]).

start() ->
    All = erlang:memory(),
    Get = fun(K) -> proplists:get_value(K, All) end,
    [{kinds, [K || {K, N} <- All, is_integer(N), N >= 0]},
     {sums, Get(total) =:= Get(processes) + Get(system), Get(atom) + Get(binary) + Get(code) + Get(ets) =< Get(system), Get(processes_used) =< Get(processes), Get(atom_used) =< Get(atom)},
     {each, [is_integer(erlang:memory(K)) || {K, _} <- All]},
     {some, [K || {K, _} <- erlang:memory([ets, total, ets])], erlang:memory([])},
     {binary, grows(binary, fun() -> binary:copy(<<7>>, id(10000000)) end, 9900000)},
     {ets, grows(ets, fun() -> T = ets:new(t, []), [ets:insert(T, {N, N}) || N <- lists:seq(1, 10000)], T end, 400000)},
     {processes, grows(processes, fun() -> [N || N <- lists:seq(1, id(1000000))] end, 10000000)},
     {atom, grows(atom, fun() -> [list_to_atom("memory_kinds_" ++ integer_to_list(N)) || N <- lists:seq(1, 2000)] end, 20000)},
     {errors, [caught(fun() -> erlang:memory(id(K)) end) || K <- [foo, [foo], {a}, maximum, [maximum], 1, "x"]]}].

id(X) -> X.

grows(Kind, Make, Least) ->
    Before = erlang:memory(Kind),
    Made = Make(),
    After = erlang:memory(Kind),
    id(Made),
    After - Before >= Least.

caught(F) -> try F() catch C:E -> {C, E} end.
