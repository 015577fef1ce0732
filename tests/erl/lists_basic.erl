%% Building and taking apart lists; the list functions of the erlang module; improper lists.
-module(lists_basic).
-export([start/0, id/1]).

start() ->
    L = id([1, 2, 3]),
    [{cons, [0 | L]},
     {hd_tl, {hd(L), tl(L)}},
     {length, {length([]), length(L), length(id([a | L]))}},
     {nested, [[L | L], [[]], [[[L]]]]},
     {append, {L ++ [4], [] ++ L, L ++ [], L ++ L, L ++ tail}},
     {append_chain, id([1]) ++ id([2]) ++ id([3, 4]) ++ []},
     {subtract, {L -- [2], L -- L, [1, 2, 1, 3, 1] -- id([1, 1]), L -- [x], [] -- L, [1, 1.0, 2] -- id([1.0])}},
     {improper, {id([1 | 2]), tl(id([1 | 2])), improper_sum(id([1, 2 | 3]))}},
     {own_reverse, reverse(L, [])},
     {own_map, double(L)},
     {own_zip, zip(L, [a, b, c])},
     {own_flatten, flatten([1, [2, [3, []], 4], [[[5]]]])},
     {match_two, match(L)},
     {match_kinds, [kind(X) || X <- [[], [1], [1, 2], [1, 2, 3], [1 | 2], a]]},
     {last, last(L)},
     {tuple_list, list_to_tuple(L ++ [x])},
     {equal, {L =:= id([1, 2, 3]), L == id([1.0, 2, 3]), L =:= id([1, 2])}},
     {long, sum(seq(id(1), 100000), 0)},
     {append_long, length(seq(id(1), 50000) ++ seq(1, 50000))},
     {subtract_long, seq(id(1), 3000) -- seq(4, 3000)}].

improper_sum([H | T]) -> H + improper_sum(T);
improper_sum(N) -> N.

reverse([], Acc) -> Acc;
reverse([H | T], Acc) -> reverse(T, [H | Acc]).

double([]) -> [];
double([H | T]) -> [H * 2 | double(T)].

zip([A | As], [B | Bs]) -> [{A, B} | zip(As, Bs)];
zip([], []) -> [].

flatten([]) -> [];
flatten([H | T]) when is_list(H) -> flatten(H) ++ flatten(T);
flatten([H | T]) -> [H | flatten(T)].

match([A, B | Rest]) -> {A, B, Rest}.

kind([]) -> nil;
kind([_]) -> one;
kind([_, _]) -> two;
kind([_, _ | T]) when is_list(T) -> {more, length(T)};
kind([_ | T]) -> {improper, T};
kind(_) -> none.

last([X]) -> X;
last([_ | T]) -> last(T).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([H | T], Acc) -> sum(T, Acc + H).

id(X) -> X.
