%% The external term format byte for byte: every tag, edges of sizes, options, and damaged or hostile input.
-module(external_edges).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Terms = [0, 255, 256, -1, (1 bsl 31) - 1, 1 bsl 31, -(1 bsl 31), -(1 bsl 31) - 1, (1 bsl 64) - 1, 1 bsl 2040, -(1 bsl 2048), 1.5, a, '', list_to_atom([233]), list_to_atom(dup(16#20AC, 100)), [], [1, 255], [1, 256], "abc", dup($x, 300), [a | b], {}, {1},
             list_to_tuple(dup(0, 256)), <<>>, <<1, 2>>, <<5:3>>, <<1, 1:1>>, #{}, #{a => [1]}, fun erlang:abs/1],
    [{bytes, [erlang:phash2(term_to_binary(T)) || T <- Terms]},
     {shown, [term_to_binary(T) || T <- [0, 256, -1, 1 bsl 31, 1 bsl 64, 1.5, a, [], [1], [a], [a | b], {}, {1}, <<7>>, <<5:3>>, #{a => 1}, fun erlang:abs/1]]},
     {round_trip, [T || T <- Terms, binary_to_term(term_to_binary(T)) =/= T]},
     {minor_versions, [term_to_binary({1.5, a}, [{minor_version, N}]) || N <- [0, 1, 2]]},
     {compressed, (fun() -> T = dup($a, 500), Z = term_to_binary(T, [compressed]), {byte_size(Z) < 100, binary_to_term(Z) =:= T, [binary_to_term(term_to_binary(T, [{compressed, N}])) =:= T || N <- [0, 1, 9]]} end)()},
     {deterministic, term_to_binary(#{b => 1, a => 2, 1 => x}, [deterministic]) =:= term_to_binary(maps:from_list([{1, x}, {a, 2}, {b, 1}]), [deterministic])},
     {size, [erlang:external_size(T) >= byte_size(term_to_binary(T)) || T <- Terms]},
     {bad_options, [caught(fun() -> term_to_binary(a, id(O)) end) || O <- [[foo], a, [{compressed, 10}], [{minor_version, 3}], [{minor_version, -1}], [compressed | x]]]},
     {cut, [begin B = term_to_binary(T), [N || N <- seq(0, byte_size(B) - 1), caught(fun() -> binary_to_term(binary_part(B, 0, N)) end) =/= {error, badarg}] end || T <- [300, 1 bsl 70, 1.5, abc, "text", [a, b], {a, {b}}, <<1, 2, 3>>, <<1:3>>, #{k => v}, [1 | 2]]]},
     {trailing, [caught(fun() -> binary_to_term(<<(term_to_binary(T))/binary, 0>>) end) || T <- [1, a, {x}]]},
     {used, [binary_to_term(<<(term_to_binary(T))/binary, "rest">>, [used]) || T <- [1, a, {x, "y"}]]},
     {safe, [caught(fun() -> binary_to_term(id(B), [safe]) end) || B <- [term_to_binary(ok), <<131, 100, 0, 14, "never_seen_abc">>, <<131, 119, 14, "never_seen_abd">>, term_to_binary({results, [1]})]]},
     {bad_versions, [caught(fun() -> binary_to_term(id(B)) end) || B <- [<<>>, <<131>>, <<130, 97, 1>>, <<131, 255>>, <<131, 0>>, <<131, 80>>, a, <<131, 97, 1, 1:1>>, "abc"]]},
     {hostile_sizes, [caught(fun() -> binary_to_term(id(B)) end) || B <- [<<131, 105, 16#FFFFFFFF:32>>, <<131, 108, 16#FFFFFFFF:32>>, <<131, 109, 16#FFFFFFFF:32>>, <<131, 116, 16#FFFFFFFF:32>>, <<131, 111, 16#FFFFFFFF:32, 0>>, <<131, 77, 16#FFFFFFFF:32, 1>>, <<131, 107, 65535:16>>]]},
     {old_tags, [caught(fun() -> binary_to_term(id(B)) end) || B <- [<<131, 100, 3:16, "abc">>, <<131, 115, 3, "abc">>, <<131, 118, 3:16, "abc">>, <<131, 99, "1.50000000000000000000e+00", 0:40>>, <<131, 110, 1, 0, 5>>, <<131, 110, 0, 0>>, <<131, 98, -5:32>>, <<131, 108, 0:32, 106>>, <<131, 109, 0:32>>, <<131, 77, 1:32, 8, 255>>, <<131, 77, 1:32, 3, 255>>, <<131, 77, 0:32, 0>>, <<131, 77, 1:32, 9, 255>>]]},
     {bad_atoms, [caught(fun() -> binary_to_term(id(B)) end) || B <- [<<131, 119, 2, 255, 255>>, <<131, 118, 1024:16, 0:8192>>, <<131, 119, 0>>, <<131, 119, 1, 200>>]]},
     {duplicate_keys, caught(fun() -> binary_to_term(<<131, 116, 2:32, 97, 1, 97, 2, 97, 1, 97, 3>>) end)},
     {infinite_floats, [caught(fun() -> binary_to_term(<<131, 70, B:64>>) end) || B <- [16#7FF0000000000000, 16#7FF8000000000000, 16#FFF0000000000000, 16#8000000000000000]]},
     {improper_nested, binary_to_term(<<131, 108, 2:32, 97, 1, 107, 0, 2, 8, 9, 97, 3>>)},
     {iovec, [iolist_to_binary(erlang:term_to_iovec(T)) =:= term_to_binary(T) || T <- Terms]},
     {deep, (fun() -> D = deep(id(2000), x), binary_to_term(term_to_binary(D)) =:= D end)()},
     {shared_large, (fun() -> B9 = binary:copy(<<1>>, 1000), term_to_binary([B9, B9]) =:= <<131, 108, 2:32, 109, 1000:32, B9/binary, 109, 1000:32, B9/binary, 106>> end)()}].

dup(_, 0) -> [];
dup(X, N) -> [X | dup(X, N - 1)].

deep(0, X) -> X;
deep(N, X) -> deep(N - 1, case N rem 2 of 0 -> [X]; 1 -> {N, X} end).

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
