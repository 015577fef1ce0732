%% Conversion between units of time, also beyond 64 bits: rounded down.
-module(time_units).
-export([start/0, id/1]).

start() ->
    Units = [second, millisecond, microsecond, nanosecond, seconds, milli_seconds, micro_seconds, nano_seconds, 1, 7,
             1 bsl 70],
    Values = [0, 1, -1, 999, -999, 1688847579000000000, -1688847579000000001, 1 bsl 59, -(1 bsl 59) - 1, 1 bsl 100],
    [{{From, To}, [erlang:convert_time_unit(id(V), From, To) || V <- Values]} || From <- Units, To <- Units] ++
        [{wrong, [t(fun() -> erlang:convert_time_unit(id(V), id(F), id(T)) end) ||
                     {V, F, T} <- [{1.0, second, second}, {a, second, second}, {1, 0, 1}, {1, 1, -1}, {1, minute, 1},
                                   {1, 1, 1.5}, {1, -(1 bsl 70), 1}]]}].

id(X) -> X.

t(F) ->
    try F() catch C:R -> {C, R} end.
