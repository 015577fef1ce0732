%% phash, which OTP's sets and dict still use: the values for every type.
-module(hashes_old).
-export([start/0, id/1]).

start() ->
    [{integers, [hash(X) || X <- [0, 1, -1, 255, 256, 4294967295, 4294967296, -(1 bsl 40), (1 bsl 59) - 1, -(1 bsl 59)]]},
     {bigs, [hash(X) || X <- [1 bsl 59, 1 bsl 60, (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 100), (1 bsl 96) + 5]]},
     {atoms, [hash(X) || X <- [a, '', hello_world]]},
     {floats, [hash(X) || X <- [0.0, 1.0, -1.5, 1.0e100]]},
     {bits, [hash(X) || X <- [<<>>, <<1, 2, 3>>, list_to_binary(seq(1, 100)), <<5:3>>, <<1, 2:4>>]]},
     {lists, [hash(X) || X <- [[], [1], [1, 2, 3], [a], [1, a, 2], [300, 1], [a | b], [1 | 2], [[]], [[1], 2], seq(1, 1000)]]},
     {tuples, [hash(X) || X <- [{}, {a}, {1, {2}}, {[], {}}]]},
     {maps, [hash(X) || X <- [#{}, #{a => 1}]]},
     {functions, hash(fun lists:map/2)},
     {range, [erlang:phash(id(a), R) || R <- [1, 2, 10, 1000]]},
     {deep, hash(deep(id(100000), []))},
     {errors, [try erlang:phash(a, id(R)) catch error:E -> E end || R <- [0, -1, x, (1 bsl 32) + 1]]}].

hash(X) -> erlang:phash(id(X), 1 bsl 32).

deep(0, X) -> X;
deep(N, X) -> deep(N - 1, [{X}]).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
