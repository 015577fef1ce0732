%% Choices among very many constants: integers dense and sparse, negative and big, atoms, tuples of many sizes, floats,
%% strings, mixed clauses.
-module(selections_large).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{dense, [dense(id(N)) || N <- [-1, 0, 1, 7, 15, 16, 31, 32, 1.0, a, 1 bsl 64]]},
     {sparse, [sparse(id(N)) || N <- [0, 1, 1000, -1000, 1000000, 1 bsl 40, 1 bsl 59, 1 bsl 60, 1 bsl 64, -(1 bsl 64), 16#123456789ABCDEF, 5]]},
     {edges, [edge(id(N)) || N <- [16#7FFFFFF, 16#8000000, 16#7FFFFFFFFFFFFFF, 16#800000000000000, -16#800000000000000, -16#800000000000001, 16#FFFFFFFFFFFFFFFF, 16#10000000000000000, 0]]},
     {atoms, [atom(id(A)) || A <- [january, february, march, april, may, june, july, august, september, october, november, december, 'January', undefined, 1, "may"]]},
     {chars, [char(C) || C <- "a0 Z_\n{~" ++ [0, 255, 1000]]},
     {floats, [float_of(id(F)) || F <- [0.0, 0.5, 1.0, 1.5, -1.0, 1.0e100, 1, 0, 2.0]]},
     {mixed, [mixed(id(X)) || X <- [1, 1.0, a, "a", <<"a">>, {1}, {a}, [], [1], [a], #{}, 1 bsl 70, <<>>, {}]]},
     {arities, [arity(list_to_tuple(seq(1, N))) || N <- [0, 1, 2, 3, 5, 8, 9, 20]]},
     {strings, [string(id(S)) || S <- ["get", "put", "post", "patch", "delete", "deleted", "", "ge", get]]},
     {binaries, [binary(id(S)) || S <- [<<"get">>, <<"put">>, <<"post">>, <<"ge">>, <<>>, <<"gets">>, <<1:3>>, "get"]]},
     {nested, [nested(A, B) || A <- [x, y, 1, 2], B <- [1, 2, x, {x}]]},
     {in_loop, count([dense(N rem 20) || N <- seq(1, 200)], 0)},
     {two_levels, [two(N) || N <- seq(0, 40)]},
     {value_of_case, [begin V = case id(N) of 1 -> one; 2 -> two; 3 -> three; 4 -> four; 5 -> five; _ -> many end, {N, V} end || N <- [1, 3, 5, 6]]},
     {no_match, [caught(fun() -> case id(N) of 1 -> a; 2 -> b; 3 -> c; 4 -> d; 5 -> e end end) || N <- [0, 3, 6, x]]}].

dense(0) -> zero; dense(1) -> one; dense(2) -> two; dense(3) -> three; dense(4) -> four; dense(5) -> five; dense(6) -> six; dense(7) -> seven; dense(8) -> eight;
dense(9) -> nine; dense(10) -> ten; dense(11) -> eleven; dense(12) -> twelve; dense(13) -> thirteen; dense(14) -> fourteen; dense(15) -> fifteen; dense(31) -> far;
dense(N) when is_integer(N) -> integer; dense(_) -> other.

sparse(0) -> a; sparse(1000) -> b; sparse(-1000) -> c; sparse(1000000) -> d; sparse(1099511627776) -> e; sparse(576460752303423488) -> f; sparse(1152921504606846976) -> g;
sparse(18446744073709551616) -> h; sparse(-18446744073709551616) -> i; sparse(16#123456789ABCDEF) -> j; sparse(_) -> none.

edge(16#7FFFFFF) -> a; edge(16#8000000) -> b; edge(16#7FFFFFFFFFFFFFF) -> c; edge(16#800000000000000) -> d; edge(-16#800000000000000) -> e;
edge(-16#800000000000001) -> f; edge(16#FFFFFFFFFFFFFFFF) -> g; edge(16#10000000000000000) -> h; edge(_) -> none.

atom(january) -> 1; atom(february) -> 2; atom(march) -> 3; atom(april) -> 4; atom(may) -> 5; atom(june) -> 6; atom(july) -> 7; atom(august) -> 8; atom(september) -> 9;
atom(october) -> 10; atom(november) -> 11; atom(december) -> 12; atom(A) when is_atom(A) -> atom; atom(_) -> none.

char($\s) -> space; char($\n) -> newline; char(C) when C >= $0, C =< $9 -> digit; char($_) -> letter; char(C) when C >= $a, C =< $z; C >= $A, C =< $Z -> letter;
char(${) -> open; char($}) -> close; char(C) when C > 255 -> wide; char(0) -> nul; char(_) -> other.

float_of(0.5) -> half; float_of(1.0) -> one; float_of(1.5) -> one_and_half; float_of(-1.0) -> minus_one; float_of(1.0e100) -> huge; float_of(1) -> int_one; float_of(_) -> other.

mixed(1) -> i1; mixed(1.0) -> f1; mixed(a) -> a; mixed("a") -> string; mixed(<<"a">>) -> bin; mixed({1}) -> t1; mixed({a}) -> ta; mixed([]) -> nil; mixed([1]) -> l1; mixed([a]) -> la;
mixed(1180591620717411303424) -> big; mixed(M) when is_map(M) -> map; mixed(B) when is_binary(B) -> binary; mixed(_) -> none.

arity({}) -> 0; arity({A}) -> {1, A}; arity({_, B}) -> {2, B}; arity({_, _, C}) -> {3, C}; arity({_, _, _, _, E}) -> {5, E}; arity({_, _, _, _, _, _, _, H}) -> {8, H}; arity(T) -> {many, tuple_size(T)}.

string("get") -> 1; string("put") -> 2; string("post") -> 3; string("patch") -> 4; string("delete") -> 5; string("") -> 0; string(S) when is_list(S) -> list; string(_) -> none.

binary(<<"get">>) -> 1; binary(<<"put">>) -> 2; binary(<<"post">>) -> 3; binary(<<"ge", R/binary>>) -> {ge, R}; binary(<<>>) -> 0; binary(B) when is_bitstring(B) -> bits; binary(_) -> none.

nested(x, 1) -> x1; nested(x, 2) -> x2; nested(y, 1) -> y1; nested(y, {x}) -> yx; nested(1, x) -> '1x'; nested(1, N) when is_integer(N) -> {'1', N}; nested(A, A) -> same; nested(_, _) -> none.

two(N) when N < 10 -> case N of 0 -> a; 3 -> b; 5 -> c; 7 -> d; 9 -> e; _ -> low end;
two(N) when N < 30 -> case N rem 10 of 0 -> tens; 1 -> ones; 2 -> twos; 5 -> fives; _ -> middle end;
two(N) -> case N of 30 -> p; 35 -> q; 40 -> r; _ -> high end.

count([], N) -> N;
count([integer | T], N) -> count(T, N + 100);
count([other | _], _) -> wrong;
count([_ | T], N) -> count(T, N + 1).

caught(F) -> try F() catch C:R -> {C, R} end.

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
