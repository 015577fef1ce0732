%% The proplists module of OTP.
-module(stdlib_proplists).
-export([start/0, id/1]).

start() ->
    P = id([verbose, {level, 3}, {level, 4}, {name, "x", extra}, {debug, false}, trace]),
    [{get_value, {proplists:get_value(level, P), proplists:get_value(verbose, P), proplists:get_value(zz, P), proplists:get_value(zz, P, dflt)}},
     {all, proplists:get_all_values(level, P)},
     {bool, [proplists:get_bool(K, P) || K <- [verbose, debug, trace, zz]]},
     {defined, [proplists:is_defined(K, P) || K <- [name, zz]]},
     {lookup, {proplists:lookup(level, P), proplists:lookup(trace, P), proplists:lookup(zz, P), proplists:lookup_all(level, P)}},
     {keys, lists:sort(proplists:get_keys(P))},
     {delete, length(proplists:delete(level, P))},
     {compact, proplists:compact([{a, true}, {b, false}])},
     {unfold, proplists:unfold([a, {b, 1}])},
     {append, proplists:append_values(a, [{a, [1, 2]}, {b, 0}, {a, 3}])},
     {substitute, proplists:substitute_aliases([{colour, color}], [{colour, red}, {size, 1}])},
     {expand, proplists:expand([{fast, [{speed, 9}, quick]}], [x, fast])},
     {split, proplists:split([{a, 1}, {b, 2}, c, {a, 3}], [a, c])},
     {to_map, proplists:to_map([{1, a}, {2, b}, {1, c}])}].

id(X) -> X.
