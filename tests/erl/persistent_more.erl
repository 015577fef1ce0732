%% Persistent terms: values of all kinds, replacement and erasure while others hold the value, keys that are nearly
%% equal, info and errors.
-module(persistent_more).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Keys = [pt_a, {pt, 1}, {pt, 1.0}, <<"pt">>, "pt", #{pt => 1}, 1 bsl 70],
    [{put, [persistent_term:put(K, {value, K}) || K <- Keys]},
     {get, [persistent_term:get(K) =:= {value, K} || K <- Keys]},
     {near, [persistent_term:get(K, none) || K <- [pt_b, {pt, 2}, <<"p">>, float(1 bsl 70)]]},
     {same_again, [persistent_term:put(K, {value, K}) || K <- Keys]},
     {replaced, (fun() -> Old = persistent_term:get(pt_a), persistent_term:put(pt_a, [new, 1 bsl 66]), garbage(100), {Old, persistent_term:get(pt_a)} end)()},
     {erased_while_held, (fun() -> V = persistent_term:get({pt, 1}), E = persistent_term:erase({pt, 1}), garbage(200), erlang:garbage_collect(), {V, E, persistent_term:erase({pt, 1}), persistent_term:get({pt, 1}, gone)} end)()},
     {held_by_others, (fun() -> S = self(), persistent_term:put(pt_h, lists:seq(1, 50)), Ps = [spawn(fun() -> L = persistent_term:get(pt_h), S ! {ready, self()}, receive go -> S ! {sum, lists:sum(L)} end end) || _ <- seq(1, 5)], [receive {ready, P} -> ok end || P <- Ps], persistent_term:erase(pt_h), [P ! go || P <- Ps], [receive {sum, N} -> N end || _ <- Ps] end)()},
     {in_result, (fun() -> T = {persistent_term:get(<<"pt">>), [persistent_term:get("pt")]}, persistent_term:erase(<<"pt">>), persistent_term:erase("pt"), erlang:garbage_collect(), T end)()},
     {sent, (fun() -> persistent_term:put(pt_s, {big, [<<1, 2, 3>>, #{k => 1.5}]}), self() ! persistent_term:get(pt_s), persistent_term:erase(pt_s), receive M -> M end end)()},
     {missing, [caught(fun() -> persistent_term:get(id(K)) end) || K <- [pt_never, {pt, 9}]]},
     {default, persistent_term:get(pt_never, {default, [1]})},
     {info, [K || K <- [count, memory], is_map_key(K, persistent_term:info())]},
     {listed, length([K || {K, _} <- persistent_term:get(), lists:member(K, Keys)])},
     {counter, (fun() -> [persistent_term:put(pt_c, {n, N}) || N <- seq(1, 50)], persistent_term:get(pt_c) end)()},
     {funs, (fun() -> X = id([env]), persistent_term:put(pt_f, fun(Y) -> {X, Y} end), (persistent_term:get(pt_f))(1) end)()},
     {bits, (fun() -> persistent_term:put(pt_bits, <<1:3, 2:9>>), <<A:3, R/bits>> = persistent_term:get(pt_bits), {A, R} end)()},
     {many, (fun() -> [persistent_term:put({pt_m, N}, N) || N <- seq(1, 300)], R2 = [persistent_term:get({pt_m, N}) || N <- [1, 150, 300]], [persistent_term:erase({pt_m, N}) || N <- seq(1, 300)], {R2, persistent_term:get({pt_m, 5}, none)} end)()},
     {from_callback, (fun() -> persistent_term:put(pt_n, persistent_term:get(pt_c)), persistent_term:get(pt_n) =:= persistent_term:get(pt_c) end)()}].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

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
