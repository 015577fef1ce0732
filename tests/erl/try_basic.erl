%% try with of, catch of every class, after; the old catch expression; values and bindings that come out.
-module(try_basic).
-export([start/0, id/1]).

start() ->
    [{classes, [run(A) || A <- [value, throw, exit, error, error_args, badmatch, badarith]]},
     {of_clauses, [of_clauses(X) || X <- [{ok, 1}, {error, r}]]},
     {try_clause, try of_clauses(other) catch error:R -> R end},
     {reason_patterns, [patterns(R) || R <- [{code, 1}, {code, 2}, [a], atom, "s"]]},
     {catch_expression, [catch_expr(A) || A <- [value, throw, exit]]},
     {catch_error, element(1, element(2, catch_expr(badarith)))},
     {after_value, after_value()},
     {after_order, after_order()},
     {of_not_protected, of_not_protected()},
     {no_match_passes_on, no_match()},
     {nested, nested()},
     {class_variable, [class_of(A) || A <- [throw, exit, error]]},
     {guarded, [guarded(N) || N <- [1, -1, a]]},
     {in_arguments, {catch_number(1), catch_number(0), catch_number(a)}},
     {value_used_later, used_later(id(5))},
     {loop, loop(id(1000), 0, 0)},
     {throw_from_fun, try each(fun(X) when X > 2 -> throw({found, X}); (_) -> ok end, [1, 2, 3, 4]) catch throw:T -> T end}].

act(value) -> 42;
act(throw) -> throw(ball);
act(exit) -> exit(done);
act(error) -> error(wrong);
act(error_args) -> error(wrong, [a, b]);
act(badmatch) -> 1 = id(2);
act(badarith) -> id(a) + 1.

run(A) ->
    try act(A) of
        V -> {value, V}
    catch
        throw:R -> {throw, R};
        exit:R -> {exit, R};
        error:R -> {error, R}
    end.

of_clauses(X) ->
    try id(X) of
        {ok, V} -> {good, V};
        {error, R} -> {bad, R}
    catch
        error:E -> E
    after
        done
    end.

patterns(R) ->
    try
        throw(R)
    catch
        {code, 1} -> one;
        {code, N} -> {code, N};
        [_ | _] = L -> {list, length(L)};
        A when is_atom(A) -> A
    end.

catch_expr(A) -> catch act(A).

after_value() ->
    try act(value) after act(value) + 1 end.

after_order() ->
    put(order, []),
    R = try
        try note(body), act(throw) after note(inner) end
    catch
        throw:_ -> note(handler)
    after
        note(outer)
    end,
    {R, lists:reverse(get(order))}.

note(X) -> put(order, [X | get(order)]), X.

of_not_protected() ->
    try
        try id(1) of
            1 -> throw(from_of)
        catch
            throw:_ -> caught_inside
        end
    catch
        throw:R -> {outside, R}
    end.

no_match() ->
    try
        try act(exit) catch error:_ -> wrong_class; exit:other -> wrong_reason end
    catch
        exit:R -> {passed_on, R}
    end.

nested() ->
    try
        try act(throw) catch throw:B -> error({again, B}) end
    catch
        error:{again, X} -> try exit(X) catch exit:Y -> {third, Y} end
    end.

class_of(A) -> try act(A) catch C:_ -> C end.

guarded(N) ->
    try
        throw(N)
    catch
        X when X > 0, is_integer(X) -> positive;
        X when is_integer(X) -> negative;
        _ -> not_integer
    end.

catch_number(X) -> 1 + (try 10 div X catch error:badarith -> -1 end) * 2.

used_later(X) ->
    Y = X * 2,
    Z = try act(throw) catch throw:_ -> Y + 1 end,
    {X, Y, Z}.

loop(0, Caught, Fine) -> {Caught, Fine};
loop(N, Caught, Fine) ->
    try id(1000) div (N rem 3) of
        _ -> loop(N - 1, Caught, Fine + 1)
    catch
        error:badarith -> loop(N - 1, Caught + 1, Fine)
    end.

each(_, []) -> none;
each(F, [H | T]) -> F(H), each(F, T).

id(X) -> X.
