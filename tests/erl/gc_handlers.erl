%% Values needed in catch and after blocks and behind them survive collections inside of the protected part.
-module(gc_handlers).
-export([start/0, id/1]).

start() ->
    [{one, one(id(3))},
     {many, many(id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8))},
     {nested, nested(id(5))},
     {in_loop, loop(id(300), {start, []}, 0)},
     {after_block, after_block(id(9))},
     {through_frames, through(id(500))},
     {reason_is_big, reason_is_big()},
     {old_catch, old_catch(id(4))},
     {changed_in_body, changed(id(10))},
     {raised_by_collecting_bif, raised(id(200))},
     {trace_kept, trace_kept(id(6))},
     {floats_and_bigs, numbers(id(2.5), id(1 bsl 90))},
     {handler_allocates, handler_allocates(id(200), [])}].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

fail(What) -> garbage(3000), throw(What).

one(N) ->
    A = {N, [N]},
    try
        fail(A)
    catch
        throw:B -> {A, B, A =:= B}
    end.

many(A, B, C, D, E, F, G, H) ->
    P = {A, B},
    Q = [C, D],
    R = {E, [F]},
    S = [{G}, H],
    try
        X = id({P, Q}),
        garbage(2000),
        Y = id([R, S]),
        fail({X, Y})
    catch
        throw:{{P, Q}, [R, S]} -> garbage(2000), {A, B, C, D, E, F, G, H, P, Q, R, S}
    end.

nested(N) ->
    A = [N],
    try
        B = {N, A},
        try
            C = [B, N],
            fail({C, A})
        catch
            throw:{X, A} -> garbage(1000), fail({X, B})
        end
    catch
        throw:{Y, Z} -> {Y, Z, A}
    end.

loop(0, Acc, Count) -> {Acc, Count};
loop(N, {Tag, Last} = Acc, Count) ->
    New = [N, Last],
    try
        case N rem 3 of
            0 -> garbage(100), Acc;
            1 -> fail(New);
            2 -> garbage(id(50)), error({bad, New})
        end
    of
        Acc -> loop(N - 1, {Tag, [N]}, Count)
    catch
        throw:[X | _] -> loop(N - 1, {Tag, [X]}, Count + 1);
        error:{bad, [X, _]} -> loop(N - 1, {Tag, {X}}, Count + 1)
    end.

after_block(N) ->
    A = {N},
    B = [A],
    R = try
        try fail(B) after garbage(1000), put(seen, {A, B}) end
    catch
        throw:T -> T
    end,
    {R, get(seen), A, B}.

through(N) ->
    A = [N, {N}],
    try down(N) catch throw:R -> {R, A} end.

down(0) -> fail({bottom, [1, 2]});
down(N) -> X = down(N - 1), [X, N].

reason_is_big() ->
    try fail(seq(1, id(20000))) catch throw:L -> garbage(1000), {length(L), sum(L, 0)} end.

old_catch(N) ->
    A = {N, N},
    X = (catch fail([A])),
    garbage(1000),
    {X, A, (catch id({A, X}))}.

%% Variables bound in the body before the raise are not visible; the ones from outside keep their values.
changed(N) ->
    A = N + 1,
    B = try
        C = A * 2,
        garbage(C * 10),
        fail(C)
    catch
        throw:D -> A + D
    end,
    {A, B}.

raised(0) -> ok;
raised(N) ->
    L = seq(1, 30),
    badarg = try lists:reverse(L, []) ++ id(x), tuple_size(id(L)) catch error:R -> garbage(10), R end,
    30 = length(L),
    raised(N - 1).

trace_kept(N) ->
    try
        [deeper(N)]
    catch
        error:R:T ->
            garbage(5000),
            [{?MODULE, F, A, _} | _] = T,
            {R, F, A}
    end.

deeper(0) -> error({bottom, [0]});
deeper(N) -> 1 + deeper(N - 1).

numbers(F, B) ->
    G = F * 2,
    C = B + 1,
    try
        garbage(1000),
        H = G + 1.5,
        fail({H, C * 2})
    catch
        throw:{X, Y} -> {F, G, B, C, X, Y}
    end.

handler_allocates(0, Acc) -> {length(Acc), hd(Acc)};
handler_allocates(N, Acc) ->
    New = try fail({N, [N]}) catch throw:T -> [{T, seq(1, 10)} | Acc] end,
    handler_allocates(N - 1, New).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
