%% Match specifications whose patterns are maps: keys that must be there, values that bind, nested, in tables.
-module(match_specs_maps).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{patterns, [run(X, [{#{k => '$1'}, [], ['$1']}]) || X <- [#{k => 1}, #{k => 1, j => 2}, #{j => 1}, a]]},
     {empty, [run(X, [{#{}, [], [map]}]) || X <- [#{}, #{a => 1}, a]]},
     {nested, [run(X, [{{#{a => #{b => '$1'}}, '$1'}, [], [same]}]) || X <- [{#{a => #{b => 1}}, 1}, {#{a => #{b => 1}}, 2}, {#{a => 1}, 1}]]},
     {in_table, (fun() -> T = ets:new(t, []), ets:insert(T, [{1, #{k => a}}, {2, #{k => b}}, {3, x}]), lists:sort(ets:select(T, [{{'$1', #{k => '$2'}}, [], [{{'$1', '$2'}}]}])) end)()}].

run(X, Spec) -> case caught(fun() -> ets:match_spec_run([X], ets:match_spec_compile(Spec)) end) of [R] -> {yes, R}; R -> R end.

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
