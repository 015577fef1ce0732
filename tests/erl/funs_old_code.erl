%% What funs and calls mean when named in different ways: local, external, through variables, apply of all kinds, of
%% BIFs and of functions with the names of BIFs.
-module(funs_old_code).
-export([start/0, id/1, f/0, f/1, f/2, length/1, self/0, call/1]).

-compile({no_auto_import, [length/1, self/0]}).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    M = id(?MODULE),
    [{ways, [f(1), ?MODULE:f(1), M:f(1), apply(M, f, [1]), apply(fun f/1, [1]), apply(fun ?MODULE:f/1, [1]), (fun f/1)(1), (fun M:f/1)(1)]},
     {variable_function, [M:F(2) || F <- [f, id]]},
     {variable_arity, [apply(M, f, A) || A <- [[], [1], [1, 2]]]},
     {own_names, {length(x), erlang:length([a]), self() =:= erlang:self(), ?MODULE:length(y)}},
     {apply_bif, [apply(erlang, F, A) || {F, A} <- [{'+', [1, 2]}, {abs, [-3]}, {length, [[a, b]]}, {element, [1, {x}]}, {is_list, [[]]}, {max, [1, 2]}, {'++', [[1], [2]]}]]},
     {apply_bif_errors, [caught(fun() -> apply(erlang, id(F), id(A)) end) || {F, A} <- [{hd, [[]]}, {abs, [a]}, {nothing, []}, {'+', [1]}]]},
     {apply_errors, [caught(fun() -> apply(id(A), id(B), id(C)) end) || {A, B, C} <- [{1, f, []}, {?MODULE, 1, []}, {?MODULE, f, a}, {?MODULE, f, [1 | 2]}, {?MODULE, f, [1, 2, 3]}, {none, f, []}]]},
     {apply_apply, apply(erlang, apply, [M, f, [7]])},
     {fun_of_bif, [(id(F))(id(X)) || {F, X} <- [{fun erlang:abs/1, -5}, {fun erlang:hd/1, [a]}, {fun erlang:is_atom/1, a}, {fun erlang:tuple_size/1, {1}}]]},
     {tail_apply, tail(M, call, 5)},
     {call_tuple_module, [caught(fun() -> (id(T)):f(1) end) || T <- [{?MODULE}, "x", 5, [?MODULE]]]},
     {funs_in_data, [F(10) || F <- maps:values(#{1 => fun f/1})]},
     {same_fun, {fun f/1 =:= fun f/1, fun ?MODULE:f/1 =:= fun M:f/1, fun f/1 =:= fun ?MODULE:f/1}},
     {current, element(1, element(2, process_info(erlang:self(), current_function)))},
     {result_of_unknown, [caught(fun() -> M:no_such_function(X) end) || X <- [1]]},
     {module_info, [lists:member(E, M:module_info(exports)) || E <- [{f, 0}, {f, 2}, {results, 0}, {module_info, 1}]]}].

f() -> none.
f(X) -> {f, X}.
f(X, Y) -> {X, Y}.

length(X) -> {my_length, X}.
self() -> me.

call(0) -> done;
call(N) -> M = id(?MODULE), M:call(N - 1).

tail(M, F, N) -> M:F(N).

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
