%% Long and nested conditions: values of tests used as terms, the same test in guard and body, many alternatives,
%% guards with computed parts.
-module(guards_nested).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Numbers = [-3, -1, 0, 1, 2, 3, 7, 8, 15, 16, 100, 0.5, 7.0, 1 bsl 64, -(1 bsl 64), a, {1}],
    [{ranges, [range(id(N)) || N <- Numbers]},
     {as_terms, [as_term(id(X), id(Y)) || X <- [1, 2, a], Y <- [1, 1.0, b]]},
     {guard_and_body, [{in_guard(id(X)), catch in_body(id(X))} || X <- Numbers]},
     {booleans, [bool(A, B, C) || A <- [true, false], B <- [true, false], C <- [true, false]]},
     {boolean_table, [table(id(A), id(B)) || A <- [true, false, x], B <- [true, false, x]]},
     {in_range, [is_in(id(N), id(L), id(H)) || N <- [1, 5, 10, 5.0, a], L <- [1, 3], H <- [7, 10]]},
     {leap_years, [Y || Y <- [1900, 1904, 2000, 2023, 2024, 2100, 2400], leap(Y)]},
     {triangle, [triangle(A, B, C) || {A, B, C} <- [{3, 4, 5}, {1, 1, 1}, {2, 2, 3}, {1, 2, 3}, {0, 1, 1}, {2.0, 2, 2}, {a, b, c}]]},
     {many_types, [kind(id(X)) || X <- [1, 1.0, a, true, [], [1], {}, #{}, <<>>, <<1:1>>, self(), make_ref(), fun id/1, fun(_, _) -> 1 end, 1 bsl 80]]},
     {functions, [fun_kind(F) || F <- [fun() -> 1 end, fun(A) -> A end, fun(A, B) -> {A, B} end, fun id/1, fun erlang:'+'/2, x]]},
     {fun_arity_variable, [is_function(id(fun erlang:'+'/2), id(N)) || N <- [0, 1, 2, 255]]},
     {fun_arity_errors, [caught(fun() -> is_function(id(X), id(N)) end) || X <- [a, fun id/1], N <- [-1, a, 1 bsl 70, 1.0]]},
     {fun_arity_in_guard, [if is_function(F, N) -> yes; true -> no end || F <- [id(fun id/1), id(a)], N <- [1, 0, id(-1), id(a)]]},
     {xor_values, [{A xor B, A and B, A or B} || A <- [id(true), id(false)], B <- [id(true), id(false)]]},
     {compound, [compound(id(X)) || X <- [{a, [1, 2, 3]}, {a, []}, {b, {1, 2}}, {b, {2, 1}}, {c, #{n => 3}}, {c, #{}}, d]]},
     {shared_test, [shared(id(X), id(Y)) || X <- [1, 5, a], Y <- [1, 5, 9]]}].

range(N) when is_integer(N), N >= 0, N < 8, N band (N - 1) =:= 0 -> power;
range(N) when is_integer(N), N > 0, N =< 15 -> small;
range(N) when is_float(N), N >= 0.0, N =< 15.0; N =:= 16 -> special;
range(N) when N < 0, is_integer(N) -> negative;
range(N) when N > 15 andalso (is_integer(N) orelse is_float(N)) -> large;
range(_) -> other.

as_term(X, Y) ->
    A = X == Y, B = X =:= Y, C = is_integer(X) andalso X > 1, D = X < Y,
    {A, B, C, D, [A | B], not C}.

in_guard(X) when (X + 1) * 2 - X div 2 > 10 -> true;
in_guard(_) -> false.
in_body(X) -> try (X + 1) * 2 - X div 2 > 10 catch error:badarith -> badarith end.

bool(A, B, C) ->
    if A, B, C -> all;
       A andalso (B orelse C) -> two_with_a;
       (A xor B) xor C -> odd;
       not (A or B or C) -> none;
       true -> rest
    end.

table(A, B) ->
    X = if A and B -> 1; true -> 0 end,
    Y = if A orelse B -> 1; true -> 0 end,
    Z = if A =:= true, not B -> 1; true -> 0 end,
    W = if not (A =:= B) -> 1; true -> 0 end,
    {X, Y, Z, W}.

is_in(N, L, H) when is_integer(N), L =< N, N =< H -> integer_in;
is_in(N, L, H) when L =< N andalso N =< H -> in;
is_in(N, _, _) when is_number(N) -> out;
is_in(_, _, _) -> no_number.

leap(Y) when Y rem 400 =:= 0; Y rem 4 =:= 0, Y rem 100 =/= 0 -> true;
leap(_) -> false.

triangle(A, B, C) when A + B > C, B + C > A, A + C > B, A == B, B == C -> equilateral;
triangle(A, B, C) when A + B > C, B + C > A, A + C > B, (A == B orelse B == C orelse A == C) -> isosceles;
triangle(A, B, C) when A + B > C, B + C > A, A + C > B -> scalene;
triangle(A, _, _) when is_number(A) -> none;
triangle(_, _, _) -> error.

kind(X) when is_boolean(X) -> boolean;
kind(X) when is_atom(X) -> atom;
kind(X) when is_integer(X), X > 1000 -> large;
kind(X) when is_integer(X) -> integer;
kind(X) when is_number(X) -> float;
kind(X) when is_list(X), X =/= [] -> list;
kind([]) -> nil;
kind(X) when is_tuple(X) -> tuple;
kind(X) when is_map(X) -> map;
kind(X) when is_binary(X) -> binary;
kind(X) when is_bitstring(X) -> bits;
kind(X) when is_pid(X); is_port(X) -> process;
kind(X) when is_reference(X) -> reference;
kind(X) when is_function(X, 1) -> function1;
kind(X) when is_function(X) -> function.

fun_kind(F) when is_function(F, 0) -> zero;
fun_kind(F) when is_function(F, 1) -> one;
fun_kind(F) when is_function(F) -> more;
fun_kind(_) -> no.

compound({a, L}) when length(L) > 2, hd(L) < hd(tl(L)) -> rising;
compound({a, L}) when is_list(L) -> {list, length(L)};
compound({b, T}) when element(1, T) < element(2, T) -> ordered;
compound({b, {X, Y}}) when X - Y > 0 -> {falling, X - Y};
compound({c, M}) when is_map_key(n, M), map_get(n, M) > 2 -> {n, map_get(n, M)};
compound({c, M}) when map_size(M) =:= 0 -> empty;
compound(_) -> other.

shared(X, Y) when X < Y, is_integer(X) -> {less, Y - X};
shared(X, Y) when X < Y -> never;
shared(X, Y) when X > Y, is_integer(X) -> {greater, X - Y};
shared(X, Y) when X > Y -> {atom, X};
shared(X, X) -> same.

caught(F) -> try F() catch C:R -> {C, R} end.

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
