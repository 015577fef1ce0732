%% Expressions whose operands a compiler may know: folded arithmetic, comparisons, type tests and failures must give
%% what the same computations give at run time.
-module(literal_folding).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{arith, {[1 + 2, 7 div 2, -7 div 2, 7 rem -3, 1 bsl 70, -1 bsr 3, 5 band 3, 5 bor 3, 5 bxor 3, bnot 5, 3 / 2, -0.0 + 0.0], [id(1) + 2, id(7) div 2, id(-7) div 2, id(7) rem -3, id(1) bsl 70, id(-1) bsr 3, id(5) band 3, id(5) bor 3, id(5) bxor 3, bnot id(5), id(3) / 2, id(-0.0) + 0.0]}},
     {overflow, [begin A = 16#7FFFFFFFFFFFFFF, A + 1 end, begin B = -16#800000000000000, B - 1 end, begin C = 16#7FFFFFFFFFFFFFF, C * C end, begin D = -16#800000000000000, -D end, begin E = -16#800000000000000, E div -1 end, begin F = -16#800000000000000, abs(F) end]},
     {failures, [caught(F) || F <- [fun() -> 1 div 0 end, fun() -> a + 1 end, fun() -> 1 rem 0 end, fun() -> hd([]) end, fun() -> element(3, {a, b}) end, fun() -> 1.0 bsl 2 end, fun() -> 1 / 0 end, fun() -> not 5 end, fun() -> length([a | b]) end, fun() -> map_get(k, #{}) end, fun() -> tuple_size(x) end, fun() -> -a end, fun() -> 1.0e308 * 10.0 end, fun() -> atom_to_list(1) end]]},
     {failures_used, [caught(F) || F <- [fun() -> X = 1 div 0, {X, id(1)} end, fun() -> {id(1), a + 1, id(2)} end, fun() -> [id(x) | hd([])] end, fun() -> case element(1, {}) of _ -> ok end end]]},
     {failures_in_try, [try 1 + a catch error:badarith -> caught end, try wrong + id(1) of _ -> no catch error:R -> R after put(k, done) end, erase(k), try hd(id(1) + x) catch _:R2 -> R2 end, (catch begin 1 rem 0, always end) =:= x]},
     {try_that_cannot_return, [nothing_back(id(X)) || X <- [1, 2, 3]]},
     {comparisons, {[1 < 2, 1 == 1.0, 1 =:= 1.0, a < 1, [] < {}, {} > #{}, "a" < "b", 1.0e20 > 100000000000000000000], [id(1) < 2, id(1) == 1.0, id(1) =:= 1.0, id(a) < 1, id([]) < {}, id({}) > #{}, id("a") < "b", id(1.0e20) > 100000000000000000000]}},
     {type_tests, [begin X = 1, is_integer(X) end, begin X2 = [a], is_tuple(X2) end, begin X3 = {a, b}, is_record(X3, id(a)) end, is_atom('') , is_list([]), is_binary(<<1:1>>), is_bitstring(<<1:1>>), is_function(fun id/1, 1), is_boolean(true)]},
     {known_branch, [begin Y = 5, if Y > 3 -> big; true -> small end end, case {a, 1} of {a, Z} when Z > 0 -> pos; {a, _} -> neg; _ -> none end, case [] of [_ | _] -> cons; [] -> nil end]},
     {known_failure_branch, [case (catch begin W = 5, case W of 6 -> six; 7 -> seven end end) of {'EXIT', {{case_clause, 5}, _}} -> ok end, case (catch if hd([]) =:= 1 -> a; 1 > 2 -> b end) of {'EXIT', {if_clause, _}} -> ok end]},
     {concatenated, {"ab" ++ "cd", "ab" ++ id("cd"), [1, 2, 3] -- [2], <<"a", "b">>, <<"a", (id(<<"b">>))/binary>>}},
     {bits, {<<1:4, 2:4>>, <<(id(1)):4, 2:4>>, <<-1:3, 0:5>>, <<1.0:32/float>>, <<"é"/utf8>>, bit_size(<<1:17>>), byte_size(<<1:17>>)}},
     {propagated, propagate(id(3))},
     {maps, {#{a => 1}#{a => 2}, map_size(#{1 => a, 1.0 => b}), is_map_key(a, #{a => b}), maps:get(a, #{a => 1})}},
     {converted, {list_to_atom("abc"), atom_to_list(abc), integer_to_list(255, 16), list_to_tuple([1, 2]), tuple_to_list({1, 2}), float(3), trunc(2.5), round(2.5), list_to_integer("12")}}].

nothing_back(X) ->
    A = [X],
    try 1 + fails(X) catch error:bad -> {wrong, A}; throw:Y -> {Y, A} after put(last, X) end.

fails(1) -> error(bad);
fails(2) -> throw(x);
fails(_) -> throw({y, erase(last)}).

propagate(N) ->
    A = 4, B = A * 2, C = [A, B], D = {C, N}, [E, F] = element(1, D),
    G = if E + F > 10 -> N + E; true -> never end, H = case G of 7 when is_integer(N) -> seven; _ -> other end,
    {B, D, G, H, length(C) + N}.

caught(F) -> try F() catch C:R -> {C, R} end.

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
