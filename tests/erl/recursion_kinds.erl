%% Recursion that is not tail recursion, mutual recursion, recursion through funs, lists, maps and comprehensions;
%% accumulators of all kinds; deep stacks that are unwound.
-module(recursion_kinds).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{sum_body, sum(seq(1, id(5000)))},
     {mutual, [{even(N), odd(N)} || N <- [0, 1, 1000, 1001]]},
     {three_ways, [a(N, []) || N <- [0, 5]]},
     {fib, [fib(N) || N <- [0, 1, 2, 10, 17]]},
     {tree, (fun() -> T = build(id(9)), {count(T), depth(T), element(1, T)} end)()},
     {flatten, flatten([1, [2, [3, [4, []], 5], []], [[[6]]]])},
     {permutations, length(perms([1, 2, 3, 4, 5]))},
     {queens, queens(id(6))},
     {ackermann, ack(2, id(6))},
     {binary_recursion, rev_bin(<<1, 2, 3, 4, 5>>)},
     {float_accumulator, mean([1, 2.5, 3, 4.5], 0.0, 0)},
     {big_accumulator, fact(id(40))},
     {map_accumulator, freq("mississippi", #{})},
     {fun_recursion, (fun F(0) -> []; F(N) -> [N | F(N - 1)] end)(id(10))},
     {comprehension_recursion, length(subsets(id([1, 2, 3, 4, 5, 6])))},
     {unwound, (fun() -> try down(id(3000)) catch throw:N -> N end end)()},
     {unwound_deep_values, (fun() -> K = {keep, [id(1)]}, R = try down2(id(500), []) catch throw:L -> length(L) end, {K, R} end)()},
     {hanoi, hanoi(id(8), left, right, middle, 0)},
     {expression, eval({add, {mul, 3, {add, 4, 5}}, {neg, {mul, 2, 1 bsl 64}}})},
     {sort, [msort([3, 1, 2]), msort([]), msort([5, 1, 4, 1.0, 3, a, [1], {}]), length(msort([(N * 7919) rem 1009 || N <- seq(1, 400)]))]}].

sum([]) -> 0;
sum([H | T]) -> H + sum(T).

even(0) -> true; even(N) -> odd(N - 1).
odd(0) -> false; odd(N) -> even(N - 1).

a(0, L) -> L; a(N, L) -> b(N - 1, [a | L]).
b(0, L) -> L; b(N, L) -> [x | c(N - 1, [b | L])].
c(0, L) -> L; c(N, L) -> a(N - 1, [c | L]).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

build(0) -> leaf;
build(N) -> {N, build(N - 1), build(N - 2 + N rem 2)}.

count(leaf) -> 1; count({_, L, R}) -> count(L) + count(R).
depth(leaf) -> 0; depth({_, L, R}) -> 1 + max(depth(L), depth(R)).

flatten([]) -> []; flatten([H | T]) -> flatten(H) ++ flatten(T); flatten(X) -> [X].

perms([]) -> [[]];
perms(L) -> [[H | T] || H <- L, T <- perms(L -- [H])].

queens(N) -> length(queens(N, N)).
queens(0, _) -> [[]];
queens(K, N) -> [[Q | Qs] || Qs <- queens(K - 1, N), Q <- seq(1, N), safe(Q, Qs, 1)].
safe(_, [], _) -> true;
safe(Q, [P | Ps], D) -> Q =/= P andalso abs(Q - P) =/= D andalso safe(Q, Ps, D + 1).

ack(0, N) -> N + 1; ack(M, 0) -> ack(M - 1, 1); ack(M, N) -> ack(M - 1, ack(M, N - 1)).

rev_bin(<<>>) -> <<>>; rev_bin(<<X, R/binary>>) -> <<(rev_bin(R))/binary, X>>.

mean([], S, N) -> S / N; mean([H | T], S, N) -> mean(T, S + H, N + 1).

fact(0) -> 1; fact(N) -> N * fact(N - 1).

freq([], M) -> M; freq([C | T], M) -> freq(T, M#{C => maps:get(C, M, 0) + 1}).

subsets([]) -> [[]]; subsets([H | T]) -> S = subsets(T), S ++ [[H | X] || X <- S].

down(0) -> throw(bottom); down(N) -> X = down(N - 1), {N, X}.
down2(0, L) -> garbage(20), throw(L); down2(N, L) -> X = down2(N - 1, [{N} | L]), [X, N].

hanoi(0, _, _, _, C) -> C; hanoi(N, A, B, M, C) -> hanoi(N - 1, M, B, A, hanoi(N - 1, A, M, B, C) + 1).

eval({add, A, B}) -> eval(A) + eval(B); eval({mul, A, B}) -> eval(A) * eval(B); eval({neg, A}) -> -eval(A); eval(N) -> N.

msort([]) -> []; msort([X]) -> [X];
msort(L) -> {A, B} = split(L, [], []), merge(msort(A), msort(B)).
split([], A, B) -> {A, B}; split([H | T], A, B) -> split(T, B, [H | A]).
merge([], B) -> B; merge(A, []) -> A;
merge([A | As], [B | Bs]) when A =< B -> [A | merge(As, [B | Bs])];
merge(As, [B | Bs]) -> [B | merge(As, Bs)].

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
