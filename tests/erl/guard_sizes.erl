%% byte_size, bit_size, tuple_size, map_size, length, size and element as values and in guards, for all kinds of terms
%% and at the edges.
-module(guard_sizes).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Xs = [<<>>, <<1>>, <<1:1>>, <<1:7>>, <<1:9>>, <<0:800>>, {}, {1}, #{}, #{a => 1}, [], [1], [1 | 2], a, 1, 1.5, 1 bsl 70],
    [{byte_size, [caught(fun() -> byte_size(id(X)) end) || X <- Xs]},
     {bit_size, [caught(fun() -> bit_size(id(X)) end) || X <- Xs]},
     {tuple_size, [caught(fun() -> tuple_size(id(X)) end) || X <- Xs]},
     {map_size, [caught(fun() -> map_size(id(X)) end) || X <- Xs]},
     {length, [caught(fun() -> length(id(X)) end) || X <- Xs]},
     {size, [caught(fun() -> size(id(X)) end) || X <- Xs]},
     {in_guards, [kind(id(X)) || X <- Xs]},
     {arithmetic, [sum(id(X)) || X <- [<<1, 2>>, {1, 2, 3}, "abcd", #{a => 1}]]},
     {compared, [larger(id(X), id(Y)) || {X, Y} <- [{<<1, 2>>, {1}}, {{1}, <<1, 2>>}, {"ab", "ab"}, {a, b}]]},
     {parts, (fun() -> <<_:3, B/bits>> = <<1, 2, 3>>, <<C:2/binary, D/bits>> = B, {bit_size(B), byte_size(B), byte_size(C), bit_size(D)} end)()},
     {part_in_guard, [part(id(X)) || X <- [<<"abc">>, <<"ab">>, <<"xbc">>, a, <<1:17>>]]},
     {float_in_guard, [whole(id(X)) || X <- [1, 1.0, 1.5, -2.0, 1.0e300, a]]},
     {abs_in_guard, [between(id(X)) || X <- [0, 1, 5, 9, 10, a]]}].

kind(X) when byte_size(X) =:= 0 -> empty_bits; kind(X) when bit_size(X) rem 8 =/= 0 -> odd_bits; kind(X) when byte_size(X) < 50 -> short; kind(X) when tuple_size(X) =:= 1 -> single; kind(X) when map_size(X) > 0 -> map;
kind(X) when length(X) =:= 1 -> list1; kind(X) when size(X) =:= 0 -> empty; kind(X) when is_list(X), length(X) >= 0 -> list; kind(X) when length(X) < 0 -> never; kind(_) -> none.

sum(X) when byte_size(X) + 1 > 0 -> byte_size(X) * 8 - bit_size(X); sum(X) when tuple_size(X) * 2 =:= 6 -> tuple_size(X) bsl 60; sum(X) when length(X) - 1 =:= 3 -> -length(X); sum(X) -> map_size(X) / 2.

larger(X, Y) when byte_size(X) > tuple_size(Y) -> bytes; larger(X, Y) when tuple_size(X) < byte_size(Y) -> tuple; larger(X, Y) when length(X) =:= length(Y) -> same; larger(_, _) -> none.

part(X) when binary_part(X, 1, 2) =:= <<"bc">>, binary_part(X, 0, 1) =:= <<"a">> -> abc; part(X) when binary_part(X, byte_size(X), -2) =:= <<"bc">> -> ends; part(X) when binary_part(X, {0, 2}) =:= <<"ab">> -> ab; part(_) -> none.

whole(X) when trunc(X) == X, is_float(X) -> whole_float; whole(X) when round(X) =:= X -> integer; whole(X) when floor(X) < X, ceil(X) > X -> fraction; whole(_) -> none.

between(X) when X =< 1, abs(X) < 2 -> low; between(X) when is_number(X), abs(X) >= 9 -> high; between(X) when abs(X - 5) =:= 0 -> middle; between(_) -> other.

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
