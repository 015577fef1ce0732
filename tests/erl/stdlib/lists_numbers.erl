%% Sorting, merging, unique and key functions over numbers that are equal but not identical, stability, and lists that
%% are no lists.
-module(lists_numbers).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    L = [3, 1.0, 2, 1, 2.0, 3.0, 1 bsl 70, a, 0.0, -0.5],
    T = [{2, a}, {1.0, b}, {1, c}, {2.0, d}, {3, e}, {1, f}],
    [{sort, lists:sort([3, 1.5, 2, 1, 2.5, 1 bsl 70, a, 0.0, -0.5])},
     {usort, [lists:usort(X) || X <- [L, [1, 1.0, 1], [1.0, 1], [a, 1, a, 1.0]]]},
     {sort_fun, [lists:sort(F, [3, 1, 2.0, 2, 1.0]) || F <- [fun(A, B) -> A =< B end, fun(A, B) -> A >= B end, fun(A, B) -> A < B end]]},
     {keysort, [lists:keysort(N, T) || N <- [1, 2]]},
     {ukeysort, lists:ukeysort(1, T)},
     {merge, [lists:merge([1, 3, 5.0], [1.0, 2, 5]), lists:umerge([1, 3], [1.0, 3]), lists:merge3([1], [0], [2]), lists:keymerge(1, [{1, a}], [{1, b}])]},
     {delete, [lists:delete(X, [1, 1.0, 2]) || X <- [1, 1.0, 3]]},
     {keydelete, [lists:keydelete(X, 1, T) || X <- [1, 2.0]]},
     {keyreplace, lists:keyreplace(1, 1, T, {x, y})},
     {keystore, [lists:keystore(X, 1, [{1, a}], {X, new}) || X <- [1, 1.0, 2]]},
     {keytake, [lists:keytake(X, 1, T) || X <- [2, none]]},
     {min_max, [{lists:min(X), lists:max(X)} || X <- [[1, 1.0], [1.0, 1], [a, 1], [{1}, [1]]]]},
     {sum, [lists:sum(X) || X <- [[], [1, 2.5], [1 bsl 64, -1]]]},
     {seq, [caught(fun() -> lists:seq(A, B, S) end) || {A, B, S} <- [{1, 5, 2}, {5, 1, -2}, {1, 0, 1}, {1, 5, 0}, {1, 1, 0}, {5, 1, 1}, {1.0, 2, 1}]]},
     {nth, [caught(fun() -> lists:nth(N, [a, b]) end) || N <- [1, 2, 3, 0, -1]] ++ [caught(fun() -> lists:nthtail(N, [a, b]) end) || N <- [0, 2, 3]]},
     {improper, [element(1, caught(fun() -> lists:F([1 | 2]) end)) || F <- [sort, reverse, sum, last, flatten, concat, usort, max]]},
     {zip, [caught(fun() -> element(1, {lists:zip(A, B)}) end) || {A, B} <- [{[1, 2], [a, b]}, {[], []}]] ++ [lists:unzip([{1, a}, {2, b}])]},
     {split, [caught(fun() -> lists:split(N, [1, 2, 3]) end) || N <- [0, 2, 3]] ++ [lists:splitwith(fun(X) -> X < 3 end, [1, 2, 3, 1]), lists:partition(fun is_atom/1, [a, 1, b])]},
     {large, (fun() -> B = [(N * 7919) rem 2003 || N <- lists:seq(1, 3000)], {lists:sort(B) =:= lists:reverse(lists:sort(fun(X, Y) -> X >= Y end, B)), length(lists:usort(B))} end)()}].

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
