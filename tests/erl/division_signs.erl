%% Quotients and remainders of all signs and sizes against the definition, with constant divisors, as guards, and
%% divisors of zero.
-module(division_signs).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Ds = [1, -1, 2, -2, 3, -3, 7, -7, 10, -10, 16, -16, 1000, -1000, 1 bsl 31, -(1 bsl 31), 1 bsl 59, -(1 bsl 59), 1 bsl 64, -(1 bsl 64) - 1],
    Ns = [0, 1, -1, 5, -5, 100, -100, 123456789, -123456789, (1 bsl 59) - 1, -(1 bsl 59), 1 bsl 63, -(1 bsl 63), 1 bsl 65, -(1 bsl 65), 1 bsl 200, -(1 bsl 200) + 1],
    [{small, [{N, D, N div D, N rem D} || N <- [7, -7, 0], D <- [2, -2, 7, -7, 8, -8]]},
     {all, [erlang:phash2([{N div D, N rem D} || D <- Ds]) || N <- Ns]},
     {definition, [{N, D} || N <- Ns, D <- Ds, not holds(N, D, N div D, N rem D)]},
     {by_constants, [by_constants(id(N)) || N <- Ns]},
     {by_powers, [erlang:phash2(by_powers(id(N))) || N <- Ns]},
     {smallest_by_minus_one, [id(-(1 bsl N)) div id(-1) || N <- [59, 60, 63, 64]]},
     {smallest_rem_minus_one, [id(-(1 bsl N)) rem id(-1) || N <- [59, 60, 63, 64]]},
     {zero, [caught(fun() -> id(N) div id(0) end) || N <- [0, 5, 1 bsl 70]] ++ [caught(fun() -> id(N) rem id(0) end) || N <- [0, -5, 1 bsl 70]]},
     {not_integers, [caught(fun() -> id(A) div id(B) end) || {A, B} <- [{1.0, 2}, {2, 1.0}, {a, 1}, {1, a}, {x, 0}, {4.0, 0}]]},
     {guards, [parity(id(N)) || N <- [0, 1, -1, 2, -2, 1 bsl 64, (1 bsl 64) + 1, 1.0, a]]},
     {digits, [digits(id(N), []) || N <- [0, 7, 12345, (1 bsl 59) * 10, 1 bsl 100]]},
     {modulo, [mod(id(N), id(D)) || N <- [5, -5], D <- [3, -3]]},
     {collatz, [collatz(N, 0) || N <- [1, 7, 27, 97, 1 bsl 61]]},
     {calendar, [days(id(D)) || D <- [0, 59, 60, 365, 366, 146096, 146097, 738000, -1]]},
     {reverse, [back(id(N), 0) || N <- [123456789, 900, 10000000000000000001]]}].

holds(N, D, Q, R) -> Q * D + R =:= N andalso abs(R) < abs(D) andalso (R =:= 0 orelse (R < 0) =:= (N < 0)).

by_constants(N) -> {N div 3, N rem 3, N div -10, N rem -10, N div 1000000007, N rem 1000000007, N div 1, N rem 1, N div -1, N rem -1}.

by_powers(N) -> {N div 2, N rem 2, N div 8, N rem 8, N div -4, N rem -4, N div 16#100000000, N rem 16#100000000, N div 16#8000000000000000, N rem 16#8000000000000000}.

parity(N) when N rem 2 =:= 0 -> even;
parity(N) when N rem 2 =:= 1 -> odd;
parity(N) when N div 0 =:= 1 -> never;
parity(N) when is_integer(N) -> negative_odd;
parity(_) -> no_integer.

digits(N, Acc) when N < 10 -> [N | Acc];
digits(N, Acc) -> digits(N div 10, [N rem 10 | Acc]).

mod(N, D) -> ((N rem D) + D) rem D.

collatz(1, Steps) -> Steps;
collatz(N, Steps) when N rem 2 =:= 0 -> collatz(N div 2, Steps + 1);
collatz(N, Steps) -> collatz(3 * N + 1, Steps + 1).

days(D) ->
    E = D + 60, Era = E div 146097, Day = E rem 146097,
    Year = (Day - Day div 1460 + Day div 36524 - Day div 146096) div 365,
    {Era, Year, Day - (365 * Year + Year div 4 - Year div 100)}.

back(0, A) -> A;
back(N, A) -> back(N div 10, A * 10 + N rem 10).

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
