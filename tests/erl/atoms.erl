%% Atoms: comparison, conversion, existing atoms, quoting is not needed for identity.
-module(atoms).
-export([start/0, id/1]).

start() ->
    [{equal, {id(abc) =:= abc, id(abc) == 'abc', id(abc) =:= list_to_atom("abc"), id(abc) =:= abd}},
     {order, {id(a) < b, id(abc) < abd, id(ab) < abc, id('Z') < a, '' < id(a), id(zz) > z}},
     {to_list, {atom_to_list(id(abc)) =:= "abc", length(atom_to_list('with space')), atom_to_list('')}},
     {round_trip, [A || A <- [a, 'A b', '', '123', true, '[]', 'nil'], list_to_atom(atom_to_list(A)) =/= A]},
     {existing, {list_to_existing_atom("start"), caught(fun() -> list_to_existing_atom(id("never_seen_in_this_program_x")) end)}},
     {boolean, [is_boolean(A) || A <- [true, false, id(undefined)]]},
     {nil_is_not_an_atom, {is_atom(id([])), '[]' =:= id([])}},
     {created, created(id(200))},
     {longest, length(atom_to_list(list_to_atom(chars(id(255)))))},
     {too_long, caught(fun() -> list_to_atom(chars(id(256))) end)},
     {bad, [caught(fun() -> list_to_atom(id(X)) end) || X <- [a, 1, [a], [-1], [1 | 2]]]},
     {as_keys, map_get(list_to_atom("key" ++ "_1"), #{key_1 => found})},
     {module, {?MODULE =:= id(atoms), ?FUNCTION_NAME, ?FUNCTION_ARITY}}].

created(N) -> length([A || I <- seq(1, N), A <- [list_to_atom("made_" ++ integer_to_list(I))], is_atom(A), A =:= list_to_atom("made_" ++ integer_to_list(I))]).

chars(0) -> [];
chars(N) -> [$x | chars(N - 1)].

caught(F) -> try F() of V -> {value, V} catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
