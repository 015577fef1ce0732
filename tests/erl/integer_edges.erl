%% Arithmetic and comparison at the edges of small integers, machine words and halves of them; every pair of edges
%% through every operation.
-module(integer_edges).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Edges = edges(),
    [{edges, Edges},
     {per_op, [{Op, [hash([op(Op, id(A), id(B)) || B <- Edges]) || A <- Edges]} || Op <- ['+', '-', '*', 'div', 'rem', 'band', 'bor', 'bxor']]},
     {compare, [hash([[A < B, A =< B, A == B, A =:= B, A > B, A >= B, A /= B, A =/= B] || B <- Edges]) || A <- Edges]},
     {negate, [-A || A <- Edges]},
     {complement, [bnot A || A <- Edges]},
     {absolute, [abs(A) || A <- Edges]},
     {plus_constant, [[A + 1, A - 1, A + 16#7FFFFFFFFFFFFFF, A - 16#800000000000000] || A <- Edges]},
     {times_constant, [[A * 2, A * -1, A * 16#FFFFFFFF] || A <- Edges]},
     {divide_constant, [[A div 1, A div -1, A div 2, A rem 2, A div -7, A rem -7, A div 16#100000000, A rem 16#100000000] || A <- Edges]},
     {mask_constant, [[A band 16#FF, A band -16, A bor 1, A bxor -1, A band 16#FFFFFFFFFFFFFFFF] || A <- Edges]},
     {identities, [A || A <- Edges, B <- Edges, A =/= (A - B) + B orelse B =/= 0 andalso A =/= (A div B) * B + A rem B orelse A =/= (A bxor B) bxor B]},
     {distributes, [{A, B} || A <- Edges, B <- Edges, (A + B) * (A - B) =/= A * A - B * B]},
     {min_max, hash([{min(A, B), max(A, B)} || A <- Edges, B <- Edges])},
     {sorted, [A || {A, B} <- pairs(Edges), A >= B]}].

edges() ->
    append([[-(1 bsl N) - 1, -(1 bsl N), -(1 bsl N) + 1] || N <- [128, 64, 63, 60, 59, 32, 31, 28, 27]]) ++
        [-2, -1, 0, 1, 2] ++ append([[(1 bsl N) - 1, 1 bsl N, (1 bsl N) + 1] || N <- [27, 28, 31, 32, 59, 60, 63, 64, 128]]).

op('+', A, B) -> A + B;
op('-', A, B) -> A - B;
op('*', A, B) -> A * B;
op('div', A, B) -> try A div B catch error:badarith -> none end;
op('rem', A, B) -> try A rem B catch error:badarith -> none end;
op('band', A, B) -> A band B;
op('bor', A, B) -> A bor B;
op('bxor', A, B) -> A bxor B.

hash(X) -> erlang:phash2(X).

append([]) -> [];
append([H | T]) -> H ++ append(T).

pairs([A, B | T]) -> [{A, B} | pairs([B | T])];
pairs(_) -> [].

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
