%% Integers that cross the limits of small and machine words in both directions in loops, in guards, as keys, as loop
%% counters and as sizes.
-module(integers_growing).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    S = 1 bsl 59,
    [{up, up(S - 5, 10)},
     {down, down(-S + 5, 10)},
     {word_up, up((1 bsl 63) - 3, 6)},
     {word_down, down(-(1 bsl 63) + 3, 6)},
     {back_and_forth, swing(S - 1, 1000, 0)},
     {doubled, [D || D <- doubles(id(1), 130), D band (D - 1) =/= 0]},
     {halved, halves(1 bsl 130)},
     {factorials, [fact(N) || N <- [12, 13, 20, 21, 30]]},
     {as_counter, count(S - 20, S + 20, 0)},
     {as_counter_down, count_down(-S + 20, -S - 20, 0)},
     {as_keys, (fun() -> M = maps:from_list([{S + N, N} || N <- seq(-3, 3)]), [map_get(S + N, M) || N <- seq(-3, 3)] end)()},
     {guards, [guard(S + N) || N <- [-2, -1, 0, 1]] ++ [guard(-S + N) || N <- [-2, -1, 0, 1]]},
     {sums, [sum_squares(N) || N <- [10, 1000, 100000]]},
     {mixed_signs, mixed(id(40), 1)},
     {gcd, [gcd(fact(25), N) || N <- [1 bsl 70, fact(20), 10000000000000000000000]]},
     {modular, [power_mod(3, E, (1 bsl 61) - 1) || E <- [10, 1000, 1 bsl 60]]},
     {square_roots, [root(N) || N <- [0, 1, 15, 16, 1 bsl 60, (1 bsl 120) - 1, 1 bsl 121]]},
     {lcg, lcg(id(200), 12345)},
     {xorshift, xorshift(id(100), 88172645463325252)},
     {multiply_carry, [X * Y || X <- [S - 1, S, -S, (1 bsl 32) - 1, 1 bsl 32], Y <- [S - 1, -S, (1 bsl 32) + 1, 2, -1]]}].

up(_, 0) -> [];
up(X, N) -> [X | up(X + 1, N - 1)].

down(_, 0) -> [];
down(X, N) -> [X | down(X - 1, N - 1)].

swing(X, 0, C) -> {X, C};
swing(X, N, C) when X >= 1 bsl 59 -> swing(X - 3, N - 1, C + 1);
swing(X, N, C) -> swing(X + 2, N - 1, C).

doubles(_, 0) -> [];
doubles(X, N) -> [X | doubles(X + X, N - 1)].

halves(1) -> 0;
halves(X) when X rem 2 =:= 0 -> 1 + halves(X div 2).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

count(X, Y, N) when X < Y -> count(X + 1, Y, N + 1);
count(X, X, N) -> {X, N}.

count_down(X, Y, N) when X > Y -> count_down(X - 1, Y, N + 1);
count_down(X, X, N) -> {X, N}.

guard(X) when X + 1 > 576460752303423488 -> above;
guard(X) when X =:= 576460752303423487 -> last_small;
guard(X) when X - 1 < -576460752303423488, X > -576460752303423489 -> first_small;
guard(X) when X < -576460752303423488 -> below;
guard(_) -> small.

sum_squares(N) -> sum_squares(N, 0).
sum_squares(0, S) -> S;
sum_squares(N, S) -> sum_squares(N - 1, S + N * N * N).

mixed(0, X) -> X;
mixed(N, X) -> mixed(N - 1, -X * 3 + N).

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

power_mod(_, 0, _) -> 1;
power_mod(B, E, M) when E band 1 =:= 1 -> (B * power_mod(B, E - 1, M)) rem M;
power_mod(B, E, M) -> H = power_mod(B, E bsr 1, M), (H * H) rem M.

root(0) -> 0;
root(N) -> root(N, N).
root(N, X) -> case (X + N div X) div 2 of Y when Y >= X -> X; Y -> root(N, Y) end.

lcg(0, X) -> X;
lcg(N, X) -> lcg(N - 1, (X * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF).

xorshift(0, X) -> X;
xorshift(N, X0) -> X1 = X0 bxor (X0 bsl 13) band 16#FFFFFFFFFFFFFFFF, X2 = X1 bxor (X1 bsr 7), xorshift(N - 1, (X2 bxor (X2 bsl 17)) band 16#FFFFFFFFFFFFFFFF).

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
