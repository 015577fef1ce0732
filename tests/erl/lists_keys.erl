%% keyfind, keymember, keysearch, member and reverse with numbers of both kinds, tuples of all sizes, improper lists
%% and wrong arguments.
-module(lists_keys).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    L = [{1, int}, {1.0, float}, {a}, no_tuple, {}, {2.0, two}, {b, 2, x}, {1 bsl 70, big}, [{1, list}], {{1, 2}, pair}],
    Keys = [1, 1.0, 2, 2.0, a, b, 1 bsl 70, float(1 bsl 70), {1, 2}, {1.0, 2}, none],
    [{keyfind, [lists:keyfind(id(K), 1, L) || K <- Keys]},
     {keyfind_2, [lists:keyfind(id(K), 2, L) || K <- [int, two, 2, 2.0, big, x]]},
     {keymember, [lists:keymember(id(K), 1, L) || K <- Keys]},
     {keysearch, [lists:keysearch(id(K), 1, L) || K <- Keys]},
     {third, lists:keyfind(id(x), 3, L)},
     {positions, [caught(fun() -> lists:keyfind(1, id(N), L) end) || N <- [0, -1, 100, a, 1.0, 1 bsl 70]]},
     {improper, [caught(fun() -> lists:keyfind(id(K), 1, [{x, 1} | {y, 2}]) end) || K <- [x, y, z]]},
     {no_list, [caught(fun() -> lists:F(1, 1, id(X)) end) || F <- [keyfind, keymember, keysearch], X <- [a, {1}, []]]},
     {member, [lists:member(id(X), [1, 2.0, a, [b], {c}, <<"d">>, 1 bsl 66]) || X <- [1, 1.0, 2, 2.0, a, [b], {c}, <<"d">>, 1 bsl 66, d]]},
     {member_errors, [caught(fun() -> lists:member(id(X), id(L2)) end) || {X, L2} <- [{a, [b | c]}, {b, [b | c]}, {a, b}, {a, {}}, {a, []}]]},
     {reverse, [caught(fun() -> lists:reverse(id(A), id(B)) end) || {A, B} <- [{[], []}, {[1, 2], [3]}, {[1], x}, {[], x}, {[1 | 2], []}, {a, []}, {[[1], {2}], [z | w]}]]},
     {append, [caught(fun() -> id(A) ++ id(B) end) || {A, B} <- [{[], x}, {[1], x}, {[1 | 2], []}, {x, []}, {[], [1 | 2]}, {[1], [2]}, {[], []}]]},
     {subtract, [caught(fun() -> id(A) -- id(B) end) || {A, B} <- [{[1, 2, 1, 3], [1]}, {[1, 1.0, 2], [1.0]}, {[a], x}, {x, [a]}, {[a | b], [a]}, {[a], [a | b]}, {[], []}, {[[1], {2}], [{2}, [1]]}]]},
     {subtract_large, length(seq(1, 300) -- seq(50, 400))},
     {subtract_order, [3, 1, 2, 1, 3] -- id([1, 3])},
     {length, [caught(fun() -> length(id(X)) end) || X <- [[], [1 | 2], a, {1}, seq(1, 1000)]]},
     {hd_tl, [caught(fun() -> {hd(id(X)), tl(id(X))} end) || X <- [[1], [1 | 2], [], a]]},
     {list_to_tuple, [caught(fun() -> list_to_tuple(id(X)) end) || X <- [[], [1, [2]], [1 | 2], a]]}].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
