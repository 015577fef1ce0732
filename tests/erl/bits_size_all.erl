%% Sizes of bitstring segments that are computed: the atom that stands for everything in code is no size.
-module(bits_size_all).
-export([start/0, id/1]).

start() ->
    A = id(all), B = id(<<1, 2, 3>>), S = id(8),
    [{first, t(fun() -> <<B:A/bitstring>> end)}, {bytes, t(fun() -> <<B:A/binary, 1>> end)},
     {second, t(fun() -> <<B:S/bitstring, B:A/bitstring>> end)}, {integer, t(fun() -> <<1:A>> end)},
     {grow, t(fun() -> grow(id(<<>>), A, 3) end)}, {fine, t(fun() -> grow(id(<<>>), id(0), 3) end)},
     {loop, t(fun() -> << <<B:A/binary>> || _ <- [1, 2] >> end)}, {plain, <<B/binary, B:S/bitstring, B/bitstring>>},
     {other, [t(fun() -> <<B:(id(X))/binary>> end) || X <- [2, 3, 4, -1, 1.0, [], 1 bsl 70, undefined]]}].

id(X) -> X.

t(F) ->
    try F() catch C:R -> {C, R} end.

grow(Bin, _, 0) -> Bin;
grow(Bin, Size, N) -> grow(<<Bin:Size/binary, N>>, Size, N - 1).
