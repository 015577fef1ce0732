%% List comprehensions with many generators and filters, patterns that filter, filters that raise or are no booleans,
%% captured variables, results in order.
-module(comprehensions_nested).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{two, [{X, Y} || X <- [1, 2, 3], Y <- [a, b]]},
     {dependent, [{X, Y} || X <- seq(1, 4), Y <- seq(X, 4), X + Y =:= 5]},
     {three_filters, [X || X <- seq(1, 100), X rem 2 =:= 0, X rem 3 =:= 0, X rem 5 =:= 0]},
     {pythagoras, [{A, B, C} || A <- seq(1, 20), B <- seq(A, 20), C <- seq(B, 20), A * A + B * B =:= C * C]},
     {pattern, [V || {ok, V} <- [{ok, 1}, error, {ok, 2}, {ok, 3, 4}, {error, 5}]]},
     {pattern_with_bound, (fun() -> K = id(a), [V || {K2, V} <- [{a, 1}, {b, 2}, {a, 3}], K2 =:= K] end)()},
     {shadowed, (fun() -> X = id(outer), L = [X || X <- [1, 2]], {X, L} end)()},
     {inner, [[Y * X || Y <- seq(1, X)] || X <- seq(1, 4)]},
     {filter_call, [X || X <- seq(1, 10), prime(X)]},
     {filter_guard_fails, [X || X <- [1, a, [2], {3}], hd(X) =:= 2]},
     {filter_call_raises, caught(fun() -> [X || X <- [1, a], check(X)] end)},
     {filter_no_boolean, [caught(fun() -> [X || X <- [1, 2], id(F)] end) || F <- [true, false, yes, 1]]},
     {bad_generator, [caught(fun() -> [X || X <- id(G)] end) || G <- [a, {1}, [1 | 2], <<1>>, #{}, []]]},
     {bad_inner_generator, caught(fun() -> [{X, Y} || X <- [1, 2], Y <- id(X)] end)},
     {effects_in_order, (fun() -> put(t, []), [put(t, [{X, Y} | get(t)]) || X <- [1, 2], Y <- [a, b]], lists:reverse(erase(t), []) end)()},
     {large, (fun() -> L3 = [X * X || X <- seq(1, 3000), X band 3 =:= 1], {length(L3), hd(L3), lists:nth(700, L3)} end)()},
     {floats, [X * 1.5 || X <- [1, 2.5, 1 bsl 60]]},
     {mixed_bits, [{X, B} || <<B>> <= <<1, 2, 3>>, X <- [a, b], B =/= 2]},
     {funs, [F(10) || F <- [fun(X) -> X + N end || N <- [1, 2, 3]]]},
     {records_and_maps, [{A, maps:get(v, M)} || {rec, A, M} <- [{rec, 1, #{v => x}}, {rec, 2, #{v => y}}, {other, 3, #{}}], is_map_key(v, M)]},
     {transposed, transpose([[1, 2, 3], [4, 5, 6], [7, 8, 9]])},
     {nothing_kept, {[X || X <- [1, 2], false], [X || X <- []], [1 || _ <- [a, b]]}},
     {strict_and_lazy, [X || X <- [1, 2, a, 3], is_integer(X) andalso X > 1 orelse X =:= a]}].

prime(N) -> N > 1 andalso [D || D <- seq(2, N - 1), N rem D =:= 0] =:= [].

check(X) when is_integer(X) -> X > 0.

transpose([[] | _]) -> [];
transpose(M) -> [[hd(R) || R <- M] | transpose([tl(R) || R <- M])].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
