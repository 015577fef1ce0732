%% erlang:raise/3 with unusual stack traces and classes, error/2 and error/3, reuse of a trace, traces through funs,
%% BIFs and tail calls.
-module(exceptions_raise).
-export([start/0, id/1, tail/1, in_tail/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{bad_traces, [raised(error, r, T) || T <- [[], a, [a], [{m, f, 1}], [{m, f, 1, []}], [{m, f, [a], []}], [{m, f, -1, []}], [{m, f, a, []}], [{m, f}], [{m, f, 1, [x]}], [{m, f, 1, x}], [{fun id/1, [1], []}], [{m, f, 1, []} | tail]]]},
     {bad_classes, [raised(C, r, []) || C <- [a, throw, error, exit, 1, "error"]]},
     {locations, [raised(error, r, [{m, f, 1, L}]) || L <- [[{file, "x"}, {line, 3}], [{line, a}], [{file, x}], [{foo, bar}], [{error_info, #{}}]]]},
     {long_trace, (fun() -> T = [{m, f, N, []} || N <- seq(1, 40)], try erlang:raise(exit, x, T) catch exit:x:S -> {length(S), S =:= T} end end)()},
     {reused, (fun() -> {_, T} = trace(fun() -> error(a) end), {_, S} = trace(fun() -> erlang:raise(throw, b, T) end), T =:= S end)()},
     {reraised_class, (fun() -> try try throw(x) catch throw:x:T2 -> erlang:raise(exit, {was, x}, T2) end catch C3:R3 -> {C3, R3} end end)()},
     {error_2, [top(fun() -> error(r, A) end) || A <- [none, [], [1, {2}], [1 bsl 65]]]},
     {error_3, [info(fun() -> error(r, [1], O) end) || O <- [[], [{error_info, #{}}], [{error_info, #{cause => x, module => m}}]]]},
     {error_3_bad, [caught(fun() -> error(r, [1], id(O)) end) || O <- [a, [a], [{error_info, a}], [{foo, #{}}]]]},
     {bif_on_top, [top(F) || F <- [fun() -> hd(id(a)) end, fun() -> element(id(5), {a}) end, fun() -> list_to_atom(id(a)) end, fun() -> apply(erlang, hd, id([[]])) end, fun() -> length(id([a | b])) end]]},
     {bif_info, [info(F) || F <- [fun() -> list_to_atom(id(a)) end, fun() -> ets_like(id(a)) end, fun() -> atom_to_list(id(1)) end]]},
     {tail_calls_leave, [names(fun() -> X = tail(id(N)), {X} end) || N <- [0, 3]]},
     {undef, top(fun() -> ?MODULE:missing(id(1), [2]) end)},
     {undef_module, top(fun() -> no_such_module:f(id(x)) end)},
     {badfun, [caught(fun() -> (id(X))(1) end) || X <- [a, 1, {erlang, abs}, []]]},
     {badarity, (fun() -> case caught(fun() -> (id(fun(A, B) -> A + B end))(1) end) of {error, {badarity, {F4, A4}}} -> {is_function(F4, 2), A4} end end)()},
     {function_clause, top(fun() -> in_tail(id({1, 2})) end)},
     {in_other_process, (fun() -> {P, M} = spawn_monitor(fun() -> error(far, [a, 1]) end), receive {'DOWN', M, process, P, {R5, [{_, _, A5, _} | _]}} -> {R5, A5} end end)()},
     {nocatch, (fun() -> {P6, M6} = spawn_monitor(fun() -> throw({big, 1 bsl 70}) end), receive {'DOWN', M6, process, P6, {R6, S6}} -> {R6, is_list(S6)} end end)()}].

raised(C, R, T) ->
    try erlang:raise(id(C), R, id(T)) of V -> {value, V} catch C2:R2:T2 -> {C2, R2, C2 =:= C andalso R2 =:= R andalso T2 =:= T} end.

trace(F) -> try F() catch C:_:T -> {C, T} end.

top(F) -> try F() catch _:R:T -> [{M, N, A, _} | _] = T, {R, M, if M =:= ?MODULE -> own; true -> N end, A} end.

info(F) -> try F() catch _:R:T -> [{_, N, _, L} | _] = T, {R, if is_atom(N) -> lists:keyfind(error_info, 1, L) end} end.

ets_like(X) -> binary_to_atom(X, utf8).

names(F) -> try F() catch _:R:T -> {R, [N || {M, N, _, _} <- T, M =:= ?MODULE, N =:= tail orelse N =:= in_tail]} end.

tail(0) -> in_tail({end_of, x});
tail(N) -> tail(N - 1).

in_tail({a, _}) -> a;
in_tail({_, x}) -> error(reached).

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
