%% Sub-binaries of sub-binaries, bits of bits, at every alignment; equality, order and hash of parts; parts that
%% outlive what they are part of.
-module(bits_parts).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = << <<X>> || X <- seq(0, 99) >>,
    [{parts_of_parts, parts(B, 4)},
     {bits_of_bits, [bits(B, N) || N <- [1, 3, 8, 13]]},
     {equal, [equal(B, N) || N <- seq(0, 9)]},
     {order, [order(N) || N <- [0, 1, 4, 7]]},
     {hash, [erlang:phash2(part(B, N, 40)) =:= erlang:phash2(copied(part(B, N, 40))) || N <- seq(0, 9)]},
     {as_key, as_key(B)},
     {binary_part, [caught(fun() -> binary_part(B, id(P), id(L)) end) || {P, L} <- [{0, 0}, {100, 0}, {5, 3}, {5, -3}, {0, -1}, {99, 1}, {99, 2}, {100, -5}, {-1, 1}, {1 bsl 70, 0}, {0, 1 bsl 70}, {a, 0}, {0, 1.0}]]},
     {part_tuple, [caught(fun() -> binary_part(id(X), id(P)) end) || {X, P} <- [{B, {2, 2}}, {B, {2, 2, 2}}, {B, [2, 2]}, {<<1:9>>, {0, 1}}, {a, {0, 0}}, {<<>>, {0, 0}}]]},
     {split, [begin {X, Y} = split_binary(B, id(N)), {byte_size(X), erlang:phash2(Y)} end || N <- [0, 1, 50, 100]]},
     {split_errors, [caught(fun() -> split_binary(id(X), id(N)) end) || {X, N} <- [{B, 101}, {B, -1}, {B, a}, {<<1:7>>, 1}, {a, 0}, {B, 1 bsl 70}]]},
     {at, [caught(fun() -> binary_at(B, id(N)) end) || N <- [0, 99, 100, -1]]},
     {outlives, outlives(id(2000))},
     {to_lists, [{binary_to_list(part(B, 3, 24)), bitstring_to_list(part(B, 3, 20))}]},
     {to_list_range, [caught(fun() -> binary_to_list(B, id(F), id(T)) end) || {F, T} <- [{1, 3}, {100, 100}, {3, 2}, {0, 1}, {1, 101}, {4, 3}, {2, 2}]]},
     {concatenated, begin P = part(B, 5, 19), Q = part(B, 8, 16), <<P/bits, Q/bits, P/bits>> end},
     {in_messages, messages(B)},
     {in_guard, [case part(B, N, 16) of X when X < <<128>> -> low; X when X >= <<128>> -> high end || N <- [0, 7, 80]]},
     {sizes, [{bit_size(P), byte_size(P), is_binary(P)} || N <- [0, 1, 7, 8, 9], P <- [part(B, 5, N)]]},
     {zeros_behind, [part(<<-1:N, 5:8, -1:9>>, N, 8) =:= <<5>> || N <- seq(0, 17)]}].

part(B, Offset, Size) -> <<_:Offset, P:Size/bits, _/bits>> = B, P.

copied(B) -> list_to_bitstring(bitstring_to_list(B)).

parts(B, 0) -> B;
parts(B, N) -> S = byte_size(B) div 3, <<_:S/binary, P:S/binary, R/binary>> = B, {P =:= copied(P), byte_size(R), parts(<<P/binary, R/binary>>, N - 1)}.

bits(B, N) -> <<_:N, C/bits>> = B, <<_:N, D:200/bits, _/bits>> = C, <<_:N, E:30/bits, _/bits>> = D, {E, bit_size(C) - bit_size(D)}.

equal(B, N) ->
    P = part(B, N, 33), Q = copied(P), R = <<0:N, P/bits>>, S = part(R, N, 33),
    {P =:= Q, P == S, S =:= Q, P =:= part(B, N, 34), P < part(B, N, 34)}.

order(N) ->
    X = part(<<0:N, 16#1234567:28>>, N, 28), Y = part(<<-1:N, 16#1234568:28>>, N, 28), Z = part(<<0:N, 16#1234567:28>>, N, 27),
    [X < Y, Y < X, Z < X, Z < Y, X =:= Y, max(X, Y) =:= Y, [A < C || A <- [X, Y, Z], C <- [<<16#12>>, <<16#13>>, <<>>]]].

as_key(B) ->
    M = #{part(B, 8, 24) => 8, part(B, 16, 24) => 16, part(B, 24, 24) => 24},
    {map_get(<<1, 2, 3>>, M), map_get(copied(part(B, 16, 24)), M), is_map_key(part(B, 7, 24), M)}.

binary_at(B, N) -> binary:at(B, N).

outlives(N) ->
    P = part(<< <<(X * 3)>> || X <- seq(1, N) >>, 8 * (N div 2), 40),
    Q = part(<< <<(X * 5):6>> || X <- seq(1, N) >>, N, 21),
    garbage(1000),
    erlang:garbage_collect(),
    {P, Q}.

messages(B) ->
    Self = self(),
    [spawn(fun() -> Self ! {N, part(B, N, 30), part(part(B, N, 60), N, 11)} end) || N <- [1, 2, 3]],
    [receive {N, P, Q} -> {P, Q} end || N <- [1, 2, 3]].

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
