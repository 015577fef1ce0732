%% Atoms of 255 characters, of many bytes, of odd characters; conversions from lists and binaries in all encodings;
%% existing atoms; errors.
-module(atoms_limits).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Long = dup($a, 255), Wide = dup(16#1F600, 255),
    [{longest, length(atom_to_list(list_to_atom(Long)))},
     {too_long, [caught(fun() -> list_to_atom(id(L)) end) || L <- [Long ++ "b", dup(16#20AC, 256), dup($x, 1000)]]},
     {too_long_binary, [caught(fun() -> binary_to_atom(id(B), E) end) || {B, E} <- [{list_to_binary(dup($a, 256)), utf8}, {list_to_binary(dup(200, 256)), latin1}]]},
     {wide, (fun() -> A = list_to_atom(Wide), {length(atom_to_list(A)), byte_size(atom_to_binary(A, utf8)), A =:= binary_to_atom(atom_to_binary(A, utf8), utf8)} end)()},
     {empty, {list_to_atom(""), binary_to_atom(<<>>, utf8), '' =:= list_to_atom(id([])), atom_to_list(''), atom_to_binary('')}},
     {latin1, [atom_to_binary(list_to_atom(id([N])), latin1) || N <- [0, 1, 127, 128, 255]]},
     {latin1_errors, [caught(fun() -> atom_to_binary(id(A), latin1) end) || A <- [list_to_atom([256]), list_to_atom([16#1F600])]]},
     {utf8, [atom_to_binary(list_to_atom([N]), utf8) || N <- [0, 127, 128, 255, 256, 16#20AC, 16#10FFFF]]},
     {bad_lists, [caught(fun() -> list_to_atom(id(L)) end) || L <- [[-1], [16#110000], [16#D800], [a], [$a | $b], a, <<"a">>, [[$a]], [1.0]]]},
     {bad_binaries, [caught(fun() -> binary_to_atom(id(B), utf8) end) || B <- [<<255>>, <<16#C3>>, <<16#ED, 16#A0, 16#80>>, <<1:3>>, "a", a, <<16#C0, 16#80>>]]},
     {bad_encodings, [caught(fun() -> binary_to_atom(<<"a">>, id(E)) end) || E <- [utf16, "utf8", 1, unicode]] ++ [caught(fun() -> atom_to_binary(a, id(E)) end) || E <- [utf32, 8, unicode]]},
     {existing, [caught(fun() -> list_to_existing_atom(id(L)) end) || L <- ["results", "no_such_atom_" ++ "at_all_1", "ok", [300, 301, 302]]]},
     {existing_binary, [caught(fun() -> binary_to_existing_atom(id(B), utf8) end) || B <- [<<"results">>, <<"no_such_atom_", "at_all_2">>, <<>>]]},
     {compare, [{A < B, A =:= B} || {A, B} <- [{id(a), b}, {id(a), ab}, {id('A'), a}, {id(''), a}, {list_to_atom([228]), list_to_atom([16#20AC])}, {list_to_atom([16#FFFF]), list_to_atom([16#10000])}]]},
     {not_atoms, [caught(fun() -> atom_to_list(id(X)) end) || X <- [1, "a", <<"a">>, {}, []]]},
     {booleans, [is_boolean(list_to_atom(id(L))) || L <- ["true", "false", "True"]]},
     {many, (fun() -> As = [list_to_atom("generated_" ++ integer_to_list(N)) || N <- seq(1, 500)], [length(As), lists:member(generated_250, As), hd(As) < lists:nth(100, As)] end)()},
     {in_maps, maps:get(list_to_atom("ke" ++ "y"), #{key => found}, none)}].

dup(_, 0) -> [];
dup(X, N) -> [X | dup(X, N - 1)].

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
