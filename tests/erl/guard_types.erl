%% Every type test against a value of every type, as a guard and as a value.
-module(guard_types).
-export([start/0, id/1]).

start() ->
    [{classes, [{N, tests(V)} || {N, V} <- values()]},
     {first, [{N, first(V)} || {N, V} <- values()]},
     {functions, {is_function(id(fun id/1), 1), is_function(id(fun id/1), 2), is_function(id(a), 1)}},
     {arity, [arity(V) || V <- [fun() -> 0 end, fun(X) -> X end, fun(X, Y) -> {X, Y} end, a]]},
     {records, [is_record(id(V), id(r)) || V <- [{r}, {r, 1}, {s, 1}, r, {}]]},
     {records_size, [is_record(id(V), id(r), 2) || V <- [{r}, {r, 1}, {r, 1, 2}, [r]]]},
     {tagged, [tagged(V) || V <- [{ok, 1}, {error, 1}, {ok, 1, 2}, {}, ok, [ok, 1]]]},
     {lists, [list_kind(V) || V <- [[], [1], [1 | 2], {}, a]]}].

values() ->
    [{int, id(1)}, {big, id(1 bsl 80)}, {float, id(1.0)}, {atom, id(a)}, {true, id(true)}, {nil, id([])},
     {cons, id([1])}, {tuple, id({1})}, {empty, id({})}, {map, id(#{})}, {bin, id(<<1>>)}, {bits, id(<<1:3>>)},
     {function, id(fun() -> a end)}, {external, id(fun ?MODULE:id/1)}, {pid, self()}, {ref, make_ref()}].

tests(V) ->
    [T || {T, true} <- [{integer, is_integer(V)}, {float, is_float(V)}, {number, is_number(V)}, {atom, is_atom(V)},
                        {boolean, is_boolean(V)}, {list, is_list(V)}, {tuple, is_tuple(V)}, {map, is_map(V)},
                        {binary, is_binary(V)}, {bitstring, is_bitstring(V)}, {function, is_function(V)},
                        {pid, is_pid(V)}, {port, is_port(V)}, {reference, is_reference(V)}]].

first(V) when is_float(V) -> float;
first(V) when is_integer(V) -> integer;
first(V) when is_boolean(V) -> boolean;
first(V) when is_atom(V) -> atom;
first(V) when is_list(V) -> list;
first(V) when is_map(V) -> map;
first(V) when is_binary(V) -> binary;
first(V) when is_bitstring(V) -> bitstring;
first(V) when is_function(V) -> function;
first(V) when is_pid(V) -> pid;
first(V) when is_reference(V) -> reference;
first(V) when is_tuple(V) -> tuple.

arity(F) when is_function(F, 0) -> 0;
arity(F) when is_function(F, 1) -> 1;
arity(F) when is_function(F) -> many;
arity(_) -> none.

tagged({ok, V}) -> {ok, V};
tagged({error, _}) -> error;
tagged(T) when is_tuple(T) -> tuple_size(T);
tagged(_) -> other.

list_kind([]) -> nil;
list_kind([_ | T]) when is_list(T) -> proper_head;
list_kind([_ | _]) -> improper;
list_kind(_) -> none.

id(X) -> X.
