%% case on atoms, floats and tuple arities; tagged tuples; state machines.
-module(select_atoms).
-export([start/0, id/1]).

start() ->
    [{days, [next(D) || D <- [mon, tue, wed, thu, fri, sat, sun, never]]},
     {not_atoms, [next(D) || D <- [1, [mon], <<1>>, {mon}, [], 1.5]]},
     {booleans, [bool(B) || B <- [true, false, undefined]]},
     {arity, [arity(T) || T <- [{}, {a}, {a, b}, {a, b, c}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, erlang:make_tuple(20, x), a, []]]},
     {tagged, [eval(E) || E <- [{num, 3}, {add, {num, 1}, {num, 2}}, {neg, {mul, {num, 3}, {num, 4}}},
                                {'if', {num, 0}, {num, 1}, {num, 2}}, {'let', {num, 7}, var}]]},
     {tagged_errors, [bad(E) || E <- [{num}, {add, 1}, num, {unknown, 1}, {}]]},
     {floats, [float_kind(F) || F <- [0.0, 1.0, 1, -1.5, 2.5, 1.0e100, 3.0]]},
     {machine, machine(red, [go, stop, go, wait, stop, bogus, go], [])},
     {many_atoms, [element_number(A) || A <- [h, he, li, be, b, c, n, o, f, ne, xx, na]]}].

next(D) ->
    case D of
        mon -> tue;
        tue -> wed;
        wed -> thu;
        thu -> fri;
        fri -> sat;
        sat -> sun;
        sun -> mon;
        Other -> {not_a_day, Other}
    end.

bool(true) -> yes;
bool(false) -> no;
bool(_) -> unknown.

arity({}) -> 0;
arity({_}) -> 1;
arity({A, _}) -> {2, A};
arity({_, _, C}) -> {3, C};
arity({_, _, _, _, E}) -> {5, E};
arity(T) when is_tuple(T) -> {many, tuple_size(T)};
arity(_) -> none.

eval(E) -> eval(E, none).

eval({num, N}, _) -> N;
eval({add, A, B}, V) -> eval(A, V) + eval(B, V);
eval({mul, A, B}, V) -> eval(A, V) * eval(B, V);
eval({neg, A}, V) -> -eval(A, V);
eval({'if', C, A, B}, V) ->
    case eval(C, V) of
        0 -> eval(B, V);
        _ -> eval(A, V)
    end;
eval({'let', A, B}, V) -> eval(B, eval(A, V));
eval(var, V) -> V.

bad(E) -> try eval(E) catch error:R -> R end.

float_kind(0.0) -> zero;
float_kind(1.0) -> one;
float_kind(-1.5) -> minus;
float_kind(2.5) -> half;
float_kind(1.0e100) -> huge;
float_kind(F) when is_float(F) -> float;
float_kind(_) -> no_float.

machine(State, [], Acc) -> lists:reverse([State | Acc]);
machine(State, [Event | Rest], Acc) -> machine(step(State, Event), Rest, [State | Acc]).

step(red, go) -> green;
step(green, stop) -> amber;
step(green, wait) -> green;
step(amber, go) -> amber_go;
step(amber_go, stop) -> red;
step(State, wait) -> State;
step(_, stop) -> red;
step(State, bogus) -> {bogus_in, State};
step({bogus_in, State}, _) -> State.

element_number(E) ->
    case E of
        h -> 1; he -> 2; li -> 3; be -> 4; b -> 5; c -> 6; n -> 7; o -> 8; f -> 9; ne -> 10; na -> 11; mg -> 12;
        al -> 13; si -> 14; p -> 15; s -> 16; cl -> 17; ar -> 18; k -> 19; ca -> 20;
        _ -> unknown
    end.

id(X) -> X.
