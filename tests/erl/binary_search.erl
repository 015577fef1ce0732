%% binary:match, matches, split and compile_pattern, and the other functions of the module that the runtime provides.
-module(binary_search).
-export([start/0, id/1]).

start() ->
    plain([{match, [binary:match(id(<<"abcabcabd">>), P) || P <- patterns()]},
     {matches, [binary:matches(id(<<"abcabcabd">>), P) || P <- patterns()]},
     {compiled, [binary:matches(<<"abcabcabd">>, binary:compile_pattern(P)) =:= binary:matches(<<"abcabcabd">>, P) || P <- patterns()]},
     {compiled_kind, [element(1, binary:compile_pattern(P)) || P <- [<<"a">>, [<<"a">>], [<<"a">>, <<"b">>]]]},
     {scopes, [{S, caught(fun() -> binary:match(id(<<"abcabc">>), <<"bc">>, [{scope, S}]) end), caught(fun() -> binary:matches(<<"abcabc">>, [<<"c">>, <<"ca">>], [{scope, S}]) end)}
               || S <- [{0, 6}, {1, 5}, {2, 4}, {1, 1}, {3, -3}, {6, -6}, {6, -2}, {0, 0}, {6, 0}, {0, 7}, {2, -3}, {7, 0}, {-1, 1}, {a, 1}, {1}]]},
     {split, [{B, O, binary:split(id(B), <<"X">>, O)} || B <- [<<>>, <<"X">>, <<"aX">>, <<"Xa">>, <<"aXXb">>, <<"XaXXbX">>, <<"XXX">>],
                                                         O <- [[], [global], [trim], [global, trim], [trim_all], [global, trim_all]]]},
     {split_scope, [binary:split(id(<<"XaXXbX">>), [<<"X">>, <<"XX">>], [global, {scope, S}]) || S <- [{0, 6}, {1, 4}, {2, 2}, {3, 3}, {6, -4}]]},
     {parts_of_parts, parts(id(<<"key=value;other=thing;last">>))},
     {unaligned, unaligned(id(<<5:3, "one,two,three", 1:5>>))},
     {long, long(id(300000))},
     {unsigned, [{N, binary:encode_unsigned(id(N)), binary:encode_unsigned(N, little), binary:decode_unsigned(binary:encode_unsigned(N)) =:= N,
                  binary:decode_unsigned(binary:encode_unsigned(N, little), little) =:= N} || N <- [0, 1, 255, 256, 16#123456, 1 bsl 63, (1 bsl 64) - 1, 1 bsl 100]]},
     {decode, [binary:decode_unsigned(id(B), E) || B <- [<<>>, <<0>>, <<0, 0, 1>>, <<1, 0, 0>>, <<1, 2, 3, 4, 5, 6, 7, 8, 9>>], E <- [big, little]]},
     {common, [{binary:longest_common_prefix(id(L)), binary:longest_common_suffix(L)} || L <- [[<<"abcx">>, <<"abdx">>], [<<"abc">>], [<<>>, <<"a">>], [<<"abab">>, <<"ab">>, <<"xab">>]]]},
     {copy, {binary:copy(id(<<"ab">>), 3), binary:copy(<<"ab">>, 0), binary:copy(<<>>, 1000)}},
     {iovec, [erlang:iolist_to_iovec(id(L)) || L <- [[], <<>>, [1, <<"abc">> | <<"x">>], [[], [<<1>>, [2]]], <<"ab">>]]},
     {iovec_sizes, [{N, [byte_size(B) || B <- erlang:iolist_to_iovec([1, binary:copy(<<"a">>, N), 2, 3])]} || N <- [1, 64, 512, 513, 5000]]},
     {errors, [caught(F) || F <- errors()]}]).

%% Without binaries and lists that would be printed as text.
plain(B) when is_bitstring(B) -> {bits, [-1 | bitstring_to_list(B)]};
plain([C | T]) when is_integer(C), C >= 0 -> [-1, C | plain(T)];
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(X) -> X.

patterns() ->
    [<<"a">>, <<"abc">>, <<"z">>, [<<"a">>, <<"ab">>], [<<"bcab">>, <<"ca">>, <<"abd">>], [<<"c">>, <<"b">>, <<"a">>], [<<"abcabd">>, <<"bc">>],
     <<"abcabcabd">>, <<"abcabcabde">>, [<<"abcabx">>, <<"bcabcaby">>, <<"d">>]].

parts(B) ->
    [binary:split(P, <<"=">>) || P <- binary:split(B, <<";">>, [global])].

unaligned(<<_:3, B:13/binary, _:5>>) ->
    {binary:match(B, <<"two">>), binary:split(B, <<",">>, [global]), binary:matches(B, [<<"t">>, <<"e">>]), binary:longest_common_prefix([B, <<"one more">>]),
     binary:decode_unsigned(B) =:= binary:decode_unsigned(<<"one,two,three">>), binary:encode_unsigned(binary:decode_unsigned(B))}.

long(N) ->
    B = binary:copy(<<"aaaaaaaaab">>, N),
    {length(binary:matches(B, <<"ab">>)), binary:match(B, <<"aaaaaaaaaa">>), length(binary:split(B, [<<"b">>, <<"aab">>], [global])),
     binary:match(B, <<"aab">>, [{scope, {10 * N - 3, 3}}])}.

errors() ->
    [fun() -> binary:match(id(<<"a">>), <<>>) end, fun() -> binary:match(<<"a">>, id([])) end, fun() -> binary:match(<<"a">>, id([<<"a">>, <<>>])) end,
     fun() -> binary:match(id(a), <<"a">>) end, fun() -> binary:match(<<"a">>, id(a)) end, fun() -> binary:match(<<"a">>, id({bm, x})) end,
     fun() -> binary:match(id(<<1:1>>), <<"a">>) end, fun() -> binary:match(<<"a">>, <<"a">>, id([global])) end, fun() -> binary:split(<<"a">>, <<"a">>, id([foo])) end,
     fun() -> binary:split(<<"a">>, <<"a">>, id(foo)) end, fun() -> binary:compile_pattern(id(<<>>)) end, fun() -> binary:compile_pattern(id([])) end,
     fun() -> binary:compile_pattern(id({bm, <<"a">>})) end, fun() -> binary:encode_unsigned(id(-1)) end, fun() -> binary:encode_unsigned(id(1.0)) end,
     fun() -> binary:encode_unsigned(1, id(middle)) end, fun() -> binary:decode_unsigned(id(a)) end, fun() -> binary:decode_unsigned(<<1>>, id(middle)) end,
     fun() -> binary:longest_common_prefix(id([])) end, fun() -> binary:longest_common_suffix(id([a])) end, fun() -> binary:copy(id(<<1>>), -1) end,
     fun() -> binary:referenced_byte_size(id(a)) end, fun() -> erlang:iolist_to_iovec(id(a)) end, fun() -> erlang:iolist_to_iovec(id([256])) end,
     fun() -> binary:list_to_bin(id([a])) end].

caught(F) -> try F() of V -> {value, V} catch C:R -> {C, R} end.

id(X) -> X.
