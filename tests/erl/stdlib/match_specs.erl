%% Match specifications run on terms and tables: all guards, bodies that build, variables, bindings that repeat, errors
%% in them and in running.
-module(match_specs).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{bodies, [run({a, 1, [x]}, [{{'$1', '$2', '$3'}, [], [B]}]) || B <- ['$1', '$_', '$$', {{'$2', '$1'}}, ['$3', '$1'], {const, '$1'}, {const, {a}}, #{k => '$1'}, {{}}, {hd, '$3'}, {'+', '$2', 1}, {element, 1, '$_'}, {map_size, #{}}]]},
     {guards, [run(X, [{'$1', [{G, '$1'}], [yes]}]) || G <- [is_atom, is_integer, is_float, is_list, is_tuple, is_map, is_binary, is_number, is_pid], X <- [a, 1, 1.5, [], {}, #{}, <<>>]]},
     {comparisons, [run({1, 1.0}, [{{'$1', '$2'}, [{Op, '$1', '$2'}], [yes]}]) || Op <- ['==', '=:=', '/=', '=/=', '<', '>', '=<', '>=']]},
     {logic, [run(5, [{'$1', [G], [yes]}]) || G <- [{'and', true, {'>', '$1', 3}}, {'or', false, {'<', '$1', 3}}, {'not', {'=:=', '$1', 5}}, {'xor', true, true}, {'andalso', {'>', '$1', 1}, {'<', '$1', 9}}, {'orelse', {'>', '$1', 9}, {hd, '$1'}}, {'andalso', false, {hd, '$1'}}]]},
     {repeated, [run(X, [{{'$1', '$1'}, [], [same]}, {{'$1', '_'}, [], [different]}]) || X <- [{1, 1}, {1, 1.0}, {a, b}, {[1], [1]}]]},
     {arithmetic, [run(7, [{'$1', [], [{Op, '$1', 2}]}]) || Op <- ['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr']]},
     {failing_guard, run(a, [{'$1', [{'>', {'+', '$1', 1}, 0}], [yes]}, {'_', [], [second]}])},
     {failing_body, run(a, [{'$1', [], [{'+', '$1', 1}]}])},
     {patterns, [run(X, [{{a, {b, '$1'}, [c | '$2']}, [], [{{'$1', '$2'}}]}]) || X <- [{a, {b, 1}, [c, d]}, {a, {b, 1}, [c]}, {a, {b, 1}, []}, {a, b, [c]}]]},
     {clauses, [run(X, [{{'_'}, [], [one]}, {{'_', '_'}, [], [two]}, {[], [], [nil]}]) || X <- [{1}, {1, 2}, [], x]]},
     {bad, [caught(fun() -> ets:match_spec_compile(S) end) || S <- [a, [a], [{'$1', [], []}], [{'$1', a, ['$1']}], [{'$1', [{foo, 1}], ['$1']}], [{'$1', [], ['$2']}], [{'$1', [{hd}], ['$1']}]]]},
     {no_spec, [caught(fun() -> ets:match_spec_run([1], X) end) || X <- [a, make_ref()]]},
     {many, ets:match_spec_run([{N, N rem 3} || N <- lists:seq(1, 20)], ets:match_spec_compile([{{'$1', 0}, [{'>', '$1', 5}], ['$1']}, {{'$1', 1}, [], [{{one, '$1'}}]}]))},
     {test_ms, [ets:test_ms(X, [{{'$1', '$2'}, [{'<', '$1', '$2'}], ['$2']}]) || X <- [{1, 2}, {2, 1}]]}].

run(X, Spec) -> case caught(fun() -> ets:match_spec_run([X], ets:match_spec_compile(Spec)) end) of [R] -> {yes, R}; R -> R end.

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
