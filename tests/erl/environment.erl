%% The environment, calendars, and facts about funs, references and texts.
-module(environment).
-export([start/0, id/1]).

start() ->
    [{variables, variables()},
     {variable_errors, [caught(F) || F <- [fun() -> os:putenv(id("A=B"), "c") end, fun() -> os:getenv(id("A=B")) end, fun() -> os:putenv("A", id([0])) end, fun() -> os:getenv(id(a)) end,
                                           fun() -> os:putenv(id(a), "x") end, fun() -> os:unsetenv(id("A=")) end, fun() -> os:getenv(id([-1])) end]]},
     {pid, [C || C <- os:getpid(), C < $0 orelse C > $9]},
     {clocks, {is_integer(os:perf_counter()), os:perf_counter() =< os:perf_counter(), is_integer(os:system_time()), tuple_size(os:timestamp())}},
     {posix, [caught(fun() -> erlang:universaltime_to_posixtime(id(T)) end) || T <- [{{1970, 1, 1}, {0, 0, 0}}, {{1970, 1, 2}, {0, 0, 1}}, {{1969, 12, 31}, {23, 59, 59}}, {{2000, 2, 29}, {12, 0, 0}},
                                                               {{1900, 3, 1}, {0, 0, 0}}, {{2400, 12, 31}, {23, 59, 59}}, {{1, 1, 1}, {0, 0, 0}}, {{1902, 1, 1}, {0, 0, 0}}, {{1500, 1, 1}, {0, 0, 0}}, {{1899, 12, 31}, {0, 0, 0}}, {{1901, 12, 31}, {0, 0, 0}}, {{3000, 1, 1}, {0, 0, 0}}]]},
     {universal, [caught(fun() -> erlang:posixtime_to_universaltime(id(S)) end) || S <- [0, 86401, -1, 951825600, 4107542400, -62135596800, 1 bsl 33]]},
     {calendar_errors, [caught(F) || F <- [fun() -> erlang:universaltime_to_posixtime(id({{1970, 2, 30}, {0, 0, 1}})) end, fun() -> erlang:universaltime_to_posixtime(id({{1900, 2, 29}, {0, 0, 0}})) end,
                                           fun() -> erlang:universaltime_to_posixtime(id({{1970, 1, 1}, {24, 0, 0}})) end, fun() -> erlang:universaltime_to_posixtime(id(a)) end,
                                           fun() -> erlang:posixtime_to_universaltime(id(a)) end, fun() -> erlang:universaltime_to_localtime(id({{2020, 13, 2}, {0, 0, 1}})) end,
                                           fun() -> erlang:localtime_to_universaltime({{2020, 1, 2}, {0, 0, 1}}, id(foo)) end]]},
     {there_and_back, erlang:localtime_to_universaltime(erlang:universaltime_to_localtime(id({{2020, 1, 2}, {12, 0, 1}})))},
     {today, {shape(date()), shape(time()), shape(erlang:localtime()), shape(erlang:universaltime())}},
     {fun_mfa, [caught(fun() -> erlang:fun_info_mfa(id(F)) end) || F <- [fun lists:map/2, fun ?MODULE:id/1, a]]},
     {texts, texts()},
     {text_errors, [caught(F) || F <- [fun() -> list_to_pid(id("<0.1>")) end, fun() -> list_to_pid(id("0.1.0")) end, fun() -> list_to_pid(id(a)) end, fun() -> list_to_ref(id("#Ref<0>")) end,
                                       fun() -> list_to_ref(id("x")) end, fun() -> list_to_port(id("#Port<1>")) end]]},
     {numbers, [erts_internal:list_to_integer(id(L), B) || {L, B} <- [{"-12", 10}, {"ab", 16}, {"g", 16}, {a, 16}, {"", 10}, {"+", 10}, {"7" ++ [x], 10}]]},
     {floats, [string:list_to_float(id(L)) || L <- ["1.5e3" ++ [x], "x", "1", "1.", "+1.0", " 1.0", "1.0e" ++ [y], "1.0e400", "-0.5E-2" ++ [z], "1.5e+" ++ [x]]]}].

variables() ->
    [os:getenv("LINAC_NO_SUCH_VARIABLE"), os:putenv("LINAC_TEST_X", [1, 2, 229, 8364]), os:getenv("LINAC_TEST_X"), [V || {"LINAC_TEST_X", V} <- os:env()],
     os:unsetenv("LINAC_TEST_X"), os:getenv("LINAC_TEST_X"), os:unsetenv("LINAC_TEST_X"), os:putenv("LINAC_TEST_X", ""), os:getenv("LINAC_TEST_X"), os:unsetenv("LINAC_TEST_X")].

shape(T) when is_tuple(T) -> list_to_tuple([shape(E) || E <- tuple_to_list(T)]);
shape(I) when is_integer(I) -> integer.

texts() ->
    Pid = self(),
    Ref = make_ref(),
    {list_to_pid(pid_to_list(Pid)) =:= Pid, list_to_ref(ref_to_list(Ref)) =:= Ref, atom_of(port_to_list(list_to_port("#Port<0.17>"))), is_port(list_to_port("#Port<0.17>"))}.

atom_of(L) -> list_to_atom(L).

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
