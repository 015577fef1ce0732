%% Functions of binary that are written in Erlang: split and replace with all options, scopes, several patterns, and
%% what they raise.
-module(binary_module).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = <<"a,b,,c,">>,
    [{split, [binary:split(B, <<",">>, O) || O <- [[], [global], [global, trim], [global, trim_all], [{scope, {2, 3}}], [global, {scope, {6, -4}}]]]},
     {split_many, [binary:split(<<"a-b+c-d">>, P, [global]) || P <- [[<<"-">>, <<"+">>], [<<"-b">>, <<"b+">>], <<"x">>]]},
     {split_edges, [binary:split(X, <<",">>, [global]) || X <- [<<>>, <<",">>, <<",,">>, <<"abc">>]]},
     {split_errors, [caught(fun() -> binary:split(X, P, O) end) || {X, P, O} <- [{a, <<",">>, []}, {B, <<>>, []}, {B, <<",">>, [foo]}, {B, <<",">>, [{scope, {5, 50}}]}, {<<1:3>>, <<",">>, []}]]},
     {replace, [binary:replace(B, <<",">>, R, O) || R <- [<<>>, <<";">>, <<"long text">>], O <- [[], [global]]]},
     {replace_insert, [binary:replace(<<"abcde">>, [<<"b">>, <<"d">>], <<"[]">>, [global, {insert_replaced, P}]) || P <- [0, 1, 2, [0, 2], [1, 1]]]},
     {replace_fun, binary:replace(<<"abcde">>, <<"c">>, <<"x">>, [{scope, {0, 3}}])},
     {replace_errors, [caught(fun() -> binary:replace(X, P, R, O) end) || {X, P, R, O} <- [{B, <<>>, <<>>, []}, {B, <<",">>, a, []}, {B, <<",">>, <<>>, [{insert_replaced, 5}]}, {a, <<",">>, <<>>, []}]]},
     {compiled, (fun() -> C = binary:compile_pattern([<<"ab">>, <<"b">>]), {binary:split(<<"xabyb">>, C, [global]), binary:replace(<<"xabyb">>, C, <<"-">>, [global])} end)()},
     {unaligned, (fun() -> <<_:3, S:56/bits, _/bits>> = <<0:3, "a,b,c,d", 0:5>>, {binary:split(S, <<",">>, [global]), binary:replace(S, <<"b">>, <<"xyz">>)} end)()},
     {hex, [binary:encode_hex(X) || X <- [<<>>, <<1, 255, 16#AB>>]] ++ [caught(fun() -> binary:decode_hex(X) end) || X <- [<<"00FFab">>, <<"0">>, <<"0g">>]]},
     {long, (fun() -> L = binary:copy(<<"word ">>, 200), {length(binary:split(L, <<" ">>, [global])), byte_size(binary:replace(L, <<"o">>, <<"00">>, [global]))} end)()}].

caught(F) -> try F() catch C:R -> {C, R} end.

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
