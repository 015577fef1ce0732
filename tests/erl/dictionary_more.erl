%% The process dictionary with many keys and keys of all types, nearly equal keys, order of effects, big values,
%% erasing while it is walked, dictionaries of others.
-module(dictionary_more).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{put_get, [{put(K, v1), put(K, v2), get(K)} || K <- [a, 1, 1.0, "s", <<"b">>, {t, [1]}, #{m => 1}, 1 bsl 70, [], fun id/1]]},
     {near_keys, {get(1), get(1.0), get([]), get({t, [1.0]}), get(float(1 bsl 70))}},
     {get_keys, (fun() -> A = get_keys(v2), {length(A) >= 10, lists:member(1.0, A), lists:member(2, A)} end)()},
     {erase, [{erase(K), erase(K), get(K)} || K <- [a, 1, 1.0, "s"]]},
     {erase_all, (fun() -> L = erase(), {length(L) > 5, get(), erase()} end)()},
     {many, (fun() -> [put({k, N}, N * N) || N <- seq(1, 500)], {get({k, 250}), length(get()), lists:sum([get({k, N}) || N <- seq(1, 500)])} end)()},
     {half_erased, (fun() -> [erase({k, N}) || N <- seq(1, 500), N rem 2 =:= 0], {length(get()), get({k, 3}), get({k, 4})} end)()},
     {while_walked, (fun() -> [erase(K) || {K, _} <- get()], get() end)()},
     {survives_collection, (fun() -> put(big, [{N, <<N>>} || N <- seq(1, 100)]), garbage(500), erlang:garbage_collect(), {length(get(big)), lists:nth(50, erase(big))} end)()},
     {in_exceptions, (fun() -> put(x, 1), catch (begin put(x, 2), throw(t) end), try put(x, {get(x), 3}), error(e) catch _:_ -> put(y, get(x)) end, {erase(x), erase(y)} end)()},
     {effect_order, (fun() -> put(n, 0), R = {inc(), [inc(), inc()], inc() + inc() * 10}, {R, erase(n)} end)()},
     {others_separate, (fun() -> put(mine, 1), S = self(), spawn(fun() -> S ! {theirs, get(mine), put(mine, 2), get()} end), X = receive {theirs, B, C, D} -> {B, C, D} end, {X, erase(mine)} end)()},
     {of_other, (fun() -> P = spawn(fun() -> put(k, {v, [1]}), receive stop -> ok end end), wait(P), {dictionary, D2} = process_info(P, dictionary), P ! stop, D2 end)()},
     {values_replaced_in_loop, loop(id(2000))},
     {funs, (fun() -> put(f, fun(X2) -> put(count, X2), get(f) end), F = (get(f))(5), {is_function(F, 1), erase(count), is_function(erase(f))} end)()},
     {undefined_value, {put(u, undefined), get(u), get_keys(undefined) =:= [u], erase(u), get_keys(undefined)}}].

inc() -> put(n, get(n) + 1) + 1.

wait(P) -> case process_info(P, dictionary) of {dictionary, []} -> receive after 1 -> wait(P) end; _ -> ok end.

loop(N) -> put(acc, []), loop1(N).
loop1(0) -> length(erase(acc));
loop1(N) -> put(acc, case get(acc) of L when length(L) > 50 -> [N]; L -> [N | L] end), loop1(N - 1).

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
