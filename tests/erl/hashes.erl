%% phash2 must give the documented values for every type: they are stored in files by applications.
-module(hashes).
-export([start/0, id/1]).

start() ->
    [{small, [erlang:phash2(id(X)) || X <- [0, 1, -1, 42, 134217727, 134217728, -134217728, -134217729, 1 bsl 31, 1 bsl 32]]},
     {words, [erlang:phash2(id(X)) || X <- [1 bsl 59, (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 60, 1 bsl 63, (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 64), 1 bsl 200]]},
     {atoms, [erlang:phash2(id(X)) || X <- [a, ok, undefined, '', 'a longer atom with spaces in it']]},
     {lists, [erlang:phash2(id(X)) || X <- [[], [1], [1, 2, 3], [a | b], [[]], [256, 1], [1000, a, [2]]]]},
     {text, [erlang:phash2(id(X)) || X <- ["a", "abc", "a string of some length"]]},
     {tuples, [erlang:phash2(id(X)) || X <- [{}, {1}, {a, b}, {{}}, {1, [2, {3}]}]]},
     {binaries, [erlang:phash2(id(X)) || X <- [<<>>, <<1>>, <<"abc">>, <<"twelve bytes">>, <<"more than twelve bytes">>, <<5:3>>, <<1, 2, 3:4>>]]},
     {floats, [erlang:phash2(id(X)) || X <- [0.0, 1.0, -1.5, 1.0e100]]},
     {maps, [erlang:phash2(id(X)) || X <- [#{}, #{a => 1}, #{1 => a, 2 => b}]]},
     {order_in_maps, erlang:phash2(#{1 => a, 2 => b, id(3) => c}) =:= erlang:phash2(#{id(3) => c, 2 => b, 1 => a})},
     {range, [erlang:phash2(id(X), R) || X <- [a, 1, "x"], R <- [1, 2, 10, 1000, 1 bsl 32]]},
     {large_map, erlang:phash2(build(id(100), #{}))},
     {external_fun, erlang:phash2(fun lists:map/2) =:= erlang:phash2(fun lists:map/2)},
     {long_list, erlang:phash2(seq(1, id(10000)))},
     {equal_terms, erlang:phash2(id({1, [a]})) =:= erlang:phash2({1, [a]})},
     {errors, [caught(F) || F <- [fun() -> erlang:phash2(a, id(0)) end, fun() -> erlang:phash2(a, id(x)) end]]}].

build(0, M) -> M;
build(N, M) -> build(N - 1, M#{N => {N}}).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
