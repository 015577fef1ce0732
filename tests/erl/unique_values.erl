%% References, unique integers, clocks and pids: never equal, growing where promised, comparable.
-module(unique_values).
-export([start/0, id/1]).

start() ->
    R1 = make_ref(),
    R2 = make_ref(),
    [{references, {R1 =:= R1, R1 =:= R2, R1 == id(R1), is_reference(R1)}},
     {references_ordered, (R1 < R2) xor (R2 < R1)},
     {many_references, distinct([make_ref() || _ <- seq(1, 1000)])},
     {unique, distinct([erlang:unique_integer() || _ <- seq(1, 1000)])},
     {monotonic, growing([erlang:unique_integer([monotonic]) || _ <- seq(1, 1000)])},
     {positive, [I || I <- [erlang:unique_integer([positive]) || _ <- seq(1, 100)], I =< 0]},
     {monotonic_time, not_falling([erlang:monotonic_time() || _ <- seq(1, 1000)])},
     {time_units, time_units()},
     {system_time, erlang:system_time(second) > 1600000000},
     {pids, distinct([spawn(fun() -> ok end) || _ <- seq(1, 500)])},
     {across_processes, across()},
     {now_like, is_tuple(erlang:timestamp())},
     {as_keys, map_get(R1, #{R1 => one, R2 => two})},
     {errors, [caught(F) || F <- [fun() -> erlang:unique_integer(id([bogus])) end, fun() -> erlang:monotonic_time(id(bogus)) end]]}].

distinct(L) -> map_size(maps:from_list([{X, x} || X <- L])) =:= length(L).

growing([A | [B | _] = T]) -> A < B andalso growing(T);
growing([_]) -> true.

not_falling([A | [B | _] = T]) -> A =< B andalso not_falling(T);
not_falling([_]) -> true.

time_units() ->
    [erlang:convert_time_unit(id(1500), F, T) || {F, T} <- [{millisecond, second}, {second, millisecond}, {microsecond, millisecond}, {second, nanosecond}]].

across() ->
    Self = self(),
    [spawn(fun() -> Self ! {values, [erlang:unique_integer([monotonic]) || _ <- seq(1, 200)]} end) || _ <- seq(1, 5)],
    Lists = [receive {values, L} -> L end || _ <- seq(1, 5)],
    {distinct(append(Lists)), [growing(L) || L <- Lists]}.

append([]) -> [];
append([H | T]) -> H ++ append(T).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

id(X) -> X.
