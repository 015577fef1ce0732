%% Exceptions of all three classes are caught, passed on and cleaned up after; the last one is not
%% caught, so the program ends with its class, reason and stack trace.
-module(exceptions).
-export([start/0]).

start() ->
    erlang:display(classify(fun() -> fine end)),
    erlang:display(classify(fun() -> throw(ball) end)),
    erlang:display(classify(fun() -> exit(tired) end)),
    erlang:display(classify(fun() -> hd(id([])) end)),
    erlang:display(classify(fun() -> b = id(a) end)),
    erlang:display(catch throw(old_style)),
    erlang:display(ordered_cleanup()),
    ratio([{6, 3}, {1, 0}]).

classify(Fun) ->
    try Fun() of
        Value -> {value, Value}
    catch
        throw:Reason -> {thrown, Reason};
        exit:Reason -> {exited, Reason};
        error:Reason -> {failed, Reason}
    end.

%% `after` runs between the raise and the handler further out.
ordered_cleanup() ->
    put(steps, []),
    Class =
        try
            try
                step(body),
                throw(away)
            after
                step(cleanup)
            end
        catch
            C:away ->
                step(handler),
                C
        end,
    {Class, lists:reverse(get(steps))}.

step(What) ->
    put(steps, [What | get(steps)]).

ratio([]) ->
    [];
ratio([{A, B} | Rest]) ->
    [A div B | ratio(Rest)].

id(X) -> X.
