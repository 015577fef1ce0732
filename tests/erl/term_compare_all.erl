%% The order of all kinds of terms against each other, in ==, <, =:=, sorting, min and max, with equal but not
%% identical numbers inside.
-module(term_compare_all).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    F = fun id/1, P = self(), R = make_ref(),
    Ts = [-(1 bsl 70), -1, 0, 0.5, 1, 1.0, 1 bsl 70, 1.0e300, a, b, '', R, F, P, {}, {1}, {1.0}, {2}, {a, b}, {b, a}, #{}, #{a => 1}, #{a => 1.0}, #{b => 0}, #{1 => a, 2 => b}, [], [1], [1.0], [1, 2], [2], [a | b], "abc", <<>>, <<0>>, <<1>>, <<1:1>>, <<1, 0>>],
    [{less, [[bit(A < B) || B <- Ts] || A <- Ts]},
     {equal, [[bit(A == B) || B <- Ts] || A <- Ts]},
     {identical, [[bit(A =:= B) || B <- Ts] || A <- Ts]},
     {antisymmetric, [{A, B} || A <- Ts, B <- Ts, (A < B) =:= (B =< A)]},
     {transitive, length([x || A <- Ts, B <- Ts, C <- Ts, A < B, B < C, not (A < C)])},
     {min_max, length([x || A <- Ts, B <- Ts, min(A, B) > max(A, B)])},
     {sorted, [kind(T) || T <- sort(Ts)]},
     {guards, [length([x || A <- Ts, B <- Ts, less(A, B) =/= (A < B)]), length([x || A <- Ts, B <- Ts, eq(A, B) =/= (A =:= B)])]},
     {copied, length([x || A <- Ts, binary_to_term(term_to_binary(A)) =/= A])},
     {deep, [{X < Y, X == Y} || {X, Y} <- [{deep(50, 1), deep(50, 1.0)}, {deep(50, 1), deep(50, 2)}, {deep(50, a), deep(51, a)}, {deep(9, {}), deep(9, [])}]]},
     {long_lists, [{X < Y, X =:= Y} || {X, Y} <- [{seq(1, 300), seq(1, 301)}, {seq(1, 300), seq(1, 299) ++ [300.0]}, {seq(1, 300), seq(1, 300)}]]},
     {bits, [{X < Y, X == Y} || {X, Y} <- [{<<1:3>>, <<1:4>>}, {<<5:3, 0:5>>, <<160>>}, {<<255>>, <<1:1, 127:8>>}, {<<"abc">>, <<"abd">>}, {<<"ab">>, <<"abc">>}]]}].

bit(true) -> 1; bit(false) -> 0.

less(A, B) when A < B -> true; less(_, _) -> false.
eq(A, A) -> true; eq(_, _) -> false.

kind(X) when is_number(X) -> number; kind(X) when is_atom(X) -> atom; kind(X) when is_reference(X) -> ref; kind(X) when is_function(X) -> function; kind(X) when is_pid(X) -> pid; kind(X) when is_tuple(X) -> tuple;
kind(X) when is_map(X) -> map; kind(X) when is_list(X) -> list; kind(X) when is_bitstring(X) -> bits.

sort([]) -> [];
sort([H | T]) -> sort([X || X <- T, X < H]) ++ [H] ++ sort([X || X <- T, not (X < H)]).

deep(0, X) -> X;
deep(N, X) -> case N rem 3 of 0 -> [deep(N - 1, X)]; 1 -> {N, deep(N - 1, X)}; 2 -> [N | deep(N - 1, X)] end.

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
