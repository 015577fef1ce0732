%% Many values live over tries, nested tries and loops of tries: in registers, on the stack, floats, bit contexts, with
%% collections everywhere.
-module(exceptions_live).
-export([start/0, id/1, crash/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{twelve, twelve(id(1), id(2))},
     {nested_three, [caught(fun() -> nested(id(N)) end) || N <- [1, 2, 3, 4]]},
     {loop_carried, carried(id(300), 0, [], #{})},
     {rebound, [rebound(id(X)) || X <- [ok, throw, error]]},
     {bits, [bits(id(B)) || B <- [<<1, 2, 3, 4>>, <<0, 2, 3>>, <<7>>]]},
     {float_state, floats(id(10), 1.0, 0.0)},
     {big_state, bigs(id(20), 1, 0)},
     {fun_in_try, in_fun(id([3, 0, a]))},
     {list_of_tries, [try f(X) catch C:R -> {C, R} end || X <- [1, 2, 3, 4, 5]]},
     {tries_as_arguments, {try f(2) catch _:A -> A end, try f(3) catch _:B -> B end, try f(4) catch _:D -> D end}},
     {after_and_state, states(id(8), [])},
     {deep_mixed, mixed(id(30))},
     {tail_call_from_handler, tail(id(2000), 0)},
     {tail_call_from_of, tail_of(id(2000), 0)},
     {body_recursion_in_try, length(body(id(200)))},
     {apply_in_try, [try apply(?MODULE, crash, [X]) catch C:R -> {C, R} end || X <- [a, 1]]}].

crash(X) -> X + 1.

f(1) -> one;
f(2) -> throw(two);
f(3) -> error(three);
f(4) -> exit(four);
f(_) -> hd(id([])).

twelve(A, B) ->
    C = A + B, D = [A, B], E = {C, D}, F = C * 1.5, G = <<C>>, H = #{A => B}, I = 1 bsl (60 + C), J = fun() -> {A, E} end, K = [D | E], L = -C,
    try
        garbage(100), throw({K, H})
    catch
        throw:{K2, H2} -> garbage(100), {A, B, C, D, E, F, G, H, I, J(), K, L, K2 =:= K, H2 =:= H}
    end.

nested(N) ->
    A = [N],
    try
        B = {A, N},
        try
            C = {B, f(id(N))},
            try f(id(N + 1)) of V -> {C, V} catch exit:X -> garbage(20), {inner, X, C, B, A} end
        catch
            error:Y -> garbage(20), throw({middle, Y, B})
        end
    catch
        throw:Z -> {outer, Z, A}
    end.

carried(0, S, L, M) -> {S, length(L), M};
carried(N, S, L, M) ->
    {S2, L2, M2} =
        try
            case N rem 5 of
                0 -> throw({S, [N | L]});
                1 -> {S + N, L, M#{one => N}};
                2 -> error({M, N});
                _ -> {S, [{N, S} | L], M}
            end
        catch
            throw:{X, Y} -> {X + 1, Y, M};
            error:{X, Y} -> garbage(5), {S, L, X#{two => Y}}
        end,
    carried(N - 1, S2, L2, M2).

rebound(W) ->
    X = id([1]),
    Y = try case W of ok -> {X, a}; throw -> throw({X, b}); error -> error({X, c}) end catch _:{Z, T} -> garbage(10), [Z, T, X] end,
    {X, Y}.

bits(<<A, R/bits>> = B) ->
    try <<C:16, D/bits>> = R, {100 div A, C, D, B} catch error:{badmatch, S} -> {short, S, R, B}; error:badarith -> <<E, _/bits>> = R, {zero, E, B} end.

floats(0, A, B) -> {A, B};
floats(N, A, B) ->
    C = A * 1.5 + B,
    D = try if N rem 2 =:= 0 -> throw(C); true -> C / (B * 0.0) end catch throw:X -> X - 1.0; error:badarith -> B + 0.25 end,
    floats(N - 1, C, D).

bigs(0, A, B) -> {A, B};
bigs(N, A, B) ->
    C = A * 12345678901,
    D = try if N rem 2 =:= 0 -> throw({C, B}); true -> C div (N band 1 - 1) end catch throw:{X, Y} -> X + Y; error:badarith -> C - B end,
    bigs(N - 1, C, D).

in_fun(L) ->
    T = {kept, L},
    [(fun(X) -> try {10 div X, T} catch error:R -> {R, X, T} end end)(X) || X <- L].

states(0, Acc) -> Acc;
states(N, Acc) ->
    A = {N, length(Acc)},
    R = try try f(N rem 5) catch throw:X -> {t, X, A} after put(N, A) end catch C:E -> {C, E, get(N)} end,
    erase(N),
    states(N - 1, [R | Acc]).

mixed(0) -> throw(ground);
mixed(N) ->
    A = {N},
    try mixed(N - 1) of X -> [A | X] catch throw:R -> if N rem 10 =:= 0 -> throw({R, A}); N rem 7 =:= 0 -> garbage(30), [R, A]; true -> throw(R) end end.

tail(0, A) -> A;
tail(N, A) -> try throw(N) catch throw:X -> tail(X - 1, A + X) end.

tail_of(0, A) -> A;
tail_of(N, A) -> try id(N) of X -> tail_of(X - 1, A + X) catch _:_ -> wrong end.

body(0) -> [];
body(N) -> try [N | body(N - 1)] catch _:_ -> [] end.

caught(F) -> try F() catch C:R -> {C, R} end.

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
