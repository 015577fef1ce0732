%% What a program can learn about modules and functions: exports, module_info, loaded, calls by name.
-module(modules).
-export([start/0, id/1, exported/2, '$odd name'/1]).

start() ->
    [{loaded, {erlang:module_loaded(?MODULE), erlang:module_loaded(id(no_such_module))}},
     {module_info, {?MODULE:module_info(module), lists:member({start, 0}, ?MODULE:module_info(exports)),
                    lists:member({hidden, 1}, ?MODULE:module_info(functions)), lists:member({hidden, 1}, ?MODULE:module_info(exports))}},
     {attributes, [K || K <- [vsn], lists:keymember(K, 1, ?MODULE:module_info(attributes))]},
     {get_module_info, erlang:get_module_info(?MODULE, module)},
     {exported, [erlang:function_exported(?MODULE, F, A) || {F, A} <- [{exported, 2}, {exported, 1}, {hidden, 1}, {module_info, 0}]]},
     {bif_exported, {erlang:is_builtin(erlang, self, 0), erlang:is_builtin(?MODULE, start, 0)}},
     {odd_name, ?MODULE:'$odd name'(1)},
     {by_name, (id(?MODULE)):exported(1, 2)},
     {undefined, [caught(fun() -> apply(M, F, A) end) || {M, F, A} <- [{?MODULE, hidden, [1]}, {no_such_module, f, []}, {erlang, no_such_bif, []}]]},
     {current_function, element(2, erlang:process_info(self(), current_function))},
     {local, hidden(1)}].

exported(A, B) -> {A, B}.

'$odd name'(X) -> {odd, X}.

hidden(X) -> {hidden, X}.

caught(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
