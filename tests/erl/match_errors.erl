%% What is raised when no clause matches: badmatch, case_clause, if_clause, try_clause, function_clause, badrecord,
%% each with terms made in different ways.
-module(match_errors).
-export([start/0, id/1, clauses/2]).

-record(rec, {f}).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Big = id(1 bsl 70),
    [{badmatch, [caught(fun() -> {ok, V} = id(X), V end) || X <- [{ok, 1}, {ok}, ok, [ok], 1.5, Big, #{ok => 1}, <<1>>]]},
     {badmatch_bound, caught(fun() -> A = id(1), A = id(1.0) end)},
     {badmatch_built, caught(fun() -> A = id(z), [_ | A] = id([x | y]) end)},
     {badmatch_list, caught(fun() -> [A, A] = id([1, 2]) end)},
     {badmatch_literal, caught(fun() -> {a, [b, "c"]} = id({a, [b, "d"]}) end)},
     {badmatch_map, caught(fun() -> #{a := X} = id(#{b => 1}), X end)},
     {badmatch_bits, caught(fun() -> <<X:16>> = id(<<1>>), X end)},
     {badmatch_float, caught(fun() -> 0.5 = id(0.25) * 1 end)},
     {case_clause, [caught(fun() -> in_case(X) end) || X <- [a, b, {b, 1}, {b, Big}, "text", 0.0, [a | b]]]},
     {if_clause, [caught(fun() -> in_if(X) end) || X <- [1, 5, a, Big]]},
     {try_clause, [caught(fun() -> in_try(X) end) || X <- [ok, {value, 7}, {other, 7}, Big, throw, error]]},
     {function_clause, [caught(fun() -> clauses(X, y) end) || X <- [x, 1, {Big}]]},
     {fun_clause, [caught(fun() -> (id(fun(a) -> 1; ({b, Y}) when Y > 1 -> Y end))(X) end) || X <- [a, b, {b, 1}, {b, Big}]]},
     {badrecord, [caught(fun() -> (id(X))#rec.f end) || X <- [#rec{f = 1}, {rec}, {rec, 1, 2}, rec, Big]]},
     {computed_badmatch, caught(fun() -> F = id(2.5), 6.0 = F * 2 end)},
     {computed_case, caught(fun() -> case id(7) * id(3) of 20 -> ok end end)},
     {bool_case, [caught(fun() -> case id(X) of true -> 1; false -> 2 end end) || X <- [true, false, maybe_, 1]]},
     {and_also, [caught(fun() -> id(X) andalso id(Y) end) || X <- [true, false, other, 0], Y <- [17]]},
     {or_else, [caught(fun() -> id(X) orelse id(Y) end) || X <- [true, false, other, []], Y <- [17]]},
     {strict_and, [caught(fun() -> id(X) and id(Y) end) || {X, Y} <- [{true, false}, {true, x}, {y, true}, {false, 1}]]},
     {strict_not, [caught(fun() -> not id(X) end) || X <- [true, false, x, 0]]},
     {in_middle, caught(fun() -> [begin {a, Z} = id(E), Z end || E <- [{a, 1}, {a, 2}, {c, 3}, {a, 4}]] end)},
     {args_of_clause, trace_args(fun() -> clauses(id({1, [2]}), id(Big)) end)}].

in_case(X) -> case X of a -> 1; {b, N} when is_integer(N), N < 10 -> N end.

in_if(X) -> if X =:= 1 -> one; X > 10, is_integer(X) -> big end.

in_try(X) ->
    try
        case X of throw -> throw(thrown); error -> error(raised); _ -> id(X) end
    of
        ok -> fine;
        {value, V} -> V
    catch
        throw:T -> {caught, T}
    end.

clauses(a, _) -> 1;
clauses({A}, {A}) -> 2.

trace_args(F) ->
    try F() catch error:R:T -> [{M, N, A, _} | _] = T, {R, M, N, A} end.

caught(F) -> try F() catch C:R -> {C, R} end.

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
