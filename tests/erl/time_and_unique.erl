%% Unique integers, monotonic and system time, time units, conversions and calendar BIFs: relations and errors, nothing
%% that depends on the clock.
-module(time_and_unique).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{unique, (fun() -> L = [erlang:unique_integer() || _ <- seq(1, 200)], length(L) =:= map_size(maps:from_keys(L, x)) end)()},
     {positive, [erlang:unique_integer([positive]) > 0 || _ <- seq(1, 5)]},
     {monotonic, (fun() -> L2 = [erlang:unique_integer([monotonic]) || _ <- seq(1, 50)], rising(L2) end)()},
     {positive_monotonic, (fun() -> L3 = [erlang:unique_integer([monotonic, positive]) || _ <- seq(1, 50)], {rising(L3), hd(L3) > 0} end)()},
     {across_processes, (fun() -> S = self(), Ps = [spawn(fun() -> S ! {u, [erlang:unique_integer() || _ <- seq(1, 40)]} end) || _ <- seq(1, 5)], All = lists:append([receive {u, L4} -> L4 end || _ <- Ps]), map_size(maps:from_keys(All, x)) end)()},
     {unique_errors, [caught(fun() -> erlang:unique_integer(id(O)) end) || O <- [a, [foo], [positive | x], [1]]]},
     {monotonic_time, (fun() -> A = erlang:monotonic_time(), B = erlang:monotonic_time(), {is_integer(A), B >= A} end)()},
     {monotonic_many, not_falling([erlang:monotonic_time(nanosecond) || _ <- seq(1, 100)])},
     {units, [begin X = erlang:system_time(U), is_integer(X) andalso X > 0 end || U <- [second, millisecond, microsecond, nanosecond, native, 1, 1000, 37]]},
     {unit_errors, [caught(fun() -> F(id(U)) end) || F <- [fun erlang:monotonic_time/1, fun erlang:system_time/1, fun erlang:time_offset/1], U <- [foo, 0, -1, 1.0]]},
     {convert, [erlang:convert_time_unit(id(N), F, T) || {N, F, T} <- [{1, second, millisecond}, {1500, millisecond, second}, {-1, millisecond, second}, {-1500, millisecond, second}, {1, second, nanosecond}, {7, 3, 2}, {-7, 3, 2}, {1 bsl 70, nanosecond, second}, {0, native, second}, {999, microsecond, millisecond}]]},
     {convert_errors, [caught(fun() -> erlang:convert_time_unit(id(N), id(F), id(T)) end) || {N, F, T} <- [{a, second, millisecond}, {1, foo, second}, {1, second, 0}, {1, -1, second}, {1.0, second, second}]]},
     {timestamp, (fun() -> {M, Sec, U5} = erlang:timestamp(), M > 1000 andalso Sec < 1000000 andalso U5 < 1000000 end)()},
     {now_like, (fun() -> T1 = os:timestamp(), T2 = os:timestamp(), {tuple_size(T1), T2 >= T1} end)()},
     {offset, (fun() -> O6 = erlang:time_offset(), abs(erlang:system_time() - erlang:monotonic_time() - O6) < erlang:convert_time_unit(1, second, native) end)()},
     {dates, [caught(fun() -> erlang:universaltime_to_posixtime(id(D)) end) || D <- [{{1970, 1, 1}, {0, 0, 0}}, {{2000, 2, 29}, {12, 30, 45}}, {{2038, 1, 19}, {3, 14, 8}}]]},
     {dates_back, [erlang:posixtime_to_universaltime(id(N)) || N <- [0, 951782400, 2147483648, -1, 4102444800]]},
     {bad_dates, [caught(fun() -> erlang:universaltime_to_localtime(id(D)) end) || D <- [a, {{2020, 13, 1}, {0, 0, 0}}, {{2020, 2, 30}, {0, 0, 0}}, {{2020, 1, 1}, {25, 0, 0}}, {2020, 1, 1}]]},
     {date_time, (fun() -> {Y, Mo, Dd} = date(), {H, Mi, Se} = time(), Y > 2000 andalso Mo =< 12 andalso Dd =< 31 andalso H < 24 andalso Mi < 60 andalso Se =< 60 end)()},
     {references, (fun() -> Rs = [make_ref() || _ <- seq(1, 100)], {map_size(maps:from_keys(Rs, x)), rising(Rs)} end)()}].

rising([A, B | T]) -> A < B andalso rising([B | T]);
rising(_) -> true.

not_falling([A, B | T]) -> A =< B andalso not_falling([B | T]);
not_falling(_) -> true.

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
