%% What a program can learn about code that is loaded: module_info, exported functions, versions, checks and soft
%% purges of modules without old code, and errors.
-module(code_facts).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{loaded, [erlang:module_loaded(id(M)) || M <- [?MODULE, no_such_module_x]]},
     {check_old, [erlang:check_old_code(id(M)) || M <- [?MODULE, no_such_module_x]]},
     {purge_errors, [caught(fun() -> erlang:purge_module(id(M)) end) || M <- [no_such_module_x, 1]]},
     {check_process, [caught(fun() -> erlang:check_process_code(self(), id(M)) end) || M <- [?MODULE, no_such_module_x, 1]]},
     {check_errors, [caught(fun() -> erlang:check_old_code(id(X)) end) || X <- [1, "a", {}]]},
     {delete_unknown, caught(fun() -> erlang:delete_module(id(no_such_module_x)) end)},
     {exported, [erlang:function_exported(M, F, A) || {M, F, A} <- [{?MODULE, start, 0}, {?MODULE, results, 0}, {?MODULE, start, 1}, {erlang, abs, 1}, {no_such_module_x, f, 0}]]},
     {exported_errors, [caught(fun() -> erlang:function_exported(id(M), id(F), id(A)) end) || {M, F, A} <- [{1, f, 0}, {m, 1, 0}, {m, f, a}, {m, f, -1}]]},
     {builtin, [erlang:is_builtin(M, F, A) || {M, F, A} <- [{erlang, abs, 1}, {erlang, '+', 2}, {?MODULE, start, 0}, {lists, member, 2}, {erlang, nothing, 0}]]},
     {module_info, [element(1, X) || X <- ?MODULE:module_info(), lists:member(element(1, X), [module, exports, attributes, compile, md5])]},
     {exports, lists:sort(?MODULE:module_info(exports))},
     {md5, byte_size(?MODULE:module_info(md5))},
     {functions, lists:member({results, 0}, ?MODULE:module_info(functions))},
     {module_info_errors, [caught(fun() -> ?MODULE:module_info(id(X)) end) || X <- [foo, 1]]},
     {loaded_list, lists:member(?MODULE, erlang:loaded())},
     {load_errors, [case caught(fun() -> erlang:load_module(id(M), id(B)) end) of {error, R} when is_atom(R) -> R; {error, {R, _}} -> R; O -> O end || {M, B} <- [{x, <<>>}, {x, <<"FOR1">>}, {x, a}, {1, <<>>}]]},
     {undefined_function, [caught(fun() -> apply(M, F, []) end) || {M, F} <- [{?MODULE, nothing}, {no_such_module_x, f}]]}].

caught(F) -> try F() catch C:R -> {C, R} end.

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
