%% Collections in the middle of building terms: bit syntax, maps, records, tuples, funs, with arguments that call and
%% collect.
-module(gc_construction).
-export([start/0, id/1]).

-record(r, {a, b, c, d}).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    erlang:garbage_collect(),
    [{bits, [bits(id(N)) || N <- [1, 5]]},
     {bits_append, append(id(30), <<>>)},
     {maps, [maps(id(N)) || N <- [1, 40]]},
     {map_update, update(id(40), #{})},
     {records, record(id(20), #r{})},
     {tuples, tuple(id(3))},
     {lists, list(id(12))},
     {funs, [F(1) || F <- funs(id(6))]},
     {arguments, args(v(1), v([2]), v({3}), v(4.0), v(<<5>>), v(1 bsl 70))},
     {explicit, explicit(id(10), [])},
     {in_comprehension, [begin erlang:garbage_collect(), {X, Y} end || X <- v([1, 2]), Y <- v([{a}, {b}])]},
     {in_bit_comprehension, << <<(begin garbage(20), X end), (v(X))>> || <<X>> <= v(<<1, 2, 3>>) >>},
     {in_guard_chain, [case v({X, [X]}) of {A, [B]} when A =:= B -> garbage(30), {A, B} end || X <- [1, {2}]]},
     {concatenation, v([1]) ++ v([2]) ++ v([3, {4}])},
     {subtraction, v([1, 2, 3, {4}]) -- v([2])},
     {nested_calls, v({v([v(1) | v([v({2})])]), v(#{k => v(3.5)})})},
     {strings, v("abc") ++ integer_to_list(v(1 bsl 65)) ++ float_to_list(v(1.5), [short])},
     {process_flag, (fun() -> P = process_flag(min_heap_size, 1000), garbage(100), process_flag(min_heap_size, P), is_integer(P) end)()}].

v(X) -> garbage(25), erlang:garbage_collect(), X.

bits(N) ->
    A = <<1, 2, 3>>,
    B = <<(v(N)), (v(A))/binary, (v(N * 2)):16, (v(<<5:3>>))/bits, (v(1.5))/float, (v($x))/utf8>>,
    <<X, Y:3/binary, Z:16, W:3, F/float, U/utf8, R/bits>> = v(B),
    {X, Y, Z, W, F, U, R}.

append(0, B) -> {byte_size(B), erlang:phash2(B)};
append(N, B) -> append(N - 1, <<B/binary, (v(N)), (v(<<N, N>>))/binary>>).

maps(N) ->
    M = #{v(a) => v([N]), v({b, N}) => v({N}), v(1 bsl 64) => v(<<N>>)},
    v(M#{v(c) => v(1.5), a := v([N, N])}).

update(0, M) -> {map_size(M), erlang:phash2(M)};
update(N, M) -> update(N - 1, M#{{N} => v([N]), v(last) => {N}}).

record(0, R) -> R;
record(N, R) -> record(N - 1, R#r{a = v([N]), c = {v(N), element(2, R) =:= [N + 1]}}).

tuple(N) -> {v(N), v([N]), {v({N}), v(N * 1.5)}, v(N bsl 62), [v(<<N>>) | v({})]}.

list(0) -> [];
list(N) -> [v({N}), v([N]) | list(N - 1)].

funs(0) -> [];
funs(N) -> A = v([N]), B = v({A, N}), C = v(N * 0.5), [fun(X) -> garbage(5), {X, A, B, C} end | funs(N - 1)].

args(A, B, C, D, E, F) -> v({F, E, D, C, B, A}).

explicit(0, L) -> L;
explicit(N, L) -> erlang:garbage_collect(), explicit(N - 1, [{N, L =:= []} | L]).

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
