%% Loops that carry states of several kinds through tail calls of several functions: tokenizers, machines, parsers of
%% nested terms, interpreters of small programs.
-module(state_loops).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{tokens, [tokens(T, []) || T <- ["a+12*(b-3)", " x ", "1 2", "?", ""]]},
     {rpn, [rpn(P, []) || P <- [[1, 2, add], [2, 3, mul, 4, sub], [1 bsl 60, dup, mul], [5, swap], [], [1, 0, divide]]]},
     {machine, machine([{set, a, 10}, {set, b, 0}, {label, l}, {add, b, a}, {dec, a}, {jnz, a, l}, {ret, b}])},
     {brackets, [brackets(B, [], 0) || B <- ["([]{})", "([)]", "((", "", "a(b)c"]]},
     {json, [json(J) || J <- ["[1,[2,{\"k\":true}],null]", "{\"a\":[],\"b\":-5}", "[1,", "\"x\""]]},
     {run_length, [decode(encode(S)) =:= S || S <- ["aaabccd", "", "zzzzzzzzzzzz"]]},
     {life, life(6, [{1, 0}, {1, 1}, {1, 2}, {2, 2}])},
     {turing, turing(id(0), [], [1, 1, 0, 1], 0)},
     {collatz_longest, longest(1, 300, {0, 0})}].

tokens([C | T], Acc) when C >= $0, C =< $9 -> number(T, C - $0, Acc);
tokens([C | T], Acc) when C >= $a, C =< $z -> tokens(T, [{var, C} | Acc]);
tokens([$\s | T], Acc) -> tokens(T, Acc);
tokens([C | T], Acc) when C =:= $+; C =:= $-; C =:= $*; C =:= $(; C =:= $) -> tokens(T, [{op, C} | Acc]);
tokens([], Acc) -> lists:reverse(Acc, []);
tokens([C | _], Acc) -> {bad, C, length(Acc)}.
number([C | T], N, Acc) when C >= $0, C =< $9 -> number(T, N * 10 + C - $0, Acc);
number(T, N, Acc) -> tokens(T, [{num, N} | Acc]).

rpn([], S) -> S;
rpn([add | T], [A, B | S]) -> rpn(T, [B + A | S]);
rpn([sub | T], [A, B | S]) -> rpn(T, [B - A | S]);
rpn([mul | T], [A, B | S]) -> rpn(T, [B * A | S]);
rpn([divide | T], [A, B | S]) -> try B div A of X -> rpn(T, [X | S]) catch error:R -> {R, T, S} end;
rpn([dup | T], [A | S]) -> rpn(T, [A, A | S]);
rpn([swap | T], [A, B | S]) -> rpn(T, [B, A | S]);
rpn([N | T], S) when is_integer(N) -> rpn(T, [N | S]);
rpn([Op | _], S) -> {stuck, Op, S}.

machine(P) -> step(P, P, #{}).
step([{set, R, V} | T], P, M) -> step(T, P, M#{R => V});
step([{add, R, Q} | T], P, M) -> step(T, P, M#{R := map_get(R, M) + map_get(Q, M)});
step([{dec, R} | T], P, #{} = M) -> step(T, P, M#{R := map_get(R, M) - 1});
step([{label, _} | T], P, M) -> step(T, P, M);
step([{jnz, R, L} | T], P, M) -> case M of #{R := 0} -> step(T, P, M); #{} -> step(from(L, P), P, M) end;
step([{ret, R} | _], _, M) -> {map_get(R, M), M}.
from(L, [{label, L} | T]) -> T;
from(L, [_ | T]) -> from(L, T).

brackets([C | T], S, N) when C =:= $(; C =:= $[; C =:= ${ -> brackets(T, [C | S], N + 1);
brackets([$) | T], [$( | S], N) -> brackets(T, S, N + 1);
brackets([$] | T], [$[ | S], N) -> brackets(T, S, N + 1);
brackets([$} | T], [${ | S], N) -> brackets(T, S, N + 1);
brackets([C | _], _, N) when C =:= $); C =:= $]; C =:= $} -> {wrong, C, N};
brackets([_ | T], S, N) -> brackets(T, S, N + 1);
brackets([], [], N) -> {fine, N};
brackets([], S, _) -> {open, length(S)}.

json(T) -> try value(T) of {V, []} -> {ok, V}; {V, R} -> {rest, V, R} catch throw:E -> {error, E} end.
value([$[, $] | T]) -> {[], T};
value([$[ | T]) -> elements(T, []);
value([${ | T]) -> members(T, #{});
value([$" | T]) -> text(T, []);
value("true" ++ T) -> {true, T};
value("null" ++ T) -> {null, T};
value([$- | T]) -> {N, R} = value(T), {-N, R};
value([C | T]) when C >= $0, C =< $9 -> digits(T, C - $0);
value(T) -> throw({unexpected, length(T)}).
digits([C | T], N) when C >= $0, C =< $9 -> digits(T, N * 10 + C - $0);
digits(T, N) -> {N, T}.
text([$" | T], Acc) -> {list_to_binary(lists:reverse(Acc, [])), T};
text([C | T], Acc) -> text(T, [C | Acc]).
elements(T, Acc) -> case value(T) of {V, [$, | R]} -> elements(R, [V | Acc]); {V, [$] | R]} -> {lists:reverse(Acc, [V]), R} end.
members(T, M) -> {K, [$: | R]} = value(T), case value(R) of {V, [$, | S]} -> members(S, M#{K => V}); {V, [$} | S]} -> {M#{K => V}, S} end.

encode([]) -> [];
encode([C | T]) -> encode(T, C, 1).
encode([C | T], C, N) -> encode(T, C, N + 1);
encode(T, C, N) -> [{C, N} | encode(T)].
decode([]) -> [];
decode([{_, 0} | T]) -> decode(T);
decode([{C, N} | T]) -> [C | decode([{C, N - 1} | T])].

life(0, Cells) -> lists:sort(Cells);
life(N, Cells) -> life(N - 1, [{X, Y} || X <- seq(-2, 6), Y <- seq(-2, 6), alive({X, Y}, Cells)]).
alive({X, Y}, Cells) -> case length([1 || A <- [-1, 0, 1], B <- [-1, 0, 1], {A, B} =/= {0, 0}, lists:member({X + A, Y + B}, Cells)]) of 3 -> true; 2 -> lists:member({X, Y}, Cells); _ -> false end.

turing(3, L, R, N) -> {lists:reverse(L, R), N};
turing(S, L, [], N) -> turing(S, L, [0], N);
turing(S, L, [H | R], N) when N < 200 ->
    case {S, H} of {0, 1} -> turing(0, [1 | L], R, N + 1); {0, 0} -> turing(1, [1 | L], R, N + 1); {1, 1} -> turing(1, [1 | L], R, N + 1); {1, 0} -> turing(2, tl(L), [hd(L), 0 | R], N + 1); {2, 1} -> turing(3, L, [0 | R], N + 1); {2, 0} -> turing(3, L, [0 | R], N + 1) end.

longest(N, N, Best) -> Best;
longest(K, N, {_, L} = Best) -> case collatz(K, 0) of M when M > L -> longest(K + 1, N, {K, M}); _ -> longest(K + 1, N, Best) end.
collatz(1, S) -> S;
collatz(K, S) when K band 1 =:= 0 -> collatz(K bsr 1, S + 1);
collatz(K, S) -> collatz(3 * K + 1, S + 1).

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
