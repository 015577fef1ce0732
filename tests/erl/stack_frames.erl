%% Frames that are trimmed, grown and given up early: values needed at different depths, after different calls, with
%% tries in between, and slots used again for other values.
-module(stack_frames).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{sequence, sequence(id(1), id(2), id(3), id(4))},
     {dropped_one_by_one, drop(id([a]), id({b}), id(<<"c">>), id(4.5), id(1 bsl 65))},
     {reused_slots, reused(id(5))},
     {branches, [branches(id(X), id([k])) || X <- [1, 2, 3, 4]]},
     {early_return, [early(id(X)) || X <- [[], [1], [1, 2], [1, 2, 3], [0, 1]]]},
     {try_between, [between(id(X)) || X <- [1, 0, a]]},
     {loops_in_middle, middle(id(30))},
     {receive_between, over_receive(id({x, 1}), id([y]))},
     {tail_call_after_body, tail(id(100), [])},
     {nested_bodies, nested(id(3))},
     {deep_and_trimmed, (fun() -> X = down(id(300), []), {length(X), hd(X)} end)()},
     {unused_results, unused(id([1, 2, 3]))}].

g(X) -> garbage(15), X.

sequence(A, B, C, D) -> E = g(A + B), F = g({E, C}), G = g([F | D]), H = g({A, G}), I = g(H), {E, I}.

drop(A, B, C, D, E) -> A1 = g(A), X1 = {A1, g(b1)}, B1 = g(B), X2 = [X1, B1, g(b2)], C1 = g(C), X3 = {X2, C1, g(b3)}, D1 = g(D), X4 = [X3, D1 | g(b4)], E1 = g(E), {X4, E1, g(end_)}.

reused(N) -> X = begin A = g([N]), B = g({A}), length(A) + tuple_size(B) end, Y = begin C = g(<<N>>), D = g(N * 1.5), byte_size(C) + D end, Z = begin E = g(#{N => X}), map_size(E) end, {X, Y, Z, g(N)}.

branches(1, K) -> A = g(K), B = g([A]), {B, g(K)};
branches(2, K) -> A = g({K}), g(drop), [A | g(K)];
branches(X, K) -> Y = case X of 3 -> A = g(K), B = g(A), {A, B}; _ -> g(none) end, Z = g(Y), {Z, K}.

early([]) -> none;
early([H | T]) -> A = g(H), if A =:= 0 -> zero; true -> case g(T) of [] -> {one, A}; [B] -> {two, A, g(B)}; [B | C] -> D = g(C), {more, A, B, D} end end.

between(X) -> A = g([X]), B = try g(10 div X) catch error:E -> g({E, A}) end, C = g({A, B}), try g(C), throw(g({thrown, C})) catch throw:{thrown, D} -> {D =:= C, A, B} end.

middle(N) -> A = g({N}), S = loop(N, 0), B = g([A, S]), T = loop(S rem 7, 0), {A, B, T}.
loop(0, S) -> S;
loop(N, S) -> X = g(N), loop(N - 1, S + X).

over_receive(A, B) -> self() ! {m, A}, C = g(B), receive {m, D} -> E = g({C, D}), self() ! E, receive {F, G} -> {A, B, F, G, E =:= {F, G}} end end.

tail(0, Acc) -> length(Acc);
tail(N, Acc) -> X = g(N), Y = g({X}), tail(N - 1, [Y | Acc]).

nested(0) -> leaf;
nested(N) -> {nested(N - 1), g([N]), nested(N - 1)}.

down(0, Acc) -> Acc;
down(N, Acc) -> A = id({N}), B = down(N - 1, [A | Acc]), [N | B].

unused(L) -> g(L), _ = g({L}), [_ | T] = g(L), g(x), {T, length(L)}.

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
