%% phash2, phash and md5 of every kind of term, with ranges; terms that are equal hash equally however they were made.
-module(hash_of_everything).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Terms = [0, 1, -1, (1 bsl 27) - 1, 1 bsl 27, -(1 bsl 27), (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), 1 bsl 63, 1 bsl 64, -(1 bsl 64), 1 bsl 200, 0.0, -0.0, 1.0, 1.5e300, a, '', list_to_atom([1024, 16#1F600]), true,
             [], [1], "abc", [a | b], [[[]]], seq(1, 300), {}, {1}, {a, {b, [c]}}, list_to_tuple(seq(1, 100)), <<>>, <<1>>, <<1, 2, 3, 4, 5, 6, 7, 8, 9>>, <<1:1>>, <<5:3>>, <<255, 1:7>>, binary:copy(<<7>>, 300),
             #{}, #{a => 1}, #{1 => a, 1.0 => b}, maps:from_list([{N, N} || N <- seq(1, 50)]), fun erlang:abs/1, fun lists:map/2, {[#{k => <<"v">>}], 1 bsl 70, 2.5, 'x y'}],
    [{phash2, [erlang:phash2(T) || T <- Terms]},
     {phash, [erlang:phash(T, 1 bsl 32) || T <- Terms, not is_function(T)]},
     {ranges, [erlang:phash2({x, 1}, R) || R <- [1, 2, 7, 1000, 1 bsl 27, 1 bsl 31, 1 bsl 32]]},
     {bad_ranges, [caught(fun() -> erlang:phash2(x, id(R)) end) || R <- [0, -1, (1 bsl 32) + 1, a, 1.0]]},
     {phash_ranges, [caught(fun() -> erlang:phash(x, id(R)) end) || R <- [1, 5, 1 bsl 32, 0, -1, a, (1 bsl 32) + 1]]},
     {sub_binaries, [begin <<_:O, B:24/bits, _/bits>> = <<0:O, "abc", 0:9>>, erlang:phash2(B) end || O <- [0, 1, 7, 8]]},
     {remade, [T || T <- Terms, erlang:phash2(binary_to_term(term_to_binary(T))) =/= erlang:phash2(T)]},
     {maps_by_order, erlang:phash2(maps:from_list([{N, x} || N <- seq(1, 40)])) =:= erlang:phash2(maps:from_list([{41 - N, x} || N <- seq(1, 40)]))},
     {grown_map, erlang:phash2(maps:remove(z, #{a => 1, z => 2})) =:= erlang:phash2(#{a => 1})},
     {deep, erlang:phash2(deep(id(1000), x))},
     {wide, erlang:phash2(list_to_tuple(seq(1, 2000)))},
     {long_bytes, [erlang:phash2([N rem 256 || N <- seq(1, L)]) || L <- [3, 4, 5, 100]]},
     {md5, [erlang:md5(B) || B <- [<<>>, <<"abc">>, "abc", [<<"a">>, "b", [$c]]]]},
     {md5_parts, (fun() -> C0 = erlang:md5_init(), C1 = erlang:md5_update(C0, <<"hello ">>), C2 = erlang:md5_update(C1, ["wor", <<"ld">>]), C3 = erlang:md5_update(C1, "there"), {erlang:md5_final(C2) =:= erlang:md5(<<"hello world">>), erlang:md5_final(C3) =:= erlang:md5("hello there")} end)()},
     {crc, [erlang:crc32(<<"abc">>), erlang:crc32(id(5), "abc"), erlang:adler32("abc"), erlang:crc32_combine(erlang:crc32("ab"), erlang:crc32("c"), 1)]},
     {hash_errors, [caught(F) || F <- [fun() -> erlang:md5(id(a)) end, fun() -> erlang:crc32(id([256])) end, fun() -> erlang:adler32(id(<<1:1>>)) end, fun() -> erlang:md5([1 | id(2)]) end]]}].

deep(0, X) -> X;
deep(N, X) -> deep(N - 1, case N rem 3 of 0 -> [X]; 1 -> {N, X}; 2 -> #{k => X} end).

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
