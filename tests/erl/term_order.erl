%% The order over all types: number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring.
-module(term_order).
-export([start/0, id/1]).

start() ->
    Terms = terms(),
    [{sorted, [name(T) || T <- sort(Terms)]},
     {matrix, [[sign(A, B) || B <- Terms] || A <- Terms]},
     {tuples, sort([{1, 2, 3}, {3}, {}, {2, 1}, {1, 2}, {a}, {1, 9, 0}, {{}}])},
     {lists, sort([[3], [1, 2], [], [1], [1 | 2], [a], [[]], [1, 2, 3], [1 | a]])},
     {atoms, sort([b, aa, a, '', 'A', ab, zz, z, 'a b'])},
     {binaries, sort([<<1, 2>>, <<>>, <<2>>, <<1>>, <<1, 2, 3>>, <<1:4>>, <<130>>, <<1, 2:4>>])},
     {numbers, sort([1, 1.5, -3, 1 bsl 70, -1.0e10, 0, 1.0e30, -(1 bsl 70)])},
     {maps, [maps_sign(A, B) || A <- flat_maps(), B <- flat_maps()]},
     {nested, {{[1], #{}} < id({[1.0], #{a => 1}}), [{a, <<1>>}] > id([{a, <<>>}]), {1, [2, {3}]} == id({1, [2, {3.0}]})}}].

terms() ->
    Self = self(),
    [id(17), 2.5, 1 bsl 80, atom, make_ref(), fun() -> Self end, Self, {}, {1}, {0, 0}, #{}, #{a => 1}, [], [a], [a, b], <<>>, <<3>>, <<1:1>>].

name(T) when is_reference(T) -> reference;
name(T) when is_function(T) -> function;
name(T) when is_pid(T) -> pid;
name(T) -> T.

flat_maps() ->
    [id(#{}), #{a => 1}, #{a => 2}, #{b => 1}, #{1 => 1}, #{1.0 => 1}, #{a => 1, b => 1}, #{1 => b, 2 => a}].

maps_sign(A, B) -> sign(A, B).

sign(A, B) when A < B -> -1;
sign(A, B) when A > B -> 1;
sign(A, B) when A == B -> 0.

sort([]) -> [];
sort([H | T]) -> insert(H, sort(T)).

insert(X, [Y | Rest]) when X > Y -> [Y | insert(X, Rest)];
insert(X, Rest) -> [X | Rest].

id(X) -> X.
