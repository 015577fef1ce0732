%% What BIFs raise for each wrong argument, seen with the arguments on top of the trace, in straight code and applied.
-module(raise_in_bifs).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Calls = [{abs, [a]}, {atom_to_list, [1]}, {binary_part, [<<1>>, 5, 1]}, {binary_to_list, [a]}, {binary_to_term, [<<1>>]}, {bit_size, [1]}, {byte_size, [a]}, {ceil, [a]}, {element, [0, {}]}, {float, [a]}, {hd, [[]]}, {integer_to_list, [a]},
             {iolist_to_binary, [[a]]}, {length, [a]}, {list_to_atom, [[a]]}, {list_to_binary, [[300]]}, {list_to_float, ["1"]}, {list_to_integer, ["a"]}, {list_to_pid, ["x"]}, {list_to_tuple, [a]}, {make_tuple, [-1, a]}, {map_get, [k, #{}]}, {map_size, [a]},
             {max, [1, 2]}, {monitor, [x, y]}, {process_flag, [x, y]}, {register, [1, 2]}, {round, [a]}, {send_after, [a, b, c]}, {setelement, [1, {}, x]}, {split_binary, [<<1>>, 5]}, {tl, [[]]}, {trunc, [x]}, {tuple_size, [x]}, {tuple_to_list, [x]}, {unlink, [x]},
             {'+', [a, 1]}, {'-', [a]}, {'*', [a, b]}, {'/', [1, 0]}, {'div', [1, 0]}, {'rem', [1.0, 1]}, {'bsl', [a, 1]}, {'bnot', [a]}, {'not', [1]}, {'and', [true, 1]}, {'++', [a, b]}, {'--', [a, b]}, {'!', [no_such_name_at_all, x]}],
    [{reasons, [{F, reason(F, A)} || {F, A} <- Calls]},
     {tops, [{F, top(F, A)} || {F, A} <- Calls]},
     {infos, [{F, info(F, A)} || {F, A} <- Calls]},
     {arguments_kept, [F || {F, A} <- Calls, arguments(F, A) =/= A]},
     {after_collection, (fun() -> try apply(erlang, list_to_atom, id([[{big, 1}]])) catch error:badarg:T -> garbage(200), erlang:garbage_collect(), [{erlang, list_to_atom, X, _} | _] = T, X end end)()},
     {in_guard_nothing, [case id(A) of [X | _] when hd(X) =:= 1 -> yes; _ -> no end || {_, A} <- [{x, [[1]]}, {x, [a]}]]},
     {many_times, length([x || N <- seq(1, 300), {error, badarg} =:= caught(fun() -> binary_to_term(<<N>>) end)])}].

reason(F, A) -> try apply(erlang, F, A) of V -> {value, V} catch C:{R, _} -> {C, R}; C:R -> {C, R} end.
top(F, A) -> try apply(erlang, F, A) of _ -> none catch _:_:T -> [{M, N, _, _} | _] = T, {M, N} end.
arguments(F, A) -> try apply(erlang, F, A) of _ -> A catch _:_:T -> [{_, _, B, _} | _] = T, B end.
info(F, A) -> try apply(erlang, F, A) of _ -> none catch _:_:T -> [{_, _, _, L} | _] = T, case lists:keyfind(error_info, 1, L) of {error_info, #{module := M}} -> M; false -> none end end.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
