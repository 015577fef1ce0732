%% Text that is no number, in every BIF that reads one, and numbers written by every BIF that writes one.
-module(text_to_numbers).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{list_to_integer, [caught(fun() -> list_to_integer(id(L)) end) || L <- ["0", "-0", "+0", "007", "1e3", "1.0", "0x10", "١", "1 ", "\t1", "1\n", "--1", "+-1", "-", "", a, [a], ["1"], "12345678901234567890", "-9223372036854775808"]]},
     {binary_to_integer, [caught(fun() -> binary_to_integer(id(B)) end) || B <- [<<"0">>, <<"-1">>, <<"+1">>, <<"">>, <<"-">>, <<"1_0">>, <<" 1">>, <<"99999999999999999999">>, <<1>>, <<"1", 0>>, <<"1":7>>]]},
     {integer_to_binary, [integer_to_binary(id(N)) || N <- [0, -1, 1 bsl 59, -(1 bsl 64)]]},
     {bad_integer_to, [caught(fun() -> F(id(V)) end) || F <- [fun erlang:integer_to_list/1, fun erlang:integer_to_binary/1], V <- [1.0, a, "1", <<"1">>]]},
     {sub_binary, [begin <<_:N, B:16/bits, _/bits>> = <<0:N, "42", 0:8>>, binary_to_integer(B) end || N <- [0, 1, 5, 8]]},
     {list_to_pid, [case caught(fun() -> list_to_pid(id(L)) end) of P when is_pid(P) -> pid; O -> O end || L <- ["<0.0.0>", "<0.1>", "0.1.2", "<a.b.c>", "", a, "<0.1.2"]]},
     {pid_round_trip, list_to_pid(pid_to_list(self())) =:= self()},
     {ref_round_trip, (fun() -> R = make_ref(), list_to_ref(ref_to_list(R)) =:= R end)()},
     {list_to_ref, [caught(fun() -> list_to_ref(id(L)) end) || L <- ["", "#Ref<>", "#Ref<a>", x]]},
     {to_atom_and_back, [atom_to_list(list_to_atom(integer_to_list(N))) || N <- [0, -5, 1 bsl 64]]},
     {iolist, [iolist_to_binary(id(L)) || L <- [[], [1, 2], [[<<3>>], [[4 | <<5>>]]], <<6>>, [<<>> | <<>>], [[[[7]]] | <<8>>]]]},
     {iolist_errors, [caught(fun() -> iolist_to_binary(id(L)) end) || L <- [a, [256], [-1], [1 | 2], [a], [1.0], <<1:1>>, [<<1:1>>], [[1 bsl 70]]]]},
     {iolist_size, [caught(fun() -> iolist_size(id(L)) end) || L <- [[], "abc", [<<1, 2>> | <<3>>], a, [256], <<1:7>>, seq(1, 200)]]},
     {list_to_binary, [caught(fun() -> list_to_binary(id(L)) end) || L <- [[], [1, [2, <<3>>]], <<1>>, a, [1 | <<2>>], [1 | a]]]},
     {list_to_bitstring, [caught(fun() -> list_to_bitstring(id(L)) end) || L <- [[], [1, <<1:3>>], [<<1:3>>, <<2:5>>, 7], [<<5:3>> | <<1:1>>], [a], <<1:1>>]]},
     {to_lists, [caught(fun() -> binary_to_list(id(B)) end) || B <- [<<>>, <<1, 2>>, <<1:1>>, a]] ++ [caught(fun() -> bitstring_to_list(id(B)) end) || B <- [<<>>, <<1, 5:3>>, <<1:1>>, a]]},
     {unicode, [unicode:characters_to_binary(id(L)) || L <- [[16#20AC, 65], [<<"a">>, [16#1F600]], <<"abc", 255>>, [16#D800], [65 | <<16#E2, 16#82>>]]]},
     {unicode_list, [unicode:characters_to_list(id(B)) || B <- [<<16#E2, 16#82, 16#AC>>, <<97, 255>>, <<16#E2, 16#82>>, [<<16#E2>>, <<16#82, 16#AC>>]]]},
     {latin1, [unicode:characters_to_binary(id(B), latin1, utf8) || B <- [<<233>>, [233, <<255>>], [300]]]}].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
