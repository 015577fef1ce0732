%% Calls whose arguments are permutations of the parameters: cycles, duplicates, swaps over loops, with values that
%% move between stack and registers.
-module(register_shuffles).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{rotate, rotate(id(7), a, b, c, d, e, f)},
     {reverse, reverse(id(5), 1, 2, 3, 4, 5, 6, 7, 8)},
     {swap_loop, swap_loop(id(1001), x, y)},
     {duplicate, duplicate(id(3), 1, 2, 3)},
     {two_cycles, two_cycles(id(11), 1, 2, 3, 4, 5)},
     {through_stack, through_stack(id(9), p, q, r)},
     {fib, [fib(N, 0, 1) || N <- [0, 1, 2, 50, 93, 120]]},
     {gcd, [gcd(A, B) || {A, B} <- [{12, 18}, {1 bsl 70, 1 bsl 50}, {17, 5}, {0, 5}]]},
     {twelve, twelve(id(5), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)},
     {mixed_kinds, kinds(id(6), 1, 2.5, [c], {d}, <<5>>, 1 bsl 66)},
     {to_other_function, first(id(a), id(b), id(c), id(d))},
     {swapped_ops, [swapped(A, B) || {A, B} <- [{10, 3}, {3.5, 2}, {1 bsl 60, -7}]]},
     {nested_calls, tuple3(tuple3(1, id(2), 3), id(4), tuple3(id(5), 6, id(7)))},
     {bif_results, bifs(id([1, 2, 3]), id({a, b}), id(<<1, 2, 3, 4>>))},
     {hanoi, length(hanoi(id(8), a, b, c))},
     {constants_into_args, constants(id(4), [], nil, 0)},
     {ackermann, [ack(M, N) || {M, N} <- [{0, 5}, {1, 5}, {2, 5}, {2, 9}]]}].

rotate(0, A, B, C, D, E, F) -> [A, B, C, D, E, F];
rotate(N, A, B, C, D, E, F) -> rotate(N - 1, B, C, D, E, F, A).

reverse(0, A, B, C, D, E, F, G, H) -> [A, B, C, D, E, F, G, H];
reverse(N, A, B, C, D, E, F, G, H) -> reverse(N - 1, H, G, F, E, D, C, B, A).

swap_loop(0, A, B) -> {A, B};
swap_loop(N, A, B) -> swap_loop(N - 1, B, A).

duplicate(0, A, B, C) -> {A, B, C};
duplicate(N, A, B, C) -> duplicate(N - 1, B, B, {A, C}).

two_cycles(0, A, B, C, D, E) -> {A, B, C, D, E};
two_cycles(N, A, B, C, D, E) -> two_cycles(N - 1, B, A, D, E, C).

through_stack(0, A, B, C) -> {A, B, C};
through_stack(N, A, B, C) ->
    X = id({N, A}),
    garbage(20),
    through_stack(N - 1, C, X, B).

fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

twelve(0, A, B, C, D, E, F, G, H, I, J, K, L) -> {A, B, C, D, E, F, G, H, I, J, K, L};
twelve(N, A, B, C, D, E, F, G, H, I, J, K, L) -> twelve(N - 1, L, K, B, A, D, C, F + 1, E + 1, I, H, G, J).

kinds(0, A, B, C, D, E, F) -> {A, B, C, D, E, F};
kinds(N, A, B, C, D, E, F) -> kinds(N - 1, F, A, B, C, D, E).

first(A, B, C, D) -> second(D, A, C, B).
second(A, B, C, D) -> X = third(B, D), third({X, A}, C).
third(A, B) -> [B, A].

swapped(A, B) -> {A - B, B - A, A / B, B / A, A < B, B < A}.

tuple3(A, B, C) -> {C, A, B}.

bifs(L, T, B) ->
    X = length(L), Y = tuple_size(T), Z = byte_size(B),
    bifs2(Z, element(Y, T), X, hd(L), setelement(1, T, X)).
bifs2(A, B, C, D, E) -> {E, D, C, B, A}.

hanoi(0, _, _, _) -> [];
hanoi(N, A, B, C) -> hanoi(N - 1, A, C, B) ++ [{A, B} | hanoi(N - 1, C, B, A)].

constants(0, A, B, C) -> {A, B, C};
constants(1, A, _, C) -> constants(0, C, <<"lit">>, A);
constants(N, A, B, _) -> constants(N - 1, B, [A], N).

ack(0, N) -> N + 1;
ack(M, 0) -> ack(M - 1, 1);
ack(M, N) -> ack(M - 1, ack(M, N - 1)).

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

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
