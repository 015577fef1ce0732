%% Funs: captured values, funs that return funs, named recursion, funs in data, as arguments, compared.
-module(funs_closures).
-export([start/0, id/1]).

start() ->
    A = id(10),
    B = id([x]),
    Add = fun(X) -> X + A end,
    Pair = fun(X, Y) -> {X, Y, A, B} end,
    Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    Counter = counter(id(5)),
    [{capture, {Add(1), Add(2)}},
     {capture_many, Pair(1, 2)},
     {no_capture, (fun() -> constant end)()},
     {curried, (((curry())(1))(2))(3)},
     {named, Fact(id(20))},
     {named_captures, (fun Loop(0, Acc) -> {A, Acc}; Loop(N, Acc) -> Loop(N - 1, Acc + A) end)(5, 0)},
     {local, map(fun double/1, [1, 2, 3])},
     {composed, (compose([Add, fun double/1, fun(X) -> -X end]))(5)},
     {fold, fold(fun(X, Acc) -> [X | Acc] end, [], [1, 2, 3])},
     {in_data, [F(3) || F <- [Add, fun double/1, fun(X) -> {X} end]]},
     {in_tuple, (element(2, id({ignored, Add})))(100)},
     {clauses, [(classify())(X) || X <- [1, -1, a, {pair, 2}, []]]},
     {nested_scopes, nested(id(1))},
     {counter, {Counter(), Counter()}},
     {equal, {Add =:= Add, id(fun double/1) =:= id(fun double/1), Add =:= Pair, counter(5) =:= counter(6)}},
     {same_environment, make(id(3)) == make(id(3))},
     {many_captures, many(id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8))},
     {deep_recursion_through_funs, (y(fun(Self) -> fun(0) -> 0; (N) -> 1 + Self(N - 1) end end))(id(10000))},
     {called_often, repeat(Add, id(100000), 0)}].

double(X) -> X * 2.

counter(N) -> fun() -> N + 1 end.

make(N) -> fun(X) -> X * N end.

curry() -> fun(X) -> fun(Y) -> fun(Z) -> {X, Y, Z} end end end.

compose([]) -> fun(X) -> X end;
compose([F | Rest]) -> G = compose(Rest), fun(X) -> G(F(X)) end.

map(_, []) -> [];
map(F, [H | T]) -> [F(H) | map(F, T)].

fold(_, Acc, []) -> Acc;
fold(F, Acc, [H | T]) -> fold(F, F(H, Acc), T).

classify() ->
    fun(X) when is_integer(X), X > 0 -> positive;
       (X) when is_integer(X) -> negative;
       ({pair, Y}) -> {pair, Y};
       (_) -> other
    end.

nested(X) ->
    F = fun(Y) ->
        G = fun(Z) -> X + Y + Z end,
        {G(10), G(20), Y}
    end,
    {F(2), F(3), X}.

many(A, B, C, D, E, F, G, H) ->
    Fun = fun(X, Y) -> {A, B, C, D, E, F, G, H, X, Y} end,
    Fun(id(x), id(y)).

y(F) -> fun(N) -> ((F)(y(F)))(N) end.

repeat(_, 0, Acc) -> Acc;
repeat(F, N, Acc) -> repeat(F, N - 1, (F(Acc)) band 16#FFFF).

id(X) -> X.
