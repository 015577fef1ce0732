%% Binaries that grow in loops with other things in between: two accumulators, accumulators in tuples and maps, that
%% are matched, given back and grown again, of bits, under collections.
-module(bits_writable).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{two, two(id(60), <<>>, <<>>)},
     {crossed, crossed(id(20), <<>>, <<>>)},
     {in_tuple, in_tuple(id(40), {<<>>, x})},
     {in_map, in_map(id(40), #{acc => <<>>})},
     {body_recursive, body(id(20))},
     {grown_and_cut, cut(id(30), <<"start">>)},
     {escaped_in_middle, escaped(id(50), <<>>, [])},
     {bits_then_bytes, [odd(id(N), <<>>) || N <- [7, 8, 9]]},
     {comprehension_in_loop, comp(id(8), <<>>)},
     {conditional, cond_append(seq(1, 60), <<>>)},
     {from_argument, from(id(<<1, 2, 3>>))},
     {with_sub_binary, with_sub(id(<<1, 2, 3, 4, 5, 6, 7, 8, 9, 10>>))},
     {with_floats_and_utf, mixed(id(12), <<>>)},
     {to_process, (fun() -> P = spawn(fun() -> acc(<<>>) end), [P ! {add, <<N>>} || N <- seq(1, 40)], P ! {get, self()}, receive {acc, B} -> {byte_size(B), erlang:phash2(B)} end end)()},
     {raise_in_middle, raising(id(20), <<>>)},
     {compare_versions, (fun() -> {A1, B1} = versions(id(<<"v">>)), {A1 =:= B1, A1 < B1, byte_size(A1)} end)()}].

h(B) -> {bit_size(B), erlang:phash2(B)}.

two(0, A, B) -> {h(A), h(B)};
two(N, A, B) -> two(N - 1, <<A/binary, N>>, <<B/binary, (N * 3):16>>).

crossed(0, A, B) -> {A, B};
crossed(N, A, B) when N rem 3 =:= 0 -> crossed(N - 1, <<B/binary, N>>, A);
crossed(N, A, B) -> crossed(N - 1, <<A/binary, N>>, <<A/binary, (byte_size(B))>>).

in_tuple(0, {A, _}) -> h(A);
in_tuple(N, {A, X}) -> garbage(3), in_tuple(N - 1, {<<A/binary, N>>, [N, X =:= A]}).

in_map(0, M) -> h(map_get(acc, M));
in_map(N, #{acc := A} = M) -> in_map(N - 1, M#{acc := <<A/binary, N, N>>, N => N}).

body(0) -> <<>>;
body(N) -> B = body(N - 1), <<B/binary, N>>.

cut(0, B) -> B;
cut(N, B) when byte_size(B) > 12 -> <<_:8/binary, R/binary>> = B, cut(N - 1, R);
cut(N, B) -> cut(N - 1, <<B/binary, N, N>>).

escaped(0, B, L) -> {h(B), [h(X) || X <- L]};
escaped(N, B, L) when N rem 9 =:= 0 -> escaped(N - 1, <<B/binary, 0>>, [B | L]);
escaped(N, B, L) -> garbage(2), escaped(N - 1, <<B/binary, N>>, L).

odd(0, B) -> <<B/bits, "end">>;
odd(N, B) -> odd(N - 1, <<B/bits, N:3>>).

comp(0, B) -> h(B);
comp(N, B) -> C = << <<(X bxor N)>> || <<X>> <= B >>, comp(N - 1, <<C/binary, N, B/binary>>).

cond_append([], B) -> h(B);
cond_append([X | T], B) -> C = if X rem 5 =:= 0 -> <<B/binary, "five">>; X rem 3 =:= 0 -> <<"3", B/binary>>; true -> B end, cond_append(T, C).

from(B) -> C = <<B/binary, 4>>, D = <<B/binary, 5>>, {B, C, D, <<C/binary, D/binary>>}.

with_sub(B) -> <<_:3/binary, S:4/binary, _/binary>> = B, C = <<S/binary, 99>>, D = <<C/binary, S/binary>>, {B, C, D}.

mixed(0, B) -> h(B);
mixed(N, B) -> mixed(N - 1, <<B/binary, (N * 1.5):32/float, (N + 16#20A0)/utf8, (-N):24/little>>).

acc(B) -> receive {add, X} -> acc(<<B/binary, X/binary>>); {get, P} -> P ! {acc, B} end.

raising(0, B) -> h(B);
raising(N, B) -> C = try <<B/binary, (if N rem 4 =:= 0 -> a; true -> N end)>> catch error:badarg -> <<B/binary, "bad">> end, raising(N - 1, C).

versions(B) -> A = <<B/binary, 1, 2, 3>>, C = <<A/binary, 4>>, D = <<A/binary, 5>>, {C, D}.

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
