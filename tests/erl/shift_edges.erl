%% Shifts by nothing, by word sizes, by negative and by huge counts, of small and large integers of both signs, with
%% constant and with computed counts.
-module(shift_edges).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Values = [0, 1, -1, 2, -2, 255, -256, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, (1 bsl 63) - 1, 1 bsl 63, -(1 bsl 63), 1 bsl 64, -(1 bsl 64), (1 bsl 130) + 12345, -(1 bsl 130) - 12345],
    Counts = [0, 1, 3, 4, 27, 31, 32, 58, 59, 60, 62, 63, 64, 65, 127, 128, 200, -1, -4, -59, -60, -63, -64, -65, -128, -200],
    [{left, [erlang:phash2([V bsl id(C) || C <- Counts]) || V <- Values]},
     {right, [erlang:phash2([V bsr id(C) || C <- Counts]) || V <- Values]},
     {left_shown, [id(3) bsl id(C) || C <- Counts]},
     {right_shown, [id(-(1 bsl 70) - 1) bsr id(C) || C <- Counts]},
     {constant_left, [[V bsl 1, V bsl 4, V bsl 58, V bsl 59, V bsl 60, V bsl 63, V bsl 64, V bsl 65] || V <- [1, -1, 2, -2, 15, -16]]},
     {constant_right, [[V bsr 1, V bsr 4, V bsr 58, V bsr 59, V bsr 60, V bsr 63, V bsr 64, V bsr 65] || V <- Values]},
     {constant_negative, [[V bsl -1, V bsr -1, V bsl -64, V bsr -64] || V <- [5, -5, 1 bsl 66]]},
     {huge_right, [V bsr id(C) || V <- [0, 5, -5, 1 bsl 100, -(1 bsl 100)], C <- [1 bsl 40, (1 bsl 59) - 1, 1 bsl 64, 1 bsl 100]]},
     {huge_left_of_zero, [id(0) bsl id(C) || C <- [1 bsl 40, 1 bsl 64]]},
     {huge_left_negative, [V bsl id(-C) || V <- [0, 5, -5, 1 bsl 100], C <- [1 bsl 40, 1 bsl 64, 1 bsl 100]]},
     {too_large, [caught(fun() -> id(V) bsl id(C) end) || V <- [1, -1, 1 bsl 80], C <- [1 bsl 59, 1 bsl 64, 1 bsl 100]]},
     {bad, [caught(fun() -> shift(id(A), id(B)) end) || {A, B} <- [{1.0, 1}, {1, 1.0}, {a, 1}, {1, a}, {[], []}, {1 bsl 70, 2.0}]]},
     {round_trip, [V || V <- Values, C <- Counts, C >= 0, (V bsl C) bsr C =/= V]},
     {power, [N || N <- seq(0, 140), 1 bsl N =/= power(2, N)]},
     {floor_division, [{V, C} || V <- Values, C <- seq(0, 70), V bsr C =/= floor_div(V, power(2, C))]},
     {in_guard, [in_guard(id(X)) || X <- [1, 8, 1 bsl 64, a, 1.0]]},
     {hash_loop, hash_loop(id(300), 5381)}].

shift(A, B) -> {A bsl B, A bsr B}.

power(_, 0) -> 1;
power(B, N) -> B * power(B, N - 1).

floor_div(A, B) when A >= 0 -> A div B;
floor_div(A, B) -> -((-A + B - 1) div B).

in_guard(X) when X bsl 2 =:= 4 -> one;
in_guard(X) when X bsr 2 =:= 2 -> eight;
in_guard(X) when X bsl -60 =:= 16 -> big;
in_guard(_) -> none.

hash_loop(0, H) -> H;
hash_loop(N, H) -> hash_loop(N - 1, ((H bsl 5) + H + N) band 16#FFFFFFFFFFFFFFFF).

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
