%% Patterns with several map keys: order of tests, keys of all types, keys bound at run time, failing in the middle,
%% maps of 31 to 33 keys, large maps.
-module(maps_matching).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Flat = from_pairs([{N, N * N} || N <- seq(1, 32)], #{}),
    Large = Flat#{33 => 1089, big => yes},
    [{several, [several(M) || M <- [#{a => 1, b => 2, c => 3}, #{a => 1, b => 2}, #{a => 2, b => 2, c => 3}, #{}, x, #{c => 1}]]},
     {types, [by_key(M) || M <- [#{1 => i}, #{1.0 => f}, #{[] => n}, #{{1} => t}, #{<<1>> => b}, #{(1 bsl 80) => g}, #{[1, [2]] => l}, #{#{} => m}, #{"s" => s}]]},
     {run_time, [run_time(id(K), M) || K <- [a, 1, 1.0, {x, 1 bsl 70}, <<"k">>], M <- [#{a => 1}, #{1 => 2}, #{1.0 => 3}, #{{x, 1 bsl 70} => 4}, #{<<"k">> => 5}]]},
     {flat_32, ends(Flat)},
     {large_34, ends(Large)},
     {large_missing, ends(maps:remove(32, Large))},
     {repeated_key_variable, [same(M) || M <- [#{a => 1, b => 1}, #{a => 1, b => 1.0}, #{a => [1], b => [1]}]]},
     {nested, [nested(M) || M <- [#{x => #{y => #{z => 3}}}, #{x => #{y => #{}}}, #{x => #{y => 4}}, #{x => 5}]]},
     {key_from_key, chain(#{a => b, b => c, c => d})},
     {guard_on_value, [guard(M) || M <- [#{n => 5}, #{n => 15}, #{n => a}, #{m => 5}, Large]]},
     {in_fun_head, [(id(fun(#{k := V}) when is_list(V) -> {list, V}; (#{k := V, l := V}) -> {both, V}; (#{}) -> map; (_) -> no end))(M)
                    || M <- [#{k => [1]}, #{k => 1, l => 1}, #{k => 1, l => 2}, #{}, []]]},
     {empty_pattern, [case id(M) of #{} -> map; _ -> other end || M <- [#{}, #{a => 1}, Large, [], {}]]},
     {values_live, live(Large, Flat)},
     {is_key_pattern, [case id(M) of #{undefined := undefined} -> present; #{} -> absent end || M <- [#{undefined => undefined}, #{undefined => 1}, #{}]]},
     {generator, [V || #{v := V} <- [#{v => 1}, #{w => 2}, no, #{v => 3, w => 4}]]}].

from_pairs([], M) -> M;
from_pairs([{K, V} | T], M) -> from_pairs(T, M#{K => V}).

several(#{a := 1, b := B, c := C}) -> {abc, B, C};
several(#{a := A, b := B}) -> {ab, A, B};
several(#{c := C}) -> {c, C};
several(#{}) -> map;
several(_) -> no_map.

by_key(#{1 := V}) -> {int, V};
by_key(#{1.0 := V}) -> {float, V};
by_key(#{[] := V}) -> {nil, V};
by_key(#{{1} := V}) -> {tuple, V};
by_key(#{<<1>> := V}) -> {bin, V};
by_key(#{1208925819614629174706176 := V}) -> {big, V};
by_key(#{[1, [2]] := V}) -> {list, V};
by_key(#{#{} := V}) -> {map, V};
by_key(#{"s" := V}) -> {string, V}.

run_time(K, M) -> case M of #{K := V} -> V; _ -> none end.

ends(#{1 := A, 16 := B, 32 := C} = M) -> {A, B, C, map_size(M)};
ends(#{1 := A}) -> {only, A};
ends(_) -> none.

same(#{a := X, b := X}) -> {same, X};
same(#{a := X, b := Y}) when X == Y -> {equal, X, Y};
same(_) -> different.

nested(#{x := #{y := #{z := Z}}}) -> {z, Z};
nested(#{x := #{y := Y}}) -> {y, Y};
nested(#{x := X}) -> {x, X}.

chain(#{a := B} = M) ->
    #{B := C} = M,
    case M of
        #{C := D} -> case M of #{D := _} -> wrong; #{} -> {B, C, D} end
    end.

guard(#{n := N}) when N < 10 -> {small, N};
guard(#{n := N}) when is_integer(N) -> {large, N};
guard(#{33 := N} = M) when map_get(big, M) =:= yes, N > 1000 -> {flagged, N};
guard(_) -> other.

live(#{1 := A, 2 := B, 3 := C, 33 := D} = M, #{4 := E, 5 := F}) ->
    X = {A, B, C, D},
    garbage(300),
    #{32 := G, 31 := H} = M,
    garbage(300),
    {X, E, F, G, H}.

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
