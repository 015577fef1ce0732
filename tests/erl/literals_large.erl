%% Literals of all kinds and sizes: shared by functions, sent, matched, updated, put into maps and ets-like stores,
%% returned from several processes.
-module(literals_large).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{matched, [match(id(X)) || X <- [{a, [1, 2, {3}], "text", <<"bits", 5:3>>}, #{k => [v], 2 => {w}}, [1.5, 1180591620717411303424, -1180591620717411303424], nothing]]},
     {same_object_equal, literal() =:= literal2()},
     {updated, (fun() -> T = setelement(1, literal(), changed), {element(1, T), element(1, literal())} end)()},
     {map_updated, (fun() -> M = (map())#{k1 => new, k99 => added}, {map_size(M), map_get(k1, M), map_get(k1, map()), map_size(map())} end)()},
     {large_map, {map_size(large_map()), map_get(17, large_map()), map_get(40, (large_map())#{40 := x}), map_get(40, large_map())}},
     {sent, (fun() -> self() ! literal(), self() ! [literal() | map()], receive A -> receive [B | C] -> {A =:= B, C =:= map()} end end end)()},
     {from_processes, (fun() -> S = self(), [spawn(fun() -> S ! {N, literal(), strings()} end) || N <- [1, 2, 3]], [receive {N, L, Z} -> {L =:= literal(), Z =:= strings()} end || N <- [1, 2, 3]] end)()},
     {after_collection, (fun() -> L2 = [literal(), map(), strings()], garbage(500), erlang:garbage_collect(), L2 =:= [literal2(), map(), strings()] end)()},
     {mixed_with_heap, [{X, literal()} || X <- [1, [2]]]},
     {strings, [length(S) || S <- strings()]},
     {appended, length("literal" ++ id("x") ++ "more" ++ id([]) ++ "end")},
     {bigs, bigs()},
     {floats, [1.0e-323, 2.2250738585072014e-308, 1.7976931348623157e308, -0.5, 3.14]},
     {nested, depth(deep(), 0)},
     {in_guards, [guard(X) || X <- [{a, [1, 2, {3}]}, {b}, "xyz", #{z => 1}]]},
     {as_default, maps:get(nothing, map(), {default, [1, 2, <<"x">>]})},
     {hash, erlang:phash2({literal(), map(), large_map(), strings(), bigs(), deep()})},
     {bits, [bit_size(B) || B <- [<<>>, <<1:1>>, <<"abc">>, <<1:100>>, <<"0123456789012345678901234567890123456789012345678901234567890123456789">>]]},
     {fun_literal, [F(-3) || F <- [fun erlang:abs/1, fun id/1]]},
     {dictionary, (fun() -> put(lit, literal()), garbage(50), erase(lit) =:= literal() end)()}].

literal() -> {a, [1, 2, {3}], "text", <<"bits", 5:3>>, 1.5, 1180591620717411303424, #{x => [y]}, []}.
literal2() -> {a, [1, 2, {3}], "text", <<"bits", 5:3>>, 1.5, 1180591620717411303424, #{x => [y]}, []}.

map() -> #{k1 => 1, k2 => "two", k3 => {3}, k4 => [4.0], k5 => <<"5">>, 6 => k6, "seven" => 7, {8} => eight}.

large_map() ->
    #{1 => a, 2 => b, 3 => c, 4 => d, 5 => e, 6 => f, 7 => g, 8 => h, 9 => i, 10 => j, 11 => k, 12 => l, 13 => m, 14 => n, 15 => o, 16 => p, 17 => q, 18 => r, 19 => s, 20 => t,
      21 => u, 22 => v, 23 => w, 24 => x, 25 => y, 26 => z, 27 => aa, 28 => bb, 29 => cc, 30 => dd, 31 => ee, 32 => ff, 33 => gg, 34 => hh, 35 => ii, 36 => jj, 37 => kk, 38 => ll, 39 => mm, 40 => nn}.

strings() -> ["", "a", "a longer string that fills several words of memory and then some more of them", [16#20AC, 16#1F600], [1, [2, "nested"]]].

bigs() -> [18446744073709551616, -18446744073709551616, 340282366920938463463374607431768211456, 1000000000000000000000000000000000000000000000000000000000000001].

deep() -> {[{[{[{[{[{[{[{[{[bottom]}]}]}]}]}]}]}]}]}.

depth({[X]}, N) -> depth(X, N + 1);
depth(X, N) -> {X, N}.

match({a, [1, 2, {3}], "text", <<"bits", 5:3>>}) -> tuple;
match(#{k := [v], 2 := {w}}) -> map;
match([1.5, 1180591620717411303424, -1180591620717411303424]) -> numbers;
match(_) -> none.

guard(X) when X =:= {a, [1, 2, {3}]} -> tuple;
guard(X) when X == "xyz" -> string;
guard(X) when X =:= #{z => 1} -> map;
guard(X) when X < {c} -> less;
guard(_) -> none.

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
