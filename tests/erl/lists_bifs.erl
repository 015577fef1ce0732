%% The functions of the lists module that the runtime itself provides.
-module(lists_bifs).
-export([start/0, id/1]).

start() ->
    Pairs = [{a, 1}, {b, 2}, {a, 3}, not_a_tuple, {}, {1, one}, {1.0, uno}],
    [{reverse, {lists:reverse([]), lists:reverse([1, 2, 3]), lists:reverse([1, 2], [x]), lists:reverse([1], tail)}},
     {member, [lists:member(X, [1, a, 2.0, [x], {y}]) || X <- [1, a, 2, 2.0, [x], {y}, z, 1.0]]},
     {member_empty, lists:member(a, [])},
     {keyfind, [lists:keyfind(K, 1, Pairs) || K <- [a, b, c, 1, 1.0]]},
     {keyfind_second, [lists:keyfind(K, 2, Pairs) || K <- [1, 3, one, zzz]]},
     {keymember, [lists:keymember(K, 1, Pairs) || K <- [a, z, 1]]},
     {keysearch, [lists:keysearch(K, 1, Pairs) || K <- [b, z]]},
     {errors, [caught(F) || F <- [fun() -> lists:reverse(id(a), []) end, fun() -> lists:member(a, id([b | c])) end,
                                  fun() -> lists:keyfind(a, id(0), []) end, fun() -> lists:keyfind(a, 1, id(x)) end,
                                  fun() -> lists:reverse(id([1 | 2]), []) end]]},
     {found_before_improper, lists:member(b, id([b | c]))},
     {long_reverse, hd(lists:reverse(seq(id(1), 100000)))},
     {long_member, lists:member(99999, seq(id(1), 100000))}].

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
