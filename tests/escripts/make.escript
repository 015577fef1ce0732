#!/usr/bin/env escript
%% Makes the escripts of this folder that are not text: make.escript FOLDER
main([Folder]) ->
    Compile = fun(Name, Text) ->
                  {ok, Tokens, _} = erl_scan:string(Text),
                  {ok, Module, Code} = compile:forms(forms(Tokens, []), [deterministic]),
                  {Module, Name, Code}
              end,
    {packed, MainFile, Main} =
        Compile("packed.beam", "-module(packed). -export([main/1]). main(As) -> packed_help:say(As)."),
    {packed_help, HelpFile, Help} =
        Compile("packed_help.beam",
                "-module(packed_help). -export([say/1]). "
                "say([\"undef\"]) -> packed_help:nothing(); "
                "say(As) -> io:format(\"~p ~p~n\", [As, escript:script_name() =/= \"\"])."),
    {ok, Archive} = escript:create(binary, [shebang, comment, {emu_args, "-escript main packed"},
                                            {archive, [{MainFile, Main}, {HelpFile, Help}], []}]),
    {ok, Beam} = escript:create(binary, [shebang, {beam, whole()}]),
    ok = file:write_file(filename:join(Folder, "archive.escript"), Archive),
    ok = file:write_file(filename:join(Folder, "beam.escript"), Beam).

whole() ->
    {ok, Tokens, _} = erl_scan:string("-module(whole). -export([main/1]). main(As) -> io:format(\"~p~n\", [{whole, As}])."),
    {ok, _, Code} = compile:forms(forms(Tokens, []), [deterministic]),
    Code.

forms([], []) -> [];
forms(Tokens, []) ->
    {Form, [Dot | Rest]} = lists:splitwith(fun(T) -> element(1, T) =/= dot end, Tokens),
    {ok, Parsed} = erl_parse:parse_form(Form ++ [Dot]),
    [Parsed | forms(Rest, [])].
