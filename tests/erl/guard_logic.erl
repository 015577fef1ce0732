%% Guards that fail, commas, semicolons, and/or/xor/not and andalso/orelse, in guards and as values.
-module(guard_logic).
-export([start/0, id/1]).

start() ->
    Booleans = [true, false],
    [{values, [{A and B, A or B, A xor B, not A, A andalso B, A orelse B} || A <- Booleans, B <- Booleans]},
     {strict, [strict(A, B) || A <- Booleans, B <- Booleans]},
     {lazy, [lazy(A, B) || A <- [true, false, x], B <- [true, false, x]]},
     {failing, [failing(V) || V <- [0, 1, a, [], {}, {1}, [1]]]},
     {semicolon, [alternative(V) || V <- [0, 1, a, [], {}, {1}, [1], [2, 3]]]},
     {comma, [both(V) || V <- [-1, 0, 5, 10, 11, 5.5, a]]},
     {negated, [negated(V) || V <- [a, b, true, false, 1]]},
     {andalso_value, {id(true) andalso id(17), id(false) andalso id(17), id(false) orelse id({})}},
     {nested, [nested(A, B, C) || A <- Booleans, B <- Booleans, C <- [true, false, 7]]},
     {comparison_values, [(A > 1) and (A < 5) xor (A =:= 3) || A <- [0, 2, 3, 6]]},
     {if_expression, [in_if(V) || V <- [1, 2, 3, a]]}].

strict(A, B) when A and B -> both;
strict(A, B) when A or B -> one;
strict(_, _) -> none.

lazy(A, B) when A andalso B -> both;
lazy(A, B) when A orelse B -> either;
lazy(_, _) -> neither.

%% An exception inside of a guard makes the guard false.
failing(V) when hd(V) > 0 -> list;
failing(V) when element(1, V) > 0 -> tuple;
failing(V) when 10 div V > 0 -> divided;
failing(V) when length(V) >= 0 -> empty;
failing(V) when V + 1 > 0 -> number;
failing(_) -> nothing.

alternative(V) when hd(V) =:= 1; V =:= 1; tuple_size(V) =:= 1 -> one;
alternative(V) when length(V) =:= 2; V > 0, is_integer(V) -> other;
alternative(_) -> none.

both(V) when is_integer(V), V >= 0, V =< 10 -> inside;
both(V) when is_number(V), not is_integer(V) -> fraction;
both(_) -> outside.

negated(V) when not V -> was_false;
negated(V) when not (V =:= a orelse V =:= b) -> neither;
negated(_) -> letter.

nested(A, B, C) when (A orelse B) andalso C -> 1;
nested(A, B, C) when A, not B; C =:= 7 -> 2;
nested(_, _, _) -> 3.

in_if(V) ->
    if
        V =:= 1 -> one;
        V rem 2 =:= 0 -> even;
        is_integer(V) -> odd;
        true -> none
    end.

id(X) -> X.
