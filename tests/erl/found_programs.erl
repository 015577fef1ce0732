%% Programs that generated ones were shrunk to: each was once compiled wrongly.
-module(found_programs).
-export([start/0, id/1]).

start() ->
    [{key_of_inner_map, lists:map(fun inner_keys/1, [a, 1])},
     {two_keys_of_made_map, [try keys_of_record(X) catch error:{badmatch, M} -> element(2, M) end || X <- [a, b]]},
     {floats_of_no_bits, [float_of(S, B) || S <- [0, 1, 8, 16], B <- [<<>>, <<1, 2, 3>>]]},
     {plus_makes_zero_plain, [<<(+ id(F))/float>> || F <- [-0.0, 0.0, 1.5]]},
     {plus_is_addition, [try F(a) catch error:R:S -> {R, setelement(4, hd(S), [])} end || F <- [fun plus/1, fun apply_plus/1]]}].

id(X) -> X.

%% An inner map is looked up in one that was just made, and then two keys in it.
inner_keys(X) ->
    #{{a, [1]} := #{error := _, self := Self}} = id(#{{a, [1]} => #{error => a, self => X}}),
    Self.

keys_of_record(X) ->
    {r, 1, #{true := [], [] := Y}} = id({r, a, #{true => [], [] => a, more => X}}),
    Y.

%% A float of no bits is 0.0 in patterns, though it cannot be built.
float_of(S, B) ->
    case B of
        <<X:S/float, R/bits>> -> {X, R};
        _ -> no
    end.

plus(X) -> + X.
apply_plus(X) -> apply(erlang, '+', [X]).
