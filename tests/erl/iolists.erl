%% I/O lists of every shape, with what is none; subtraction of lists, short and long.
-module(iolists).
-export([start/0, id/1]).

start() ->
    Big = binary:copy(<<"0123456789">>, 100),
    Shapes = [[], [[]], [[[]] | []], <<>>, <<"a">>, [1, 2, 3], [[1], [2, [3, [4]]]], [<<"a">>, $b, [<<"c">> | <<"d">>] | <<"e">>], [[] | <<"x">>], [[[[[<<"y">>]]]], []], [Big, [Big, 0] | Big],
              <<1:3>>, [<<1:3>>], [1 | <<1:3>>], [<<1:3>>, 255, <<2:5>>], [-1], [256], [a], [1 | 2], [1 | a], a, 1, [[1 | 2]], [1.0], [1, [2, {}]], [16#ffffffffffffffffff], "abc", [$a | "bc"],
              binary_part(Big, 3, 5), [binary_part(Big, 3, 500), 7]],
    Deep = lists:foldl(fun(N, L) -> [L, N band 255] end, [], lists:seq(1, 100000)),
    Right = lists:foldl(fun(N, L) -> [N band 255, <<N:16>> | L] end, <<"end">>, lists:seq(1, 100000)),
    [{shapes, [[short(caught(fun() -> F(id(S)) end)) || F <- [fun erlang:iolist_size/1, fun erlang:iolist_to_binary/1, fun erlang:list_to_binary/1, fun erlang:list_to_bitstring/1]] || S <- Shapes]},
     {deep, iolist_size(Deep), erlang:crc32(iolist_to_binary(Deep)), erlang:crc32(list_to_bitstring(Deep))},
     {right, iolist_size(Right), erlang:crc32(iolist_to_binary(Right))},
     {subtract, [caught(fun() -> id(A) -- id(B) end)
                 || {A, B} <- [{[a, b, c], foo}, {[a, b, c], [c, a | foo]}, {foo, [a]}, {[a | b], [a]}, {[a, b, c, a, b, c], [a, c]}, {[a, b, c, a, b, c], [c, b, a, a, b, c]}, {[], [a, b, c]}, {[a, b, c], []}, {[1, 1.0, 2], [1.0, 2.0]},
                               {lists:seq(1001, 1040), lists:seq(1040, 1005, -1)}, {lists:seq(1001, 1010), lists:seq(1001, 1100)}, {[[1], [2], [1]], [[1], [3]]}, {[{a, 1}, {a, 2}], [{a, 2}]}]]},
     {long, length(lists:seq(1, 30000) -- lists:seq(5, 29000)), lists:seq(1001, 4000) -- lists:seq(4000, 1004, -1), lists:sum(dup(20000) -- lists:seq(1, 99))}].

id(X) -> X.

dup(N) -> [I rem 100 || I <- lists:seq(1, N)].

short(B) when is_binary(B) -> {byte_size(B), erlang:crc32(B)};
short(B) when is_bitstring(B) -> {bit_size(B), erlang:phash2(B)};
short(X) -> X.

caught(F) -> try F() catch C:E -> {C, E} end.
