%% `linac eval`: OTP's scanner, parser and evaluator over the expressions of a text, answers as the shell gives them.
-module(linac_eval).
-export([main/1]).

%% Evaluates one command after the other, each ended by a full stop, and prints their values. The first that fails
%% ends it. Gives the exit status.
main([Text]) ->
    commands(Text, erl_anno:new({1, 1}), erl_eval:new_bindings()).

commands(Text, Location, Bindings) ->
    case erl_scan:tokens([], Text, Location, [text]) of
        {done, {ok, Tokens, End}, Rest} ->
            case command(Tokens, Bindings) of
                {ok, _} when Rest =:= [] -> 0;
                {ok, Bindings1} -> commands(Rest, End, Bindings1);
                error -> 1
            end;
        {done, {error, Error, _}, _} -> benign(Error);
        {done, {eof, _}, _} -> 0;
        {more, _} ->
            case erl_scan:string(Text, Location) of
                {ok, [], _} -> 0;
                {ok, Tokens, End} ->
                    % The full stop at the very end may be left out.
                    Full = case lists:last(Tokens) of
                               {dot, _} -> Tokens;
                               _ -> Tokens ++ [{dot, End}]
                           end,
                    case command(Full, Bindings) of
                        {ok, _} -> 0;
                        error -> 1
                    end;
                {error, Error, _} -> benign(Error)
            end
    end.

command(Tokens, Bindings) ->
    case erl_parse:parse_exprs(Tokens) of
        {ok, Expressions} ->
            case erl_eval:check_command(Expressions, Bindings) of
                ok -> evaluate(Expressions, Bindings);
                {error, Error} -> benign(Error), error
            end;
        {error, Error} -> benign(Error), error
    end.

evaluate(Expressions, Bindings) ->
    try erl_eval:exprs(Expressions, Bindings, {eval, fun no_command/3}) of
        {value, Value, Bindings1} ->
            io:put_chars([io_lib:format("~tp", [Value]), $\n]),
            {ok, Bindings1}
    catch
        Class:Reason:Stack ->
            report(Class, Reason, Stack),
            error
    end.

no_command(Name, Arguments, _) ->
    erlang:error({shell_undef, Name, length(Arguments), []}).

%% What is wrong with the text, as the shell says it.
benign({Location, Module, What}) ->
    io:format(standard_error, "* ~ts~ts~n", [position(Location), Module:format_error(What)]),
    1.

position({Line, Column}) -> io_lib:format("~w:~w: ", [Line, Column]);
position(Line) when is_integer(Line) -> io_lib:format("~w: ", [Line]);
position(Anno) ->
    case catch erl_anno:location(Anno) of
        Location when is_integer(Location); is_tuple(Location), tuple_size(Location) =:= 2 -> position(Location);
        _ -> ""
    end.

%% What an exception is, as the shell says it.
report(Class, Reason, Stack) ->
    Tag = "** ",
    Own = fun(Module, _, _) -> Module =:= erl_eval orelse Module =:= ?MODULE end,
    Print = fun(Term, Column) ->
                io_lib_pretty:print(Term, [{column, Column}, {line_length, 80}, {depth, 30}, {line_max_chars, 60},
                                           {encoding, unicode}])
            end,
    Text = erl_error:format_exception(length(Tag) + 1, Class, Reason, Stack, Own, Print, unicode),
    io:put_chars(standard_error, [Tag, Text, $\n]).
