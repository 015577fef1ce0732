%% Binaries as data: literals, sizes, comparison, parts, splitting, conversion to and from lists.
-module(binaries).
-export([start/0, id/1]).

start() ->
    B = id(<<1, 2, 3, 4, 5>>),
    Long = list_to_binary(seq(0, id(199))),
    [{size, {byte_size(B), bit_size(B), size(B), byte_size(<<>>), byte_size(id(<<1:9>>)), bit_size(id(<<1:9>>))}},
     {part, {binary_part(B, 1, 3), binary_part(B, {5, -2}), binary_part(B, 5, 0), binary_part(B, 0, 5) =:= B}},
     {compare, [{X < Y, X =:= Y, X > Y} || {X, Y} <- [{<<>>, <<0>>}, {<<1>>, <<1, 0>>}, {<<2>>, <<1, 9>>}, {<<130>>, <<1>>}, {B, id(<<1, 2, 3, 4, 5>>)}]]},
     {compare_bits, [{X < Y, X =:= Y} || {X, Y} <- [{<<1:1>>, <<1>>}, {<<0:1>>, <<0:2>>}, {<<1:3>>, <<1:4>>}, {<<255, 1:1>>, <<255, 128>>}]]},
     {to_list, {binary_to_list(B), binary_to_list(B, 2, 3), bitstring_to_list(id(<<1, 2:3>>))}},
     {from_list, {list_to_binary([1, [2, <<3, 4>>], [[]], 5]), iolist_to_binary([<<1>>, 2 | <<3>>]), list_to_bitstring([<<4:3>>, <<2:5>>])}},
     {iolist_size, {iolist_size([1, [2, 3], <<4, 5>>]), iolist_size(<<>>), iolist_size([])}},
     {split, {split_binary(B, 2), split_binary(B, 0), split_binary(B, 5)}},
     {atoms, {atom_to_binary(id(abc)) =:= <<"abc">>, binary_to_atom(<<"xyz">>), binary_to_existing_atom(<<"ok">>, utf8)}},
     {integers, {binary_to_integer(<<"-123">>), binary_to_integer(<<"ff">>, 16), integer_to_binary(id(77)) =:= <<"77">>, integer_to_binary(id(-255), 16) =:= <<"-FF">>}},
     {long, {byte_size(Long), binary_part(Long, 130, 3), Long =:= list_to_binary(seq(0, 199)), Long < list_to_binary(seq(0, 200))}},
     {part_of_part, binary_part(binary_part(Long, 50, 100), 85, 4)},
     {kept_by_part, kept()},
     {many, many(id(2000))},
     {in_messages, in_messages(Long)},
     {match_literal, [kind(X) || X <- [<<>>, <<1>>, <<1, 2>>, <<"abc">>, a]]},
     {at, {binary:at(B, 0), binary:first(B), binary:last(B)}},
     {errors, [caught(F) || F <- [fun() -> binary_part(B, id(4), 2) end, fun() -> binary_part(B, id(-1), 1) end,
                                  fun() -> list_to_binary(id([256])) end, fun() -> list_to_binary(id([a])) end,
                                  fun() -> list_to_binary(id([1 | 2])) end, fun() -> split_binary(B, id(6)) end,
                                  fun() -> binary_to_list(id(<<1:3>>)) end, fun() -> binary_to_integer(id(<<"1x">>)) end,
                                  fun() -> binary_to_atom(id(<<200, 200>>)) end, fun() -> byte_size(id(x)) end]]}].

kind(<<>>) -> empty;
kind(<<1>>) -> one;
kind(<<"abc">>) -> abc;
kind(B) when is_binary(B), byte_size(B) > 1 -> {more, byte_size(B)};
kind(_) -> other.

kept() ->
    Part = binary_part(list_to_binary(seq(0, id(150))), 130, 3),
    garbage(20000),
    Part.

garbage(0) -> ok;
garbage(N) -> id({N, [N]}), garbage(N - 1).

many(N) -> sum([byte_size(list_to_binary([I band 255 || _ <- seq(1, 100)])) || I <- seq(1, N)], 0).

in_messages(B) ->
    Self = self(),
    Pids = [spawn(fun() -> receive X -> Self ! {self(), binary_part(X, I, 1)} end end) || I <- [0, 130, 150]],
    [P ! B || P <- Pids],
    [receive {P, X} -> X end || P <- Pids].

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
