%% Every operation whose result is no finite float raises badarith, in straight code, in loops, in guards and in
%% handlers, and the values around survive.
-module(float_overflow).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Max = id(1.7976931348623157e308),
    [{add, [caught(fun() -> Max + X end) || X <- [0, 1, 1.0e291, 1.0e292, Max, -Max]]},
     {subtract, [caught(fun() -> -Max - X end) || X <- [0, Max, 1.0e292, -Max]]},
     {multiply, [caught(fun() -> id(1.0e200) * X end) || X <- [1.0e108, 1.0e109, -1.0e200, 1 bsl 400, 0, 0.0]]},
     {divide, [caught(fun() -> id(1.0e200) / X end) || X <- [1.0e-108, 1.0e-109, 0.0, -0.0, 0, 1.0e-300]]},
     {zero_by_zero, [caught(fun() -> id(A) / id(B) end) || {A, B} <- [{0, 0}, {0.0, 0.0}, {0, 0.0}, {0.0, 0}]]},
     {convert, [caught(fun() -> X + 0.0 end) || X <- [id(1 bsl 1023), id(1 bsl 1024), id(-(1 bsl 2000))]]},
     {grows, [caught(fun() -> grow(id(F), 0) end) || F <- [1.0, 1.0e-300, -2.5]]},
     {counted, [counted(id(F), 0) || F <- [1.0, 1.0e300, 3]]},
     {guard, [in_guard(id(F)) || F <- [1.0, 1.0e200, -1.0e200, 1 bsl 1024, a]]},
     {kept, kept(id(1.0e300), id([x, y]))},
     {unary_minus, [-Max, -id(-Max), caught(fun() -> -id(a) end)]},
     {abs, [abs(-Max), abs(id(-0.5)), caught(fun() -> abs(id(a)) end)]},
     {text_too_large, [caught(fun() -> list_to_float(L) end) || L <- ["1.0e308", "1.0e309", "-1.0e309", "1.8e308", "1.0e-400", "2.0e99999"]]},
     {math, [caught(F) || F <- [fun() -> math:exp(id(710)) end, fun() -> math:pow(id(10), id(309)) end, fun() -> math:log(id(0)) end, fun() -> math:sqrt(id(-1)) end, fun() -> math:log(id(-1.0)) end,
                                fun() -> math:exp(id(-1000)) end, fun() -> math:acos(id(2)) end, fun() -> math:fmod(id(1.0), id(0.0)) end, fun() -> math:pow(id(0.0), id(-1)) end, fun() -> math:atanh(id(1.0)) end]]},
     {sum_of_list, [caught(fun() -> sum(id(L), 0.0) end) || L <- [[1.0e308, 1.0e308], [1.0e308, -1.0e308, 1.0], [1, 2.5, 1 bsl 2000], [1, x]]]},
     {handler_uses_float, handler(id(1.0e308), id(0.25))}].

grow(F, N) when N > 5000 -> F;
grow(F, N) -> grow(F * 2.0, N + 1).

counted(F, N) ->
    case catch F * 2.0 of
        {'EXIT', {badarith, _}} -> N;
        G -> counted(G, N + 1)
    end.

in_guard(F) when F * 1.0e200 > 0.0 -> positive;
in_guard(F) when F * 1.0e200 < 0.0 -> negative;
in_guard(F) when F > 0 -> overflows;
in_guard(_) -> fails.

kept(F, L) ->
    A = F * 2, B = [A | L], C = A + F,
    R = try (A * C) * B of V -> V catch error:E -> {E, A, C} end,
    {R, B, L, F}.

sum([], A) -> A;
sum([X | T], A) -> sum(T, A + X).

handler(A, B) ->
    X = A + B,
    try X * 10.0 + B catch error:badarith -> X * B end.

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
