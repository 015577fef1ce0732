-module(records_native_reload).
-export([start/0]).

%% Definitions of native records over versions of a module: what is made follows the module, what was made stays as it is.

-define(M, records_native_reloaded).

start() ->
    load(first(), []),
    First = ?M:new(),
    Keeper = spawn(?M, loop, []),
    Before = [First, ?M:changed(First), ?M:changed_outside(First), ?M:any(First), ?M:read(First), outside(),
              records:get_definition(?M, r), ask(Keeper, new)],
    load(second(), []),
    Second = ?M:new(),
    Between = [Second, First =:= Second, First < Second, records:get_definition(?M, r), outside(),
               [caught(fun() -> ?M:F(First) end) || F <- [changed, changed_outside, any, read, read_new, change_new]],
               ask(Keeper, new), ask(Keeper, First), ask(Keeper, Second), ?M:read_new(Second)],
    exit(Keeper, kill),
    load(third(), []),
    Third = ?M:new(),
    Copy = binary_to_term(term_to_binary(Second)),
    Hidden = [Third, Third =:= Second, Copy =:= Second, caught(fun outside/0), records:get_definition(?M, r),
              [{change_outside(R), caught(fun() -> ?M:changed(R) end)} || R <- [First, Second, Third, Copy]]],
    load(fourth(), []),
    Gone = [caught(fun outside/0), caught(fun() -> records:get_definition(?M, r) end), change_outside(First),
            change_outside(Third), ?M:f(First)],
    code:purge(?M),
    code:delete(?M),
    code:purge(?M),
    garbage_collect(),
    After = [First, Second, Third, Copy, change_outside(First), change_outside(Third), First =:= binary_to_term(term_to_binary(First)),
             caught(fun outside/0), erlang:phash2({r, First}, 1) + records:get(a, Second)],
    [Before, Between, Hidden, Gone, After].

outside() -> #?M:r{a = outside}.

change_outside(R) -> caught(fun() -> R#?M:r{a = changed} end).

caught(F) ->
    try F()
    catch Class:Reason -> {Class, Reason}
    end.

ask(Pid, What) ->
    Pid ! {self(), What},
    receive {Pid, Answer} -> Answer after 60000 -> timeout end.

load(Lines, Options) ->
    Forms = [begin
                 {ok, Tokens, _} = erl_scan:string(Line),
                 {ok, Form} = erl_parse:parse_form(Tokens),
                 Form
             end || Line <- ["-module(records_native_reloaded).", "-compile(export_all)." | Lines]],
    {ok, ?M, Code} = compile:forms(Forms, Options),
    code:purge(?M),
    {module, ?M} = code:load_binary(?M, "nowhere", Code).

common() ->
    ["new() -> #r{}.", "changed(R) -> R#r{a = 9}.", "changed_outside(R) -> R#records_native_reloaded:r{a = 9}.",
     "any(R) -> R#_{a = 9}.", "read(#r{a = A}) -> A."].

first() ->
    ["-export_record([r]).", "-record #r{a = 1, b = {x, [2]}}.",
     "loop() -> receive {P, new} -> P ! {self(), {#r{}, #records_native_reloaded:r{}}}, loop();"
     " {P, R} -> P ! {self(), {R#r{a = 5}, R#records_native_reloaded:r{b = 5}}}, loop() end." | common()].

second() ->
    ["-export_record([r]).", "-record #r{b = {y, []}, a = 1, c = 3.5}.", "read_new(R) -> R#r.c.", "change_new(R) -> R#r{c = 4}."
     | common()].

third() ->
    ["-record #r{b = 2, a = 1, c = 3}." | common()].

fourth() ->
    ["-record #other{x}.", "f(X) -> {X, #other{x = X}}."].
