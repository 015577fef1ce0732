%% List comprehensions: several generators, filters, patterns that skip, nesting, values from outside.
-module(list_comprehensions).
-export([start/0, id/1]).

start() ->
    L = id([1, 2, 3, 4]),
    Offset = id(1000),
    [{map, [X * X + Offset || X <- L]},
     {filter, [X || X <- L, X rem 2 =:= 0]},
     {product, [{X, Y} || X <- L, Y <- [a, b]]},
     {dependent, [{X, Y} || X <- L, Y <- L, X < Y]},
     {pattern, [V || {ok, V} <- [{ok, 1}, error, {ok, 2}, {error, 3}, {ok, 4, 5}]]},
     {guard_fails, [X || X <- [1, a, [], {}], X > 0, hd(X) =:= a]},
     {boolean_call, [X || X <- L, odd(X)]},
     {nested, [[X * Y || Y <- L] || X <- L]},
     {in_generator, [Y || Y <- [X + 1 || X <- L], Y > 2]},
     {shadowed, [L || L <- L, L > 2]},
     {empty, [X || X <- [], X]},
     {no_generator, [x || id(true)] ++ [y || id(false)]},
     {pythagoras, [{A, B, C} || A <- seq(1, 20), B <- seq(A, 20), C <- seq(B, 20), A * A + B * B =:= C * C]},
     {primes, sieve(seq(2, 60))},
     {permutations, permutations([a, b, c])},
     {from_binary, [B * 3 || <<B>> <= <<1, 2, 3, 200>>]},
     {matched, [{A, T} || [A | T] <- [[1], [2, 3], [], x, [4 | 5]]]},
     {bad_generator, try [X || X <- id(nope)] of V -> V catch error:R -> R end},
     {improper_generator, try [X || X <- id([1 | 2])] of V -> V catch error:R -> R end},
     {bad_filter, try [X || X <- L, id(maybe_so)] of V -> V catch error:R -> R end}].

odd(X) -> X band 1 =:= 1.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sieve([]) -> [];
sieve([P | Rest]) -> [P | sieve([X || X <- Rest, X rem P =/= 0])].

permutations([]) -> [[]];
permutations(L) -> [[H | T] || H <- L, T <- permutations(L -- [H])].

id(X) -> X.
